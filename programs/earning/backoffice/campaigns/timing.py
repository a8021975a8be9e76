"""When a campaign runs, in words, by its program's clock."""

from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from programs.earning.models import Campaign


def times_in_words(campaign: Campaign) -> str:
    """From when until when, with the zone named."""
    zone = campaign.program.timezone
    moments = (campaign.starts_at, campaign.ends_at)
    starts, ends = (date_format(one.astimezone(ZoneInfo(zone)), "j M Y, H:i") if one else "" for one in moments)
    told = {"starts": starts, "ends": ends, "zone": zone}
    if starts and ends:
        return _("%(starts)s to %(ends)s (%(zone)s)") % told
    if starts:
        return _("from %(starts)s (%(zone)s)") % told
    return _("until %(ends)s (%(zone)s)") % told if ends else _("while it is active")
