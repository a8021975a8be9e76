"""Words and pieces that the portal's templates share: times as people say them, views above a list, what a list is."""

from datetime import timedelta

from django import template
from django.contrib.humanize.templatetags.humanize import naturaltime
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html

from loyalty import clock
from loyalty.backoffice_words import words_of

register = template.Library()

NEAR = timedelta(days=2)


@register.filter
def moment(at) -> str:
    """When it was, as one says it, with the exact time behind it: "3 hours ago", and a date after two days."""
    if at is None:
        return "-"
    local = timezone.localtime(at)
    exact = date_format(local, "j M Y, H:i:s T")
    is_near = abs(clock.now() - at) < NEAR
    told = naturaltime(at) if is_near else date_format(local, "j M Y, H:i")
    return format_html('<time datetime="{}" title="{}">{}</time>', at.isoformat(), exact, told)


@register.filter
def signed(number: int) -> str:
    """A number of points with its sign and separators."""
    return f"{number:+,}" if number else "0"


@register.inclusion_tag("admin/saved_views.html", takes_context=True)
def saved_views_of(context, cl) -> dict:
    """The views above a list, and the form that saves how it is shown now. Two queries at most."""
    # The screens render widgets while they are imported, and that reads this library: it comes before them.
    from loyalty.portal.saved_views import shown_above

    return {"csrf_token": context.get("csrf_token"), **shown_above(context["request"], cl.model_admin)}


@register.simple_tag
def list_words(cl):
    """What the list is, in words, and what to do when it is empty; a list of some rows alone may have words of its
    own."""
    return words_of(getattr(cl, "words_label", cl.opts.label), str(cl.opts.verbose_name_plural))


@register.simple_tag
def is_narrowed(cl) -> bool:
    """Whether the list shows only a part of what there is."""
    return bool(cl.query or cl.has_active_filters)
