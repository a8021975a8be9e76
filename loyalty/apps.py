"""The Django app `loyalty`: the ground that the other apps stand on."""

from django.apps import AppConfig


class LoyaltyConfig(AppConfig):
    name = "loyalty"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        from loyalty import routes, told  # noqa: F401

        routes.register_check()
