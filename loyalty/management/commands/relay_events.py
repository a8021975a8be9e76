"""manage.py relay_events: publishes the log of events to a message broker."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from loyalty.delivery.brokers.connecting import hidden
from loyalty.delivery.brokers.errors import BrokerGone, BrokerUnusable
from loyalty.delivery.brokers.relaying import TOPIC, Relay, relay_events
from loyalty.delivery.webhooks import patterns
from loyalty.identity.models import Brand
from loyalty.management.stopping import stop_when_told
from programs.management.sweep_command import bar_on_terminal


class Command(BaseCommand):
    help = "Publish the log as CloudEvents to RabbitMQ, NATS or Kafka until stopped: at least once, in order for each \
aggregate. Safe to run twice: who comes second waits."

    def add_arguments(self, parser):
        parser.add_argument("--to", metavar="URL", help="amqp://, nats:// or kafka://; left out: EVENT_BROKER_URL")
        parser.add_argument("--name", default="default", help="each name has its own place in the log")
        parser.add_argument("--topic", default=TOPIC, help=f"exchange, stream or topic; {TOPIC}")
        parser.add_argument("--group", default="", help="have the broker keep the events for this queue or consumer")
        parser.add_argument("--brand", metavar="CODE", help="only this brand's events; left out: all brands'")
        parser.add_argument("--type", nargs="+", default=["*"], metavar="PATTERN", help="points.earned, voucher.*")
        parser.add_argument("--binary", action="store_true", help="CloudEvents in binary mode, attributes as headers")
        parser.add_argument("--from-start", action="store_true", help="a new name begins with the oldest event")
        parser.add_argument("--until-empty", action="store_true", help="end when all is told")

    def handle(self, *, to, name, topic, group, brand, type, binary, from_start, until_empty, **options):
        url = to or settings.EVENT_BROKER_URL
        found = Brand.objects.filter(code=brand).first() if brand else None
        if brand and found is None:
            raise CommandError(f"there is no brand {brand!r}")
        known = patterns.types_known()
        if mistakes := [mistake for one in type if (mistake := patterns.mistake_in(one, known))]:
            raise CommandError("; ".join(mistakes))
        relay = Relay(
            name=name,
            topic=topic,
            brand_id=found and found.id,
            types=type,
            is_binary=binary,
            from_start=from_start,
        )
        with bar_on_terminal(Command, "events", lambda: None) as progress, stop_when_told() as stop:
            try:
                told = relay_events(url, relay, stop=stop, group=group, until_empty=until_empty, progress=progress)
            except (BrokerUnusable, BrokerGone, DatabaseError) as error:
                raise CommandError(hidden(error, url)) from error
        self.stdout.write(f"told the broker of {told:,} events")
