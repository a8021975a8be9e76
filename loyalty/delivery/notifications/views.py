"""The addresses of what brands say and how; what members read and choose is in `member_views`."""

from loyalty.delivery.notifications import docs, operations, previewing, serializers
from loyalty.delivery.notifications.models import Channel, Notification, NotificationTemplate
from loyalty.delivery.notifications.rendering import render
from loyalty.delivery.notifications.selectors import (
    find_template,
    only_brand_of,
    visible_notifications,
    visible_templates,
)
from loyalty.http.etags import conditional
from loyalty.http.idempotency import idempotent
from loyalty.http.pagination import page
from loyalty.http.schema import operation
from loyalty.http.shapes import query, read
from loyalty.http.throttling import limit_by
from loyalty.http.views import ApiView, reply
from loyalty.identity.models import Brand, Member, Person
from loyalty.identity.principals import Principal
from loyalty.identity.selectors import find_brand, find_member


class SettingsView(ApiView):
    """How a brand tells its members things."""

    @operation("Show how members are told", **docs.SHOW_SETTINGS)
    def get(self, request):
        """A brand that has not said anything tells its members nothing. Secrets are never shown."""
        brand = find_brand(self.principal, query(request, serializers.BrandFilter).brand_id)
        self.principal.require("notification_settings.view", brand.id)
        return conditional(request, serializers.settings_answer(operations.settings_of(brand)))

    @operation("Say how members are told", **docs.PUT_SETTINGS)
    def put(self, request):
        """As a whole: what is left out is as if never said. A secret that is left out stays; an empty one goes."""
        asked = read(request, serializers.SettingsPut)
        brand = find_brand(self.principal, asked.brand_id)
        self.principal.require("notification_settings.change", brand.id)
        settings = operations.change_settings(brand, serializers.to_settings(asked))
        return reply(serializers.settings_answer(settings))


class KindsView(ApiView):
    """The kinds of messages."""

    @operation("List kinds of messages", **docs.KINDS)
    def get(self, request):
        """Of what members can be told, and which names can stand in its templates."""
        return conditional(request, serializers.kinds_answer())


class TemplatesView(ApiView):
    """Templates."""

    @operation("List templates of messages", **docs.LIST_TEMPLATES)
    def get(self, request):
        """The brand's own words. Where it has none, built-in ones in English and Dutch are used."""
        asked = query(request, serializers.TemplateFilters)
        found = visible_templates(self.principal)
        if asked.brand_id:
            found = found.filter(brand=find_brand(self.principal, asked.brand_id))
        for name in ("kind", "channel"):
            if getattr(asked, name):
                found = found.filter(**{name: getattr(asked, name)})
        return reply(page(request, found, render=serializers.template_answer))

    @operation("Write a template of messages", **docs.CREATE_TEMPLATE)
    @idempotent
    def post(self, request):
        """Only names that the kind knows can stand in double braces; anything else is refused. A template switches the
        kind on for its channel; one that is not active, and has no active one beside it, switches it off."""
        asked = read(request, serializers.NewTemplate)
        brand = find_brand(self.principal, asked.brand_id)
        self.principal.require("notification_templates.add", brand.id)
        made = operations.create_template(
            brand, kind=asked.kind, channel=asked.channel, language=asked.language, subject=asked.subject,
            body=asked.body, is_active=asked.is_active,
        )  # fmt: skip
        return reply(serializers.template_answer(made), 201, {"Location": f"/api/notification-templates/{made.pk}"})


class TemplateView(ApiView):
    """One template."""

    @operation("Show a template of messages", **docs.SHOW_TEMPLATE)
    def get(self, request, template):
        """With its words as they were written."""
        return conditional(request, serializers.template_answer(find_template(self.principal, template)))

    @operation("Change a template of messages", **docs.CHANGE_TEMPLATE)
    def patch(self, request, template):
        """What is not given stays. Messages that wait are written in the new words."""
        found = find_template(self.principal, template)
        self.principal.require("notification_templates.change", found.brand_id)
        changes = serializers.to_changes(read(request, serializers.TemplatePatch))
        return reply(serializers.template_answer(operations.change_template(found, changes)))

    @operation("Remove a template of messages", **docs.REMOVE_TEMPLATE)
    def delete(self, request, template):
        """The built-in words hold again."""
        found = find_template(self.principal, template)
        self.principal.require("notification_templates.remove", found.brand_id)
        operations.remove_template(found)
        return reply(status=204)


def _previewed(principal: Principal, asked: serializers.TemplatePreview) -> tuple[Brand, Member | None]:
    """The brand and the member of whom a preview is: without a brand the one that knows the member. Refusals:
    NotFound, Forbidden, Invalid (no brand is named, and there is more than one)."""
    permission, ref = "notification_templates.test", asked.brand_id
    if ref is None and asked.member_id:
        ref = only_brand_of(principal, find_member(principal, asked.member_id), permission)
    brand = find_brand(principal, ref)
    principal.require(permission, brand.id)
    return brand, find_member(principal, asked.member_id, brand_id=brand.id) if asked.member_id else None


class PreviewView(ApiView):
    """Templates as they will look."""

    @operation("Preview a template of messages", **docs.PREVIEW)
    def post(self, request):
        """With example values, or those of a member's last message of the kind. Nothing is saved or sent."""
        asked = read(request, serializers.TemplatePreview)
        brand, member = _previewed(self.principal, asked)
        template = NotificationTemplate(
            brand=brand, kind=asked.kind, channel=asked.channel, language=asked.language, subject=asked.subject,
            body=asked.body,
        )  # fmt: skip
        return reply(serializers.preview_answer(previewing.preview(template, member=member)))


class TestView(ApiView):
    """Templates sent to oneself."""

    @operation("Send a test of a template", **docs.TEST)
    def post(self, request, template):
        """With example values, at once, to one's own e-mail address or to the number or app that one names."""
        found = find_template(self.principal, template)
        self.principal.require("notification_templates.test", found.brand_id)
        asked = read(request, serializers.TemplateTest)
        limit_by(request, previewing.TESTS, str(self.principal.id), previewing.TESTS_RATE)
        person = Person.objects.get(pk=self.principal.id)
        return reply(serializers.TestAnswer(to=previewing.send_test(found, person, to=asked.to)))


class NotificationsView(ApiView):
    """Messages."""

    @operation("List messages", **docs.LIST)
    def get(self, request):
        """What was sent, what was not and why, the newest first. Members see what lies in their inbox."""
        asked = query(request, serializers.NotificationFilters)
        found = visible_notifications(self.principal)
        if asked.brand_id:
            found = found.filter(brand=find_brand(self.principal, asked.brand_id))
        if asked.member_id:
            found = found.filter(member=find_member(self.principal, asked.member_id))
        for name in ("status", "channel", "kind"):
            if getattr(asked, name):
                found = found.filter(**{name: getattr(asked, name)})
        return reply(with_words(page(request, found)))


def with_words(listed: dict) -> dict:
    """The page with each message as it is told, those of the inbox in words."""
    said = render(one for one in listed["results"] if is_told(one))
    return listed | {"results": [serializers.notification_answer(one, said.get(one.id)) for one in listed["results"]]}


def is_told(one: Notification) -> bool:
    """Whether its words can be read: those of the inbox, until it is deleted."""
    return one.channel == Channel.INBOX and one.status == Notification.Status.SENT
