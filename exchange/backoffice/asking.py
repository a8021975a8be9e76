"""The form of an act that has a page of its own: it is asked, an operation is called, and what it refuses is told."""

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse

from loyalty.backoffice import mistakes_in
from loyalty.backoffice_buttons import OperationForm
from loyalty.errors import LoyaltyError
from loyalty.history.acting import acting


@dataclass(frozen=True, kw_only=True)
class Act:
    """What is asked: the title, which is on the button too, what it does, about what, and where it leads back to."""

    title: str
    text: str
    subject: str
    back: str
    is_danger: bool = False


def ask(request: HttpRequest, act: Act, form: OperationForm, run: Callable[[dict], str]) -> HttpResponse:
    """Shows the form, or does what it says (`run` answers what to tell) and goes back to the page it came from."""
    if request.method == "POST" and form.is_valid():
        try:
            with acting(reason=form.cleaned_data.get("reference") or ""):
                told = run(form.cleaned_data)
        except LoyaltyError as refusal:
            for mistake in mistakes_in(refusal):
                messages.error(request, mistake)
        else:
            messages.success(request, told)
            return HttpResponseRedirect(act.back)
    context = {
        **admin.site.each_context(request), "title": act.title, "button": act, "form": form, "subject": act.subject,
        "back": act.back, "media": form.media,
    }  # fmt: skip
    return TemplateResponse(request, "admin/operation.html", context)
