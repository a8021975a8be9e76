"""What this room adds to the portal beside its lists: quick actions, what the search finds, what waits."""

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy

from ledger.models import Posting
from loyalty.backoffice_home import QuickAction, quick_action
from loyalty.backoffice_search import Found, finds
from loyalty.http.throttling import limit_by
from loyalty.identity.look_ups import any_of
from loyalty.identity.models import Member
from loyalty.identity.selectors import as_uuid
from programs.activity import till
from programs.activity.models import Purchase
from programs.membership.models import Program

DIGITS_MIN = 4

quick_action(QuickAction(gettext_lazy("Give points"), "point_of_sale", "admin:till", till.LOOK_UP, order=1))
quick_action(
    QuickAction(gettext_lazy("Enter a member"), "person_add", "admin:loyalty_member_add", "members.add", order=2)
)
quick_action(QuickAction(gettext_lazy("Find a card"), "badge", "admin:search", till.LOOK_UP, order=3))


def _listed(request: HttpRequest, model, text: str, limit: int) -> list:
    """What the model's own list finds by the text, of the brand that the person looks at."""
    screen = admin.site._registry[model]
    found, _repeats = screen.get_search_results(request, screen.get_queryset(request), text)
    rows = list(screen.narrowed(request, found)[:limit])
    screen.prepare_rows(request, rows)
    return rows


def _page_of(row) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


@finds(
    gettext_lazy("Members"), icon="group", permission="members.view", order=1,
    by=gettext_lazy("words of the name, or a whole e-mail, phone or member number"),
)  # fmt: skip
def members(request: HttpRequest, text: str, limit: int) -> list[Found]:
    rows = _listed(request, Member, text, limit)
    return [Found(str(row), ", ".join(filter(None, row.external_ids)), _page_of(row)) for row in rows]


@finds(
    gettext_lazy("Cards"), icon="badge", permission="memberships.look_up", order=2,
    by=gettext_lazy("the whole card number or member number"),
)  # fmt: skip
def cards(request: HttpRequest, text: str, limit: int) -> list[Found]:
    """Leads those who see no list of memberships to the till, and counts with what they look up there."""
    if not request.user.has_perm("members.view"):
        limit_by(request, "till", str(request.user.pk), till.LOOK_UPS_RATE)
    elif sum(character.isdigit() for character in text) < DIGITS_MIN:
        return []
    sees_list = request.user.has_perm("memberships.view")
    return [
        Found(
            card.card_number,
            f"{till.name_of(card)} · {card.program}",
            _page_of(card) if sees_list else reverse("admin:till_card", args=[card.pk]),
        )
        for card in till.find_cards(request, text)[:limit]
    ]


@finds(
    gettext_lazy("Transactions"), icon="receipt_long", permission="transactions.view", order=3,
    by=gettext_lazy("the whole reference (receipt number), or the id"),
)  # fmt: skip
def transactions(request: HttpRequest, text: str, limit: int) -> list[Found]:
    """By reference through the purchases, whose index knows it; by id directly."""
    screen = admin.site._registry[Posting]
    theirs = screen.narrowed(request, screen.get_queryset(request).select_related("unit"))
    if uuid := as_uuid(text):
        theirs = theirs.filter(public_id=uuid)
    else:
        programs = _programs_of(request)
        bought = Purchase.objects.filter(reference=text, program__in=programs).values("id")
        earned = Posting.objects.filter(kind="earn", reference=text, unit__in=programs.values("unit"))
        theirs = theirs.filter(
            any_of("pk", [Posting.objects.filter(public_id__in=bought).values("pk"), earned.values("pk")])
        )
    return [
        Found(
            f"{posting.get_kind_display()} {posting.points:+,} {posting.unit}",
            " · ".join(filter(None, [posting.reference, f"{posting.occurred_at:%Y-%m-%d %H:%M}"])),
            _page_of(posting),
        )
        for posting in theirs.order_by("-id")[:limit]
    ]


def _programs_of(request: HttpRequest):
    """The programs whose transactions the person may see."""
    screen = admin.site._registry[Program]
    return screen.narrowed(request, screen.scope(request, Program.objects.order_by(), "transactions.view"))


@finds(
    gettext_lazy("Programs"), icon="loyalty", permission="programs.view", order=4,
    by=gettext_lazy("the name or code"),
)  # fmt: skip
def programs(request: HttpRequest, text: str, limit: int) -> list[Found]:
    return [
        Found(row.name, f"{row.code} · {row.brand}", _page_of(row)) for row in _listed(request, Program, text, limit)
    ]
