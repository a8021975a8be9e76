"""manage.py refresh_rates: every process reads the rates anew; say after rows were restored by hand."""

from django.core.management.base import BaseCommand

from exchange.rates import cache
from exchange.rates.listening import tell
from loyalty import clock


class Command(BaseCommand):
    help = "Tell every process to read the rates of exchange anew, and print those in force. Safe to repeat."

    def handle(self, **options):
        tell()
        cache.forget()
        pairs, now = cache.pairs(), clock.now()
        for pair in sorted(pairs, key=lambda pair: (pair.from_program.code, pair.to_program.code)):
            self.stdout.write(f"{pair.from_program.code} to {pair.to_program.code} {_told(pair.terms_at(now))}")
        self.stdout.write(f"told every process of {len(pairs)} pair{'' if len(pairs) == 1 else 's'}")


def _told(terms) -> str:
    if terms is None:
        return "has no rate yet"
    bonus = f", {terms.bonus_percent.normalize():f} % bonus included" if terms.bonus_id else ""
    return f"at {terms.rate.normalize():f}{bonus}{'' if terms.is_open else ', closed'}"
