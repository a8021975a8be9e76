"""manage.py consume_events: takes in what another system publishes to a message broker."""

from uuid import UUID

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from loyalty.delivery.brokers.connecting import hidden
from loyalty.delivery.brokers.errors import BrokerGone, BrokerUnusable
from loyalty.delivery.brokers.messages import dead_topic
from loyalty.delivery.brokers.taking import DEAD, TOPIC, consume_events
from loyalty.errors import LoyaltyError
from loyalty.management.stopping import stop_when_told
from programs.management.sweep_command import bar_on_terminal


class Command(BaseCommand):
    help = "Take in the CloudEvents that a sender publishes to RabbitMQ, NATS or Kafka until stopped, each once. Any \
number may run side by side."

    def add_arguments(self, parser):
        parser.add_argument(
            "--from", dest="url", metavar="URL", help="amqp://, nats:// or kafka://; left out: EVENT_BROKER_URL"
        )
        parser.add_argument("--source", type=UUID, required=True, metavar="ID", help="the sender (event source)")
        parser.add_argument("--topic", default=TOPIC, help=f"exchange, stream or subject, or topic; {TOPIC}")
        parser.add_argument("--group", default="", help="queue, durable consumer or group; those of one share the work")
        parser.add_argument("--until-empty", action="store_true", help="end when nothing is left")
        parser.add_argument("--limit", type=int, metavar="N", help="take so many messages at most")

    def handle(self, *, url, source, topic, group, until_empty, limit, **options):
        url = url or settings.EVENT_BROKER_URL
        if limit is not None and limit < 1:
            raise CommandError("--limit is a number of messages, 1 or more")
        with bar_on_terminal(Command, "messages", lambda: limit) as progress, stop_when_told() as stop:
            try:
                outcomes = consume_events(
                    url, source, stop=stop, topic=topic, group=group, until_empty=until_empty, limit=limit,
                    progress=progress,
                )  # fmt: skip
            except (BrokerUnusable, BrokerGone, LoyaltyError) as error:
                raise CommandError(hidden(error, url)) from error
        told = ", ".join(f"{outcomes[name]:,} {name}" for name in sorted(outcomes))
        self.stdout.write(f"took {outcomes.total():,} messages{': ' if told else ''}{told}")
        if outcomes[DEAD]:
            self.stderr.write(f"{outcomes[DEAD]:,} could not be taken and lie under {dead_topic(topic)}")
