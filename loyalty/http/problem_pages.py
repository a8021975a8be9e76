"""What the `type` of a problem document points at: the list of all codes, for people and for programs."""

from django.http import Http404, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from loyalty.errors import LoyaltyError


def known_problems() -> list[dict]:
    """Every refusal of the service, one for each code, in the order of the codes."""
    found: dict[str, dict] = {}
    waiting = [LoyaltyError]
    while waiting:
        kind = waiting.pop(0)
        waiting.extend(kind.__subclasses__())
        if kind is not LoyaltyError:
            found.setdefault(kind.code, {"code": kind.code, "status": kind.status, "title": kind.title()})
    return [found[code] for code in sorted(found)]


@require_safe
def problem_page(request, code: str | None = None):
    """All codes, or the one asked for: a page, or JSON for whoever prefers that."""
    problems = [one for one in known_problems() if code in (None, one["code"])]
    if not problems:
        raise Http404("There is no such problem code.")
    if request.get_preferred_type(["text/html", "application/json"]) == "application/json":
        return JsonResponse({"problems": problems} if code is None else problems[0])
    return render(request, "problems/list.html", {"problems": problems, "one": code is not None})
