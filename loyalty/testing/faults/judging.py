"""The judgement: what the books say of themselves, and whether they say what the clients were told.

Invariants over the tables alone do not see a key with two effects or a transaction that nobody was told of; the history
does. Every check returns findings, and no findings is the verdict to hope for."""

import random
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from loyalty.testing.faults.deeds import Deed, History
from loyalty.testing.faults.load import Load, send
from loyalty.testing.faults.receiving import Partner
from loyalty.testing.faults.shop import CLAIMED, RATE, REWARD, STOCK
from loyalty.testing.faults.stand import Stand

AGAIN_MAX = 60
ENDED_HOLD = ("capture", "release")
OF_VOUCHERS = ("claim", "use")


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong: `by` is the check that saw it."""

    by: str
    text: str

    def __str__(self) -> str:
        return f"{self.by}: {self.text}"


@dataclass(frozen=True, slots=True)
class Judgement:
    findings: list[Finding]

    @property
    def is_green(self) -> bool:
        return not self.findings

    @property
    def seen_by(self) -> set[str]:
        return {finding.by for finding in self.findings}

    def __str__(self) -> str:
        counts = defaultdict(int)
        for finding in self.findings:
            counts[finding.by] += 1
        head = ", ".join(f"{by} x {count}" for by, count in sorted(counts.items())) or "nothing found"
        return "\n".join([head, *(f"  {finding}" for finding in self.findings[:20])])


def judge(stand: Stand, load: Load, *, was_broken: bool, partner: Partner | None = None) -> Judgement:
    """Everything about a run that has been settled, and what its partner was told. Where nothing was broken, no server
    error is excused."""
    history = load.history
    findings = [*reconciled(stand, load.shop.brand)]
    checks: list[Callable[[History], Iterator[Finding]]] = [
        definite, problems, one_key_one_answer, as_asked, reversed_whole, reads_are_possible
    ]  # fmt: skip
    for check in checks:
        findings += check(history)
    if not was_broken:
        findings += unprovoked(history)
    findings += again(load)
    found = {member: load.shop.transactions(member) for member in load.shop.members}
    findings += nothing_lost_nothing_invented(history, found)
    findings += balances_are_sums(load)
    findings += vouchers_are_as_told(load)
    findings += exchanges_have_both_legs(load, found)
    if partner:
        findings += [Finding(by, text) for by, text in partner.faults()]
    return Judgement(findings)


def reconciled(stand: Stand, brand: str) -> Iterator[Finding]:
    """What the command that brands run says."""
    done = stand.manage("reconcile_ledger", "--brand", brand, check=False)
    if done.returncode == 0:
        return
    told = [line.strip() for line in done.stdout.splitlines() if "rows off" in line]
    for line in told:
        name = line.split("rows off", 1)[1].split(":")[0].strip()
        yield Finding(f"reconcile_ledger {name}", line)
    if not told:
        yield Finding("reconcile_ledger", f"exit {done.returncode}: {done.stderr[-500:]}")


def definite(history: History) -> Iterator[Finding]:
    """Every request came to an end."""
    for deed in history.open_ends():
        yield Finding("every request comes to an end", str(deed))


def problems(history: History) -> Iterator[Finding]:
    """Whatever is not a success is a problem document that says its own status."""
    for deed in history.deeds:
        for answer in deed.answers:
            if answer.status == 0 or answer.is_done:
                continue
            is_problem = answer.content_type.startswith("application/problem+json") and isinstance(answer.body, dict)
            if not is_problem or answer.body.get("status") != answer.status or not answer.code:
                yield Finding("refusals are problem documents", f"{deed}: {answer.content_type} {answer.body}")


def one_key_one_answer(history: History) -> Iterator[Finding]:
    """A key has one answer, whoever gets it; and at most one of them is the first."""
    for deed in history.deeds:
        yes = [answer for answer in deed.answers if answer.is_done]
        said = [answer.body if answer.status != 202 else {"id": answer.body["id"]} for answer in yes]
        if len({body["id"] for body in said}) > 1 or (not deed.is_later and any(body != said[0] for body in said)):
            yield Finding("one key, one answer", f"{deed}: {[body['id'] for body in said]}")
        elif sum(not answer.is_replayed for answer in yes) > 1:
            yield Finding("one key, one first answer", str(deed))
        for answer in deed.answers:
            if yes and answer.is_refused and answer.began > min(one.ended for one in yes):
                yield Finding("a yes is never taken back", str(deed))


def as_asked(history: History) -> Iterator[Finding]:
    """What was answered is what was asked for."""
    for deed in history.deeds:
        if deed.is_done and deed.asked_points is not None and deed.points != deed.asked_points:
            yield Finding("points are as asked", f"{deed}: {deed.points} instead of {deed.asked_points}")


def reversed_whole(history: History) -> Iterator[Finding]:
    """A purchase that was reversed, with its returns, leaves nothing."""
    family = defaultdict(list)
    for deed in history.deeds:
        if deed.is_done and deed.target and deed.target.kind == "earn":
            family[deed.target].append(deed)
    for earn, children in family.items():
        total = earn.points + sum(child.points for child in children)
        if any(child.kind == "reverse" for child in children) and total != 0:
            yield Finding("a reversed purchase leaves nothing", f"{earn}: {total} points are left")


def unprovoked(history: History) -> Iterator[Finding]:
    """Nobody broke anything, so everything was answered."""
    for deed in history.deeds:
        if failed := [answer for answer in deed.answers if answer.is_unknown]:
            yield Finding("no failure without a fault", f"{deed}: {failed[0]} {failed[0].body}")


def reads_are_possible(history: History) -> Iterator[Finding]:
    """Every balance that was read lies between what had been acknowledged before and what was under way."""
    of_member = defaultdict(list)
    for deed in history.deeds:
        if deed.is_done:
            is_sudden = not deed.is_later
            of_member[deed.member].append(
                (deed.began, deed.first_done.ended if is_sudden else float("inf"), deed.points)
            )
    for member, answer in history.reads:
        if answer.status != 200:
            continue
        read = answer.body
        if min(read[name] for name in ("available", "pending", "held", "debt")) < 0:
            yield Finding("nothing is below zero", f"member {member}: {read}")
        sure = sum(points for _, acknowledged, points in of_member[member] if acknowledged <= answer.began)
        maybe = [
            points
            for began, acknowledged, points in of_member[member]
            if acknowledged > answer.began and began < answer.ended
        ]
        least = sure + sum(points for points in maybe if points < 0)
        most = sure + sum(points for points in maybe if points > 0)
        held = read["available"] + read["pending"] - read["debt"]
        if not least <= held <= most:
            yield Finding("reads fit between changes", f"member {member}: {held}, possible are {least} to {most}")


def again(load: Load) -> Iterator[Finding]:
    """What was acknowledged is answered the same again, after all that happened; a sample, the same for a seed."""
    done = [deed for deed in load.history.deeds if deed.is_done and not deed.is_later]
    wire = load.shop.wire()
    for deed in random.Random(load.seed).sample(done, min(AGAIN_MAX, len(done))):
        first, answer = deed.first_done, send(deed, wire)
        if (answer.status, answer.body) != (first.status, first.body) or not answer.is_replayed:
            yield Finding("the same again is answered the same", f"{deed}: {first.body} and then {answer.body}")
        if deed.kind not in (*ENDED_HOLD, *OF_VOUCHERS, "exchange"):
            shown = load.shop.ask(f"/api/transactions/{deed.outcome['id']}", wire=wire)
            if shown.status != 200 or shown.body["points"] != deed.points:
                yield Finding("what was acknowledged is there", f"{deed}: {shown} {shown.body}")
    wire.close()


def nothing_lost_nothing_invented(history: History, found: dict[str, list[dict]]) -> Iterator[Finding]:
    """The members' transactions are exactly those that were acknowledged."""
    there: dict[tuple[str, str], dict] = {}
    for transactions in found.values():
        for one in transactions:
            is_end = one["type"] in ENDED_HOLD
            effect = (one["type"], one["reverses_id"]) if is_end else ("id", one["id"])
            if effect in there:
                yield Finding("one key, one effect", f"{effect} twice: {one}")
            there[effect] = one
    for deed in history.deeds:
        if not deed.is_done or deed.kind == "use":
            continue
        if deed.kind == "exchange":
            there.pop(("id", deed.outcome["out_id"]), None)
        one = there.pop(deed.effect if deed.kind != "claim" else _paid(deed, there), None)
        if one is None:
            yield Finding("what was acknowledged is there", str(deed))
        elif (one["type"], one["points"], one["member_id"]) != (_type(deed), deed.points, deed.member):
            yield Finding("what was acknowledged is there", f"{deed}: {one}")
    refused = {_mark(deed): deed for deed in history.deeds if not deed.is_done}
    for one in there.values():
        deed = refused.get(one["reference"] or one["description"])
        by = "a refusal leaves no trace" if deed else "nothing happens that nobody asked for"
        yield Finding(by, f"{one['type']} {one['id']} of {one['points']} points: {deed or one}")


