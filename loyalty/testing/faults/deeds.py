"""What a client asked for, and everything that was answered to it: the history that is judged."""

from dataclasses import dataclass, field

from loyalty.testing.faults.wire import Answer


@dataclass(eq=False, slots=True)
class Deed:
    """One request under one key, however often it was sent. `asked_points` is what it must change the balance by when
    it is done, None where that depends on what happened before. `told` is how it ended when the worker did it."""

    kind: str
    member: str
    path: str
    body: dict
    key: str
    asked_points: int | None = None
    target: "Deed | None" = None
    is_later: bool = False
    answers: list[Answer] = field(default_factory=list)
    told: dict | None = None

    def headers(self) -> dict[str, str]:
        return {"Idempotency-Key": self.key} | ({"Prefer": "respond-async"} if self.is_later else {})

    @property
    def began(self) -> float:
        return min(answer.began for answer in self.answers)

    @property
    def first_done(self) -> Answer | None:
        """The first answer that said yes, by the time it came."""
        return min((answer for answer in self.answers if answer.is_done), key=lambda answer: answer.ended, default=None)

    @property
    def is_pending(self) -> bool:
        """Accepted for the worker, which has not been heard of yet."""
        done = self.first_done
        return done is not None and done.status == 202 and self.told is None

    @property
    def is_done(self) -> bool:
        """Acknowledged: it must have had its effect."""
        done = self.first_done
        return done is not None and (done.status != 202 or (self.told or {}).get("status") in ("completed", "reversed"))

    @property
    def status_path(self) -> str:
        """Where what the worker was given is asked after."""
        room = "exchanges" if self.kind == "exchange" else "transactions"
        return f"/api/{room}/{self.first_done.body['id']}"

    @property
    def is_definite(self) -> bool:
        """Nothing is open: a yes is never taken back, and a no counts when it was asked for after every unknown end."""
        if self.first_done:
            return not self.is_pending
        unknown_until = max((answer.ended for answer in self.answers if answer.is_unknown), default=0.0)
        return any(answer.is_refused and answer.began > unknown_until for answer in self.answers)

    @property
    def outcome(self) -> dict:
        """The answer of a deed that is done."""
        return self.told or self.first_done.body

    @property
    def points(self) -> int:
        """What a deed that is done changed the balance by, as it was answered."""
        body = self.outcome
        if self.kind == "hold":
            return -body["points"]
        if self.kind in ("capture", "release"):
            return body["points"] - body["captured"]
        if self.kind == "claim":
            return -body["points"]
        if self.kind == "exchange":
            return -body["from_amount"]
        return 0 if self.kind == "use" else body["points"]

    @property
    def effect(self) -> tuple[str, str]:
        """How its transaction is known among the member's: by its own id, for the end of a hold by the hold's, for an
        exchange by that of the points it set aside."""
        if self.kind == "exchange":
            return ("id", self.outcome["hold_id"])
        return (self.kind if self.kind in ("capture", "release") else "id", self.outcome["id"])

    def __str__(self) -> str:
        # The same many times over is said once.
        answers = ", ".join(dict.fromkeys(str(answer) for answer in self.answers))
        return f"{self.kind} {self.key} {self.path} {self.body} -> {answers or 'not sent'}"


class History:
    """Every deed of a run, and every balance that was read meanwhile: (member, answer)."""

    def __init__(self):
        self.deeds: list[Deed] = []
        self.reads: list[tuple[str, Answer]] = []

    def __str__(self) -> str:
        """In numbers."""
        unknown = sum(any(answer.is_unknown for answer in deed.answers) for deed in self.deeds)
        done = sum(deed.is_done for deed in self.deeds)
        return f"{len(self.deeds)} requests, {done} done, {unknown} with an unknown answer, {len(self.reads)} reads"

    def open_ends(self) -> list[Deed]:
        return [deed for deed in self.deeds if not deed.is_definite]
