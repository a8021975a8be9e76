"""The Django app `programs`."""

from django.apps import AppConfig


class ProgramsConfig(AppConfig):
    name = "programs"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        from programs import told  # noqa: F401
        from programs.activity.gateway import unmatched  # noqa: F401
        from programs.activity.inbound import from_brokers, shopify, square  # noqa: F401
        from programs.rewards import notifying  # noqa: F401
