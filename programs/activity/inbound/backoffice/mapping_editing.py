"""The form of a meaning: it is tried on an event that came, or on one of one's own, before it is kept."""

from typing import Any
from uuid import UUID

import msgspec
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from loyalty.backoffice import chosen_brand, mistakes_in, visible
from loyalty.errors import Invalid, LoyaltyError
from loyalty.identity.backoffice import principal_of
from loyalty.identity.models import Brand
from programs.activity.inbound.backoffice.mapping_forms import RECENT_MAX, MappingForm
from programs.activity.inbound.backoffice.wording import STATUS_CLASS, lines_of, masked, part_told, reason_told
from programs.activity.inbound.envelope import Told
from programs.activity.inbound.mappings import change_mapping, create_mapping
from programs.activity.inbound.models import EventMapping, EventSource, InboundEvent
from programs.activity.inbound.trying import Tried, try_mapping
from programs.membership.models import Program

TRY = "try"


def edit_page(screen, request: HttpRequest, mapping: EventMapping | None) -> HttpResponse:
    """Asks what events of a type mean, shows what would come of one, and keeps it."""
    type_ = mapping.type if mapping else (request.POST.get("type") or request.GET.get("type") or "")[:120]
    recent = _recent(request, type_)
    initial = {"type": type_, "brand": chosen_brand(request), "recent": str(recent[0].pk) if recent else ""}
    told = [(one.pk, f"{date_format(one.received_at, 'j M Y, H:i:s')} · {one.event_key[:40]}") for one in recent]
    form = MappingForm(
        request.POST or None, choices=_choices(screen, request, mapping), mapping=mapping, recent=told, initial=initial
    )
    shown: dict[str, Any] = {}
    if request.method == "POST" and form.is_valid():
        try:
            if request.POST.get("act_on") == TRY:
                shown = _tried(request, form, mapping, recent)
            else:
                return _kept(screen, request, form, mapping)
        except Invalid as refusal:
            shown = {"mistakes": refusal.errors}
        except LoyaltyError as refusal:
            shown = {"refusals": mistakes_in(refusal)}
    places = lines_of(msgspec.json.decode(recent[0].content)) if recent and recent[0].content else []
    back = screen.page_of(mapping) if mapping else reverse("admin:programs_eventmapping_changelist")
    context = {
        **screen.admin_site.each_context(request), "opts": screen.opts, "form": form, "mapping": mapping,
        "title": _("Change what it means") if mapping else _("Say what a type means"), "type": type_, "back": back,
        "places": places, **shown,
    }  # fmt: skip
    return TemplateResponse(request, "admin/inbound/mapping_form.html", context)


def _choices(screen, request: HttpRequest, mapping: EventMapping | None) -> dict:
    """What can be chosen: the brands where the person may say it, and their systems and programs."""
    theirs = screen.brands_where(request, "change" if mapping else "add")
    brands = Brand.objects.defer("logo").order_by("name")
    programs = visible(request, Program).exclude(status=Program.Status.ARCHIVED).order_by("name")
    senders = visible(request, EventSource).order_by("name")
    only = {mapping.brand_id} if mapping else theirs
    if only is not None:
        brands, programs, senders = (
            brands.filter(pk__in=only), programs.filter(brand__in=only), senders.filter(brand__in=only)
        )  # fmt: skip
    return {"brand": brands, "program": programs, "source": senders}


def _recent(request: HttpRequest, type_: str) -> list[InboundEvent]:
    """The newest events of the type that still say something."""
    if not type_:
        return []
    found = visible(request, InboundEvent).filter(type=type_).order_by("-pk")
    return [one for one in found[:RECENT_MAX] if one.content]


def _draft(form: MappingForm, mapping: EventMapping | None) -> EventMapping:
    """The meaning as the form has it, kept nowhere."""
    if mapping:
        named = {"brand_id": mapping.brand_id, "type": mapping.type, "source": mapping.source}
    else:
        named = {name: form.cleaned_data[name] for name in ("brand", "type", "source")}
    return EventMapping(**named, **form.meaning())


def _tried(request: HttpRequest, form: MappingForm, mapping: EventMapping | None, recent: list[InboundEvent]) -> dict:
    sample = form.cleaned_data["sample"]
    chosen = form.cleaned_data["recent"]
    if sample is None and chosen:
        event = next(one for one in recent if one.pk == UUID(chosen))
        sample = Told.of(msgspec.json.decode(event.content))
    if sample is None:
        form.add_error("sample", _("Choose an event that came, or write one."))
        return {}
    return {"tried": _told(try_mapping(_draft(form, mapping), sample))}


def _told(tried: Tried) -> dict:
    """What would happen, in words; what tells of a person is made unreadable."""
    status = InboundEvent.Status(tried.status)
    points = sum(one.posted.points for one in tried.recorded)
    return {
        "state": status.label, "state_class": STATUS_CLASS[status], "reason": reason_told(tried.reason),
        "detail": tried.detail, "errors": tried.errors, "is_done": status == InboundEvent.Status.DONE,
        "points": f"{points:+,}" if tried.recorded else "", "memberships": tried.memberships,
        "parts": [(part_told(name), one["pointer"], masked(one["pointer"], one["value"]))
                  for name, one in tried.parts.items()],
        "facts": [(name, "", masked(f"/{name}", value)) for name, value in tried.facts.items()],
    }  # fmt: skip


def _kept(screen, request: HttpRequest, form: MappingForm, mapping: EventMapping | None) -> HttpResponse:
    actor = principal_of(request).actor
    if mapping:
        kept = change_mapping(mapping, form.meaning(), actor=actor)
        screen.log_change(request, kept, _("Changed"))
    else:
        named = {name: form.cleaned_data[name] for name in ("type", "source")}
        kept = create_mapping(form.cleaned_data["brand"], **named, **form.meaning(), actor=actor)
        screen.log_addition(request, kept, _("Said"))
    messages.success(request, _("%(type)s: kept. It holds for what comes from now on.") % {"type": kept.type})
    return HttpResponseRedirect(screen.page_of(kept))
