"""The screen of the keys that sign QR codes. What is secret of them is never read here."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from loyalty import clock
from loyalty.backoffice import ReadOnlyAdmin, screen
from programs.rewards.qr.models import SigningKey


@screen(SigningKey)
class SigningKeyAdmin(ReadOnlyAdmin):
    """The keys that sign QR codes, for operators to look at: the halves that everybody may know."""

    resource = "signing_keys"
    ordering = ("-signs_from",)
    list_display = ("kid", "state", "signs_from", "retired_at", "verifies_until", "created_at")
    fields = ("kid", "public_key", "signs_from", "retired_at", "verifies_until", "created_at")

    @display(description=gettext_lazy("State"))
    def state(self, key):
        now = clock.now()
        if key.verifies_until and key.verifies_until <= now:
            return _("Past")
        if key.retired_at and key.retired_at <= now:
            return _("Verifies only")
        return _("Signs") if key.signs_from <= now else _("Published, signs later")

    def get_queryset(self, request):
        return super().get_queryset(request).defer("private_key")
