"""Why something is ended or taken back, as long as the books of this room keep it."""

from django import forms
from django.utils.translation import gettext as _

from loyalty.backoffice_buttons import ReasonForm

LENGTH_MAX = 200


class ShortReasonForm(ReasonForm):
    """Asks why, in at most 200 characters."""

    def clean_reason(self):
        reason = self.cleaned_data["reason"].strip()
        if len(reason) > LENGTH_MAX:
            raise forms.ValidationError(_("At most %(most)s characters.") % {"most": LENGTH_MAX})
        return reason
