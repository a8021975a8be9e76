"""The addresses of members: their inbox, what they want to be told of, and the apps that take push messages."""

from uuid import UUID

from loyalty.delivery.notifications import apps_taking_push, docs, inbox, serializers, wishes
from loyalty.delivery.notifications.rendering import render
from loyalty.delivery.notifications.selectors import brand_for, inbox_brands
from loyalty.delivery.notifications.views import with_words
from loyalty.errors import NotFound
from loyalty.http.pagination import page
from loyalty.http.schema import operation
from loyalty.http.shapes import query, read
from loyalty.http.views import ApiView, reply
from loyalty.identity.models import Brand, Member
from loyalty.identity.principals import Principal
from loyalty.identity.selectors import as_uuid, find_member


class InboxView(ApiView):
    """A member's inbox."""

    @operation("List a member's inbox", **docs.INBOX)
    def get(self, request, member):
        """The newest first, in the member's language. A brand sees what it wrote itself."""
        asked = query(request, serializers.InboxFilters)
        found = find_member(self.principal, member)
        brands = inbox_brands(self.principal, found)
        messages = inbox.inbox_of(found, brands)
        messages = messages if asked.is_read is None else messages.filter(read_at__isnull=not asked.is_read)
        return reply(with_words(page(request, messages)) | {"unread": inbox.unread(found, brands)})


class InboxReadView(ApiView):
    """All of an inbox."""

    @operation("Mark a member's inbox as read", **docs.READ_ALL)
    def post(self, request, member):
        """Members do so by themselves. Doing it again changes nothing."""
        return reply(serializers.ReadAnswer(read=inbox.mark_all_read(_own(self.principal, member))))


class MessageReadView(ApiView):
    """One message of an inbox."""

    @operation("Mark a message of one's own as read", **docs.READ_OWN)
    def post(self, request, notification):
        """Members do so by themselves. Doing it again keeps the first time."""
        return _read(self.principal, "me", notification)


class MemberMessageReadView(ApiView):
    """One message of an inbox."""

    @operation("Mark a message as read", **docs.READ)
    def post(self, request, member, notification):
        """Members do so by themselves. Doing it again keeps the first time."""
        return _read(self.principal, member, notification)


class MessageView(ApiView):
    """One message of an inbox."""

    @operation("Delete a message of the inbox", **docs.DELETE)
    def delete(self, request, member, notification):
        """For good; members do so by themselves."""
        inbox.delete_message(_own(self.principal, member), _id(notification))
        return reply(status=204)


class ChoicesView(ApiView):
    """What a member wants to be told of."""

    @operation("Show a member's choices of messages", **docs.CHOICES)
    def get(self, request, member):
        """What was said, and what holds of each kind by each channel. `brand_id` where more than one knows them."""
        found = find_member(self.principal, member)
        asked = query(request, serializers.BrandFilter)
        brand = brand_for(self.principal, found, asked.brand_id, "notification_choices.view")
        return reply(_choices(found, brand))

    @operation("Change a member's choices of messages", **docs.PUT_CHOICES)
    def put(self, request, member):
        """By channel, of one kind or all; the more particular choice holds. What is not named stays."""
        found = find_member(self.principal, member)
        asked = read(request, serializers.ChoicesPut)
        brand = brand_for(self.principal, found, asked.brand_id, "notification_choices.change")
        said = serializers.to_choices(asked)
        wishes.choose(found.id, brand.id, said, actor=self.principal.actor, source=wishes.API)
        return reply(_choices(found, brand))


class PushTokensView(ApiView):
    """Apps that take push messages."""

    @operation("Register an app for push messages", **docs.PUT_TOKEN)
    def put(self, request, member):
        """An app is its last member's. Doing it again says that it is still there."""
        found = find_member(self.principal, member)
        asked = read(request, serializers.PushTokenPut)
        brand = brand_for(self.principal, found, asked.brand_id, "push_tokens.change")
        apps_taking_push.keep_token(found, brand, token=asked.token, platform=asked.platform)
        return reply(status=204)

    @operation("Forget an app for push messages", **docs.DELETE_TOKEN)
    def delete(self, request, member):
        """Say when somebody logs out of it. Doing it again changes nothing."""
        found = find_member(self.principal, member)
        asked = read(request, serializers.PushTokenGone)
        brand = brand_for(self.principal, found, asked.brand_id, "push_tokens.change")
        apps_taking_push.forget_token(found, brand, token=asked.token)
        return reply(status=204)


def _choices(member: Member, brand: Brand) -> serializers.ChoicesAnswer:
    said = wishes.choices_of(member.id, brand.id)
    return serializers.choices_answer(brand.id, said, wishes.every_wish(member.id, brand.id))


def _read(principal: Principal, member: str, notification: str):
    found = inbox.mark_read(_own(principal, member), _id(notification))
    return reply(serializers.notification_answer(found, render([found])[found.id]))


def _own(principal: Principal, ref: str) -> Member:
    """The member, who must be the one who asks. Refusals: NotFound, Forbidden."""
    found = find_member(principal, ref)
    principal.require("notifications.change", member_id=found.id)
    return found


def _id(ref: str) -> UUID:
    uuid = as_uuid(ref)
    if uuid is None:
        raise NotFound("There is no such message in the inbox.")
    return uuid
