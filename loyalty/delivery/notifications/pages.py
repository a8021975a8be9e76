"""The page at which a member says that messages are not wanted: the signed link in a message opens it, without logging
in. It is asked first, so that a scanner of mails that follows links changes nothing; a mail program's one click
(RFC 8058) is a POST."""

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from loyalty.delivery.notifications.kinds import find_kind, is_kind
from loyalty.delivery.notifications.links import Unwanted, read_link
from loyalty.delivery.notifications.models import Channel
from loyalty.delivery.notifications.wishes import LINK, choices_of, subscribe_again, unsubscribe
from loyalty.identity.models import Brand

ONE_CLICK = "One-Click"


@csrf_exempt  # The link itself is the secret, and mail programs have no cookie of ours.
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe_page(request: HttpRequest, token: str) -> HttpResponse:
    """Asks, and does what is answered: no more of the kind, nothing at all by the channel, or again as before."""
    unwanted = read_link(token)
    brand = Brand.objects.filter(pk=unwanted.brand_id).only("name").first() if unwanted else None
    if brand is None:
        return TemplateResponse(request, "unsubscribe.html", {"step": "wrong"}, status=404)
    step = "ask"
    if request.method == "POST":
        step = _do(request, unwanted)
    context = {
        "step": step, "brand": brand, "channel": Channel(unwanted.channel), "is_off": _is_off(unwanted),
        "title": find_kind(unwanted.kind).title if is_kind(unwanted.kind) else unwanted.kind,
    }  # fmt: skip
    answer = TemplateResponse(request, "unsubscribe.html", context)
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


def _do(request: HttpRequest, unwanted: Unwanted) -> str:
    """Carries out the answer; says which."""
    named = unwanted.member_id, unwanted.brand_id, unwanted.channel
    if request.POST.get("List-Unsubscribe") == ONE_CLICK:
        unsubscribe(*named, kind=unwanted.kind, source=LINK)
        return "done"
    answer = request.POST.get("answer")
    if answer == "again":
        subscribe_again(*named, kind=unwanted.kind)
        subscribe_again(*named)
        return "again"
    if answer in ("kind", "all"):
        unsubscribe(*named, kind=unwanted.kind if answer == "kind" else "", source=LINK)
        return "done" if answer == "kind" else "all"
    return "ask"


def _is_off(unwanted: Unwanted) -> bool:
    """Whether messages of the kind are unwanted as it is."""
    said = {(one.channel, one.kind): one.is_wanted for one in choices_of(unwanted.member_id, unwanted.brand_id)}
    return not said.get((unwanted.channel, unwanted.kind), said.get((unwanted.channel, ""), True))
