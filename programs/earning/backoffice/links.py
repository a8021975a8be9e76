"""The screen of partners: programs in which one's purchases earn too, and those whose purchases earn in one's own."""

from django import forms
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display
from unfold.widgets import UnfoldAdminDecimalFieldWidget, UnfoldAdminIntegerFieldWidget, UnfoldAdminTextInputWidget

from loyalty.backoffice import screen, take_over, visible
from loyalty.backoffice_buttons import OperationAdmin, OperationForm, ReasonForm, operation
from loyalty.identity.backoffice import principal_of
from programs.earning import program_links
from programs.earning.models import ProgramLink
from programs.membership.models import Program

Status = ProgramLink.Status
STATUS_LABELS = {"Proposed": "warning", "Active": "success", "Ended": None}


class LinkForm(forms.ModelForm):
    """One's own program, the partner's by its code, and the rate."""

    partner_code = forms.CharField(
        label=gettext_lazy("Code of the partner's program"), max_length=60, widget=UnfoldAdminTextInputWidget,
        help_text=gettext_lazy("Your partner knows it: say SKY. They earn there what members buy here."),
    )  # fmt: skip
    points = forms.IntegerField(
        label=gettext_lazy("Points of the partner's"), min_value=1, max_value=1_000_000_000,
        widget=UnfoldAdminIntegerFieldWidget,
    )  # fmt: skip
    per = forms.DecimalField(
        label=gettext_lazy("For each full amount of"), min_value=0, max_digits=12, decimal_places=4,
        widget=UnfoldAdminDecimalFieldWidget, help_text=gettext_lazy("In the currency of your purchases."),
    )  # fmt: skip

    class Meta:
        model = ProgramLink
        fields = ("program",)


@screen(ProgramLink)
class ProgramLinkAdmin(OperationAdmin):
    """Links are proposed, accepted by the other brand, and ended; what was agreed is not changed."""

    resource = "links"
    brand_path = "program__brand"
    form = LinkForm
    list_display = ("program", "partner", "rate", "status_label", "created_at")
    list_filter = ("status",)
    list_select_related = ("program__brand", "program__unit", "partner__brand", "partner__unit")
    actions_detail = ("accept", "end")
    fields = ("program", "partner", "rate", "status", "created_at")

    def offers(self, verb):
        return verb not in ("change", "delete")

    def within(self, queryset, brands):
        """A link belongs to both its brands."""
        if brands is None:
            return queryset
        return queryset.filter(Q(program__brand__in=brands) | Q(partner__brand__in=brands))

    def get_queryset(self, request):
        return super().get_queryset(request).select_related(*self.list_select_related)

    def get_fields(self, request, obj=None):
        return self.fields if obj else ("program", "partner_code", "points", "per")

    def get_readonly_fields(self, request, obj=None):
        return self.fields if obj else ()

    def get_form(self, request, obj=None, change=False, **kwargs):
        return super().get_form(request, obj, change, **(kwargs | {"form": forms.ModelForm} if obj else kwargs))

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        """One's own programs, by name: those where one may propose a link."""
        if db_field.name == "program":
            theirs = self.brands_where(request, "add")
            programs = visible(request, Program).filter(status=Program.Status.ACTIVE)
            programs = programs if theirs is None else programs.filter(brand__in=theirs)
            kwargs["queryset"] = programs
            if len(only := list(programs[:2])) == 1:
                kwargs["initial"] = only[0]
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @display(description=gettext_lazy("Rate"))
    def rate(self, link):
        return program_links.rate_of(link)

    @display(description=gettext_lazy("Status"), ordering="status", label=STATUS_LABELS)
    def status_label(self, link):
        return link.get_status_display()

    def save_model(self, request, obj, form, change):
        given = form.cleaned_data
        made = program_links.propose_link(
            principal_of(request), given["program"].pk, given["partner_code"].strip(), points=given["points"],
            per=format(given["per"].normalize(), "f"),
        )  # fmt: skip
        take_over(obj, made)

    @operation(
        gettext_lazy("Accept"),
        text=gettext_lazy("From now on purchases in the one program earn in the other at this rate."),
        form=OperationForm, icon="handshake", is_there=lambda link: link.status == Status.PROPOSED,
    )  # fmt: skip
    def accept(self, request, obj, data):
        program_links.accept_link(principal_of(request), obj.pk)
        return _("The programs are linked.")

    @operation(
        gettext_lazy("End"),
        text=gettext_lazy("Purchases earn nothing by it from now on; what was earned stays."),
        form=ReasonForm, icon="link_off", is_danger=True, is_there=lambda link: link.status != Status.ENDED,
    )  # fmt: skip
    def end(self, request, obj, data):
        program_links.end_link(principal_of(request), obj.pk)
        return _("The link has ended.")
