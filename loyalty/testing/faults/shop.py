"""A brand with a program, a key and members, over HTTP: what a run of load works on, and reads when it is over."""

from urllib.parse import urlsplit

from loyalty.testing.faults.wire import Answer, Wire

REWARD, CLAIMED = "thing", "A thing from the catalogue"
COST, STOCK = 3, 100_000
RATE = 2


class Shop:
    """`members` are the members' ids. Every run has a shop of its own, so that what an earlier run broke stays out.
    There is a reward to claim, of which there are STOCK, and a second program, `partner`, into which points can be
    exchanged: RATE of it for each."""

    def __init__(self, port: int, *, brand: str, program: str, partner: str, key: str):
        self.port, self.brand, self.program, self.partner, self.key = port, brand, program, partner, key
        self.members: list[str] = []

    def wire(self, *, port: int | None = None, timeout_seconds: float = 20) -> Wire:
        return Wire(port or self.port, key=self.key, timeout_seconds=timeout_seconds)

    def ask(self, path: str, *, wire: Wire | None = None) -> Answer:
        own = wire or self.wire()
        try:
            return own.send("GET", path)
        finally:
            if wire is None:
                own.close()

    def enrol(self, members: int, *, prefix: str) -> None:
        wire = self.wire()
        for n in range(members):
            made = wire.send("POST", "/api/members", {"external_id": f"{prefix}-{n}", "name": f"Member {n}"})
            assert made.status == 201, made
            for program in (self.program, self.partner):
                joined = wire.send("POST", f"/api/programs/{program}/members", {"member_id": made.body["id"]})
                assert joined.is_done, joined
            self.members.append(made.body["id"])
        wire.close()

    def lay_out_reward(self) -> None:
        """Puts something into the catalogue."""
        reward = {"program_id": self.program, "code": REWARD, "name": CLAIMED, "kind": "product", "status": "active"}
        wire = self.wire()
        made = wire.send("POST", "/api/rewards", reward | {"points_cost": COST, "stock_left": STOCK})
        wire.close()
        assert made.status == 201, made

    def open_pair(self) -> None:
        """Lets points of the program be exchanged for points of the other one."""
        pair = {"from_program_id": self.program, "to_program_id": self.partner}
        wire = self.wire()
        made = [wire.send("POST", path, pair | more) for path, more in (
            ("/api/agreements", {}), ("/api/rates", {"rate": str(RATE)}),
        )]  # fmt: skip
        wire.close()
        assert all(answer.is_done for answer in made), made

    def balance(self, member: str, *, program: str = "", wire: Wire | None = None) -> Answer:
        return self.ask(f"/api/members/{member}/balance?program_id={program or self.program}", wire=wire)

    def transactions(self, member: str, *, program: str = "") -> list[dict]:
        """All of the member's in a program (the first one), newest first."""
        return self._all(f"/api/members/{member}/transactions?page_size=200&program_id={program or self.program}")

    def vouchers(self) -> list[dict]:
        """All of the shop's, newest first."""
        return self._all(f"/api/vouchers?page_size=200&program_id={self.program}")

    def _all(self, path: str) -> list[dict]:
        wire, found = self.wire(), []
        while path:
            page = wire.send("GET", path)
            assert page.status == 200, page
            found += page.body["results"]
            following = page.body["next"] and urlsplit(page.body["next"])
            path = following and f"{following.path}?{following.query}"
        wire.close()
        return found
