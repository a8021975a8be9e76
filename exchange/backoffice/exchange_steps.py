"""What happened to an exchange from being asked for to its end, in words and in order."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.backoffice.wording import failure_told, moment_told
from exchange.requests.models import Exchange, ExchangeStep
from ledger.models import Posting
from loyalty.backoffice import visible
from programs.activity.member_page.timeline import names_of

Status = Exchange.Status
STEPS = {
    "retry": (gettext_lazy("An attempt failed"), "replay"),
    "dead": (gettext_lazy("Too many attempts failed: a person must look"), "report"),
    "revived": (gettext_lazy("Tried again by a person"), "restart_alt"),
    "given_up": (gettext_lazy("Given up by a person"), "block"),
    "cancelled": (gettext_lazy("Cancelled"), "cancel"),
}
ENDED_BY = {Status.FAILED: "given_up", Status.CANCELLED: "cancelled"}


@dataclass(slots=True)
class Step:
    """A line of the time line: when (None: not yet), what, by whom, and the transactions it made."""

    at: datetime | None
    title: str
    icon: str
    notes: list[str] = field(default_factory=list)
    who: str = ""
    links: list[tuple[str, str]] = field(default_factory=list)


def steps_of(request: HttpRequest, exchange: Exchange, brands) -> list[Step]:
    """The exchange's way, oldest first. `brands` (None: all) are those whose colleagues are named. Links lead to the
    transactions that the person may see; those of the other brand are told, and lead nowhere."""
    kept = list(ExchangeStep.objects.filter(exchange=exchange).order_by("occurred_at", "id"))
    names = names_of({exchange.actor, *(step.actor for step in kept)}, brands)
    links = _links(request, [exchange.hold_id, exchange.out_id, exchange.in_id])
    gave = f"{exchange.from_amount:,} {exchange.from_program.unit.name}"
    asked = Step(exchange.created_at, _("Asked for"), "outgoing_mail", who=_who(exchange.actor, names))
    if exchange.quote_id:
        asked.notes.append(_("At the rate of a quote"))
    aside = Step(exchange.created_at, _("%(points)s set aside") % {"points": gave}, "hourglass_top")
    aside.links = _led(links, (exchange.hold_id, exchange.from_program.code))
    found = [asked, aside, *(_told(step, names) for step in kept if not _is_the_end(exchange, step))]
    ending = next((step for step in kept if _is_the_end(exchange, step)), None)
    return [*found, _end(exchange, links, ending, names)]


def _is_the_end(exchange: Exchange, step: ExchangeStep) -> bool:
    return ENDED_BY.get(exchange.status) == step.name


def _told(step: ExchangeStep, names: dict[str, str]) -> Step:
    title, icon = STEPS.get(step.name, (step.name.replace("_", " ").capitalize(), "info"))
    return Step(step.occurred_at, str(title), icon, [step.note] if step.note else [], _who(step.actor, names))


def _end(exchange: Exchange, links, ending: ExchangeStep | None, names: dict[str, str]) -> Step:
    """How it ended, or what it waits for."""
    if exchange.status == Status.COMPLETED:
        told = {
            "gave": f"{exchange.from_amount:,} {exchange.from_program.unit.name}",
            "got": f"{exchange.to_amount:,} {exchange.to_program.unit.name}",
        }
        done = Step(exchange.completed_at, _("Settled: %(gave)s taken, %(got)s given") % told, "check_circle")
        done.links = _led(
            links, (exchange.out_id, exchange.from_program.code), (exchange.in_id, exchange.to_program.code)
        )
        return done
    if exchange.status in ENDED_BY:
        is_failed = exchange.status == Status.FAILED
        title = _("Failed: %(why)s") % {"why": failure_told(exchange.failure)} if is_failed else _("Cancelled")
        notes = [ending.note] if ending and ending.note else []
        notes.append(_("The points that were set aside are the member's again."))
        who = _who(ending.actor, names) if ending else ""
        return Step(exchange.completed_at, title, "cancel" if is_failed else "block", notes, who)
    if exchange.is_dead:
        return Step(None, _("Waits for a person: try it again, or give it up"), "person_alert")
    waiting = Step(None, _("Waits to be settled"), "schedule")
    if exchange.next_attempt_at:
        waiting.notes.append(_("Not before %(at)s") % {"at": moment_told(exchange.next_attempt_at)})
    return waiting


def _who(actor: str, names: dict[str, str]) -> str:
    """Colleagues and keys by name, others by what they are."""
    kind = actor.partition(":")[0]
    return names.get(actor) or {
        "person": _("a member, or somebody of the other brand"), "key": _("a server"), "system": _("the worker"),
    }.get(kind, "")  # fmt: skip


def _links(request: HttpRequest, ids: Sequence[UUID | None]) -> dict[UUID, str]:
    found = visible(request, Posting).filter(public_id__in=[one for one in ids if one])
    return {public_id: reverse("admin:ledger_posting_change", args=[pk]) for pk, public_id in found.values_list(
        "pk", "public_id"
    )}  # fmt: skip


def _led(links: dict[UUID, str], *asked: tuple[UUID | None, str]) -> list[tuple[str, str]]:
    """(address or "", words) of transactions."""
    return [(links.get(one, ""), _("Transaction at %(program)s") % {"program": code}) for one, code in asked if one]
