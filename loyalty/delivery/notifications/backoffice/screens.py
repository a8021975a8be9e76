"""The screens of messages: how the brand tells its members things, in which words, and what became of each message."""

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from loyalty.backoffice import BrandScopedAdmin, screen, take_over
from loyalty.backoffice_buttons import OperationAdmin, operation
from loyalty.backoffice_long_lists import LongListAdmin
from loyalty.delivery.notifications import operations
from loyalty.delivery.notifications.backoffice.forms import SettingsForm, TemplateForm, TestForm
from loyalty.delivery.notifications.backoffice.wording import reason_told
from loyalty.delivery.notifications.kinds import Kind, every_kind, find_kind, is_kind
from loyalty.delivery.notifications.models import Notification, NotificationSettings, NotificationTemplate
from loyalty.delivery.notifications.previewing import TESTS, TESTS_RATE, send_test
from loyalty.http.throttling import limit_by
from loyalty.identity.models import Member

STATE = {"waiting": "info", "sending": "info", "sent": "success", "dropped": "warning", "failed": "danger"}


@screen(NotificationSettings)
class SettingsScreen(BrandScopedAdmin):
    """One for each brand."""

    resource = "notification_settings"
    brand_path = "brand"
    form = SettingsForm
    list_display = ("brand", "is_active", "language", "quiet_shown", "sms_provider", "push_provider")
    list_select_related = ("brand",)
    ordering = ("brand__name",)
    fieldsets = (
        (None, {"fields": ("brand", "is_active", "language")}),
        (_("When and how often"), {"fields": (
            "timezone", "quiet_from", "quiet_until", "member_daily_max", "member_weekly_max", "brand_daily_max",
        )}),
        (_("E-mail"), {"fields": ("sender_name", "reply_to")}),
        (_("Text messages"), {"fields": ("sms_provider", "sms_account", "sms_sender", "new_sms_secret")}),
        (_("Push messages"), {"fields": ("push_provider", "push_account", "new_push_secret")}),
    )  # fmt: skip

    def offers(self, verb):
        return verb != "delete"

    def permission(self, verb):
        """Who may change them may say them for the first time."""
        return super().permission("change" if verb == "add" else verb)

    def save_model(self, request, obj, form, change):
        take_over(obj, operations.change_settings(obj.brand, form.changes))

    @display(description=_("Quiet hours"))
    def quiet_shown(self, settings):
        if settings.quiet_from is None:
            return _("None")
        return f"{settings.quiet_from:%H:%M} - {settings.quiet_until:%H:%M}"


@screen(NotificationTemplate)
class TemplateScreen(OperationAdmin):
    """The brand's own words; where it has none the built-in ones hold."""

    resource = "notification_templates"
    brand_path = "brand"
    form = TemplateForm
    list_display = ("title_shown", "channel", "language", "subject", "is_active", "brand")
    list_filter = ("channel", "language", "is_active")
    list_select_related = ("brand",)
    search_fields = ("kind", "subject")
    ordering = ("kind", "channel", "language", "id")
    readonly_fields = ("names_shown", "preview_link")
    actions_detail = ("send_test",)
    fieldsets = (
        (None, {"fields": ("brand", "kind", "channel", "language", "is_active")}),
        (_("Words"), {"fields": ("subject", "body", "preview_link", "names_shown")}),
    )

    def permission(self, verb):
        return super().permission("remove" if verb == "delete" else verb)

    def get_readonly_fields(self, request, obj=None):
        fixed = super().get_readonly_fields(request, obj)
        return (*fixed, "kind", "channel", "language") if obj else fixed

    def save_model(self, request, obj, form, change):
        said = {name: form.cleaned_data[name] for name in operations.TEMPLATE if name in form.cleaned_data}
        if change:
            take_over(obj, operations.change_template(NotificationTemplate.objects.get(pk=obj.pk), said))
            return
        named = {name: form.cleaned_data[name] for name in ("kind", "channel", "language")}
        take_over(obj, operations.create_template(obj.brand, **named, **said))

    def delete_model(self, request, obj):
        operations.remove_template(obj)

    def delete_queryset(self, request, queryset):
        for template in queryset:
            operations.remove_template(template)

    @display(description=_("Kind"), ordering="kind")
    def title_shown(self, template):
        return find_kind(template.kind).title if is_kind(template.kind) else template.kind

    @display(description=_("As it will look"))
    def preview_link(self, template):
        if template._state.adding:
            return _("Save it first.")
        address = reverse("admin:notification_preview", args=[template.pk])
        return format_html('<a class="ly-link" href="{}">{}</a>', address, _("Preview"))

    @display(description=_("Names that can be filled in"))
    def names_shown(self, template):
        """Those of the kind; before it is chosen those of all kinds."""
        kinds = [find_kind(template.kind)] if is_kind(template.kind) else every_kind()
        told = ((kind.title, kind.description, _names(kind)) for kind in kinds)
        return format_html_join("", "<p><strong>{}</strong> {}<br>{}</p>", told)

    @operation(
        _("Send a test"),
        text=_("Sends it to you with example values, whatever members want and however much was sent."),
        form=TestForm,
        verb="test",
        icon="outgoing_mail",
    )
    def send_test(self, request, obj, data):
        limit_by(request, TESTS, str(request.user.pk), TESTS_RATE)
        return _("Sent to %(to)s.") % {"to": send_test(obj, request.user, to=data["to"])}


@screen(Notification)
class MessageScreen(LongListAdmin):
    """What was sent, what was not and why; no words of it are kept."""

    resource = "notifications"
    brand_path = "brand"
    list_display = ("created_at", "member", "title_shown", "channel", "state", "reason_shown")
    list_filter = ("status", "channel")
    list_select_related = ("member",)
    lookups = ("member",)
    search_fields = ("=member__known_to__external_id",)
    search_help_text = _("The whole member number of who was told")
    fields = (
        "member", "title_shown", "channel", "state", "reason_shown", "tries", "due_at", "sent_shown", "read_at",
        "event_id", "provider_id", "created_at",
    )  # fmt: skip

    def offers(self, verb):
        return verb not in ("add", "change", "delete")

    def get_queryset(self, request):
        return super().get_queryset(request).defer("subject", "body", "data_key", "facts")

    def get_readonly_fields(self, request, obj=None):
        return self.fields

    def get_search_results(self, request, queryset, search_term):
        """By a number that one of the person's own brands gave."""
        text, theirs = search_term.replace("\0", "").strip(), self.brands_where(request)
        if not text:
            return queryset, False
        known = Member.objects.filter(known_to__external_id=text)
        known = known if theirs is None else known.filter(known_to__brand__in=theirs)
        return queryset.filter(member__in=list(known.values_list("pk", flat=True)[:20])), False

    @display(description=_("Kind"))
    def title_shown(self, message):
        return find_kind(message.kind).title if is_kind(message.kind) else message.kind

    @display(description=_("State"), label=STATE)
    def state(self, message):
        return message.status, message.get_status_display()

    @display(description=_("Why"))
    def reason_shown(self, message):
        return reason_told(message.reason)

    @display(description=_("Sent"))
    def sent_shown(self, message):
        return message.sent_at if message.status == Notification.Status.SENT else None


def _names(kind: Kind):
    """The names of the kind; what they mean shows when one points at them."""
    shown = ((meaning, f"{{{{{name}}}}}") for name, meaning in kind.all_names.items())
    return format_html_join(", ", '<code title="{}">{}</code>', shown)
