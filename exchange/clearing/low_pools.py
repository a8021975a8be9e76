"""Who issues out of a pool, and who paid for it, hear of it before it is empty."""

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from procrastinate.contrib.django import app

from exchange.clearing.models import PoolChange
from exchange.clearing.pools import Pool, pools_of, with_pool
from exchange.rates.models import Agreement
from loyalty import clock
from loyalty.events import log
from loyalty.events.models import Event
from loyalty.sql import drop_dead_connection

TYPE = "pool.low"


def warn_of_low_pools() -> int:
    """Writes an event, for both brands, of each pool that is low, once until points are put into it; says of how
    many. Safe to repeat."""
    active = with_pool(Agreement.objects.filter(status=Agreement.Status.ACTIVE, is_prefunded=True))
    low = [pool for pool in pools_of(active.select_related("from_program", "to_program")) if pool.is_low]
    return sum(_warn(pool) for pool in low)


def told_low() -> QuerySet[Agreement]:
    """The pools that were found to be low, and into which nothing was put since."""
    changes = PoolChange.objects.filter(agreement=OuterRef(OuterRef("pk")), points__gt=0).order_by("-id")
    told = Event.objects.filter(type=TYPE, aggregate_id=OuterRef("pk"))
    since = told.annotate(changed_at=Subquery(changes.values("created_at")[:1]))
    stands = since.filter(Q(changed_at=None) | Q(recorded_at__gt=F("changed_at")))
    return Agreement.objects.filter(Exists(stands), status=Agreement.Status.ACTIVE, is_prefunded=True)


def _warn(pool: Pool) -> bool:
    agreement = pool.agreement
    with transaction.atomic():
        # Two workers that come at once write it once.
        Agreement.objects.select_for_update(no_key=True).get(pk=agreement.pk)
        if told_low().filter(pk=agreement.pk).exists():
            return False
        for brand_id in {agreement.from_program.brand_id, agreement.to_program.brand_id}:
            log.record(
                TYPE, brand_id=brand_id, aggregate_id=agreement.pk, program_id=agreement.to_program_id,
                data={
                    "agreement_id": str(agreement.pk), "pool_points": pool.points, "used_lately": pool.lately,
                    "from_program_id": str(agreement.from_program_id), "to_program_id": str(agreement.to_program_id),
                },
                occurred_at=clock.now(),
            )  # fmt: skip
    return True


@app.periodic(cron="*/15 * * * *")
@app.task(name="exchange.warn_of_low_pools", queueing_lock="warn_of_low_pools")
def look_at_pools(timestamp: int) -> None:
    """Warns of the pools that are low."""
    drop_dead_connection()
    warn_of_low_pools()
