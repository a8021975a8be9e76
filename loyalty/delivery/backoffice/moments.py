"""Filters by time for lists that only grow: a moment is turned into the number from which on rows are newer, so that a
page of them is found by the key however long the list is."""

from collections.abc import Callable
from datetime import timedelta

from django.contrib import admin
from django.db import connection
from django.utils.translation import gettext_lazy

from loyalty import clock
from loyalty.events import reading

PERIODS = {
    "hour": (timedelta(hours=1), gettext_lazy("The last hour")),
    "day": (timedelta(days=1), gettext_lazy("The last 24 hours")),
    "week": (timedelta(days=7), gettext_lazy("The last 7 days")),
    "month": (timedelta(days=30), gettext_lazy("The last 30 days")),
}
# Halves the numbers until the last delivery before that instant is found.
DELIVERY_BEFORE = """
with recursive edge as (
  select coalesce((select id - 1 from loyalty_webhookdelivery order by id limit 1), 0) as low,
         coalesce((select id from loyalty_webhookdelivery order by id desc limit 1), 0) + 1 as high
), halving as (
  select low, high from edge
  union all
  select case when e.is_before then greatest(e.id, h.middle) else h.low end,
         case when e.is_before then h.high else h.middle end
  from (select low, high, (low + high) / 2 as middle from halving where high - low > 1) h
  cross join lateral (
    select coalesce(max(d.id), 0) as id, coalesce(bool_and(d.created_at < %s), false) as is_before
    from (select id, created_at from loyalty_webhookdelivery where id >= h.middle order by id limit 1) d
  ) e
)
select coalesce(min(low), 0) from halving where high - low <= 1
"""


class PeriodFilter(admin.SimpleListFilter):
    """By how long ago."""

    title = gettext_lazy("when")
    parameter_name = "since"
    since: Callable
    """The rows of a queryset that are of a moment and later."""

    def lookups(self, request, model_admin):
        return [(key, told) for key, (_length, told) in PERIODS.items()]

    def queryset(self, request, queryset):
        if self.value() not in PERIODS:
            return queryset
        length, _told = PERIODS[self.value()]
        return self.since(queryset, clock.now() - length)


class RecordedFilter(PeriodFilter):
    """Events recorded since then."""

    def since(self, queryset, moment):
        return queryset.filter(id__gt=reading.number_before(moment), recorded_at__gte=moment)


class CreatedFilter(PeriodFilter):
    """Deliveries that began since then."""

    def since(self, queryset, moment):
        with connection.cursor() as cursor:
            cursor.execute(DELIVERY_BEFORE, [moment])
            (before,) = cursor.fetchone()
        return queryset.filter(id__gt=before)