def _paid(deed: Deed, there: dict[tuple[str, str], dict]) -> tuple[str, str] | None:
    """A transaction that paid for a claim like this one: a voucher does not tell which was its own."""
    return next(
        (effect for effect, one in there.items() if (one["description"], one["member_id"]) == (CLAIMED, deed.member)),
        None,
    )


def _type(deed: Deed) -> str:
    return {"claim": "redeem", "exchange": "hold"}.get(deed.kind, deed.kind)


def vouchers_are_as_told(load: Load) -> Iterator[Finding]:
    """There are as many vouchers as claims were acknowledged, each used as often as that was, once at most, and as much
    less is in stock."""
    done = [deed for deed in load.history.deeds if deed.is_done]
    claimed = {deed.outcome["id"] for deed in done if deed.kind == "claim"}
    used = [deed.target.outcome["id"] for deed in done if deed.kind == "use"]
    there = {one["id"]: one["uses"] for one in load.shop.vouchers()}
    if there.keys() != claimed:
        yield Finding("vouchers are those that were claimed", f"{there.keys() ^ claimed}")
    for voucher, uses in there.items():
        if uses != used.count(voucher):
            yield Finding("a voucher is used as often as was told", f"{voucher}: {uses}, told {used.count(voucher)}")
    left = load.shop.ask(f"/api/rewards/{REWARD}").body["stock_left"]
    if left != STOCK - len(claimed):
        yield Finding("stock is what was not claimed", f"{left} left, {len(claimed)} claimed")


