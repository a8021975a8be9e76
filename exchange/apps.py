"""The Django app `exchange`."""

from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    name = "exchange"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        from exchange import told  # noqa: F401
        from exchange.requests import history, waking  # noqa: F401
        from exchange.settling import jobs, pressure

        waking.on_asked(jobs.wake)
        waking.before_asking(pressure.refuse_when_behind)