def exchanges_have_both_legs(load: Load, found: dict[str, list[dict]]) -> Iterator[Finding]:
    """An exchange that was completed took points in the one program and gave RATE times as many in the other, each leg
    once, and that is all there is in the other."""
    done = [deed for deed in load.history.deeds if deed.kind == "exchange" and deed.is_done]
    for member in load.shop.members:
        mine = {deed.outcome["in_id"]: deed for deed in done if deed.member == member}
        given = {deed.outcome["out_id"] for deed in mine.values()}
        out = [one["id"] for one in found[member] if one["type"] == "exchange_out"]
        into = {one["id"]: one["points"] for one in load.shop.transactions(member, program=load.shop.partner)}
        if sorted(out) != sorted(given) or into.keys() != mine.keys():
            yield Finding("an exchange has both legs, once", f"member {member}: {len(mine)}, {len(out)}, {len(into)}")
        for identifier, points in into.items():
            if identifier in mine and points != -mine[identifier].points * RATE:
                yield Finding("an exchange gives what its rate says", f"{mine[identifier]}: {points} points")
        left = load.shop.balance(member, program=load.shop.partner).body["available"]
        if left != RATE * -sum(deed.points for deed in mine.values()):
            yield Finding("an exchange gives what its rate says", f"member {member}: {left} in the other program")


def _mark(deed: Deed) -> str:
    """The word by which a deed's transaction, if it has one, can be known without an answer."""
    said = ("reference", "reason", "description")
    return next((deed.body[name] for name in said if name in deed.body), deed.key)


def balances_are_sums(load: Load) -> Iterator[Finding]:
    """What each member holds is the sum of what was acknowledged, nothing else."""
    for member in load.shop.members:
        mine = [deed for deed in load.history.deeds if deed.is_done and deed.member == member]
        ended = {deed.target for deed in mine if deed.kind in ENDED_HOLD}
        held = sum(-deed.points for deed in mine if deed.kind == "hold" and deed not in ended)
        total = sum(deed.points for deed in mine)
        read = load.shop.balance(member).body
        if (read["available"] + read["pending"] - read["debt"], read["held"]) != (total, held):
            yield Finding(
                "a balance is the sum of what was acknowledged", f"member {member}: {total}, {held} held: {read}"
            )
