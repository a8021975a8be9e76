"""What the addresses of messages promise in the OpenAPI document: refusals and examples."""

from loyalty.delivery.notifications import errors, serializers
from loyalty.errors import Invalid, NotFound
from loyalty.http.schema import page_of
from loyalty.identity.errors import AmbiguousMember, ScopeMissing

TAG = "Notifications"
AT = "2026-10-01T12:00:00Z"
ONE, TEMPLATE_ID, EVENT = (f"019a9f30-5c1e-7d7b-9a54-3f0e2b1c4d{end}" for end in ("a1", "a2", "a3"))
BRAND, ANA = "ca8d3c6b-6e3a-4d08-88ec-68f33fa23dfa", "70772519-c197-4bec-bb7d-f5c25d2fc9ae"
SAID = {
    "is_active": True,
    "language": "nl",
    "timezone": "Europe/Amsterdam",
    "quiet_from": "22:00",
    "quiet_until": "08:00",
    "member_daily_max": 3,
    "member_weekly_max": 10,
    "brand_daily_max": 10000,
    "sender_name": "Bean Club",
    "reply_to": "hello@cafe.example",
    "sms_provider": "twilio",
    "sms_account": "AC00000000000000000000000000000000",
    "sms_sender": "+3197010280000",
    "push_provider": "",
    "push_account": "",
}
SETTINGS = {"brand_id": BRAND, **SAID, "has_sms_secret": True, "has_push_secret": False}
WORDS = {
    "kind": "points.expiring",
    "channel": "email",
    "language": "en",
    "subject": "{{points}} {{unit}} expire on {{expires_on}}",
    "body": "Hello {{name}},\n\n{{points}} {{unit}} expire on {{expires_on}}.\n\n{{brand}}",
}
TEMPLATE = {"id": TEMPLATE_ID, "brand_id": BRAND, **WORDS, "is_active": True, "updated_at": AT}
KIND = {
    "kind": "points.expiring",
    "title": "Points expire soon",
    "description": "As many days before as the program says. A service message.",
    "is_promotional": False,
    "usual_channels": ["email", "inbox", "push"],
    "names": {"name": "What the member is called", "points": "How many points"},
}
SHOWN = {
    "subject": "300 beans expire on 1 Jan 2027",
    "body": "Hello Ana,\n\n300 beans expire on 1 Jan 2027.\n\nCafe",
    "language": "en",
    "html": "<p>Hello Ana,</p><p>300 beans expire on 1 Jan 2027.</p><p>Cafe</p>",
}
SENT = {
    "id": ONE,
    "brand_id": BRAND,
    "member_id": ANA,
    "kind": "points.expiring",
    "channel": "inbox",
    "event_id": EVENT,
    "status": "sent",
    "reason": "",
    "tries": 0,
    "due_at": AT,
    "sent_at": AT,
    "read_at": None,
    "created_at": AT,
    "subject": "300 beans expire on 1 Jan 2027",
    "body": "300 beans of yours in Bean Club expire on 1 Jan 2027. Use them before that day.",
    "language": "en",
}
DROPPED = SENT | {
    "channel": "sms", "status": "dropped", "reason": "member-cap", "sent_at": None, "subject": None, "body": None,
    "language": None,
}  # fmt: skip
WISH = {"channel": "email", "kind": "points.expiring", "is_wanted": False}
CHOICES_SHOWN = {
    "brand_id": BRAND,
    "choices": [{"channel": "email", "kind": "", "is_wanted": False, "source": "link", "changed_at": AT}],
    "wishes": [WISH],
}
OF_MEMBER = [ScopeMissing, NotFound, AmbiguousMember]

SHOW_SETTINGS = {
    "tags": TAG,
    "allow": "notification_settings.view",
    "query": serializers.BrandFilter,
    "answers": {200: serializers.SettingsAnswer},
    "problems": [ScopeMissing, NotFound],
    "etag": True,
    "examples": {200: SETTINGS},
}
PUT_SETTINGS = {
    "tags": TAG,
    "allow": "notification_settings.change",
    "request": serializers.SettingsPut,
    "answers": {200: serializers.SettingsAnswer},
    "problems": [ScopeMissing, NotFound, Invalid],
    "examples": {"request": SAID | {"sms_secret": "the token"}, 200: SETTINGS},
}
KINDS = {
    "tags": TAG,
    "allow": "notification_templates.view",
    "answers": {200: list[serializers.KindAnswer]},
    "problems": [ScopeMissing],
    "etag": True,
    "examples": {200: [KIND]},
}
LIST_TEMPLATES = {
    "tags": TAG,
    "allow": "notification_templates.view",
    "query": serializers.TemplateFilters,
    "answers": {200: page_of(serializers.TemplateAnswer)},
    "problems": [ScopeMissing, NotFound],
    "examples": {200: {"next": None, "previous": None, "results": [TEMPLATE]}},
}
CREATE_TEMPLATE = {
    "tags": TAG,
    "allow": "notification_templates.add",
    "request": serializers.NewTemplate,
    "answers": {201: serializers.TemplateAnswer},
    "problems": [ScopeMissing, NotFound, errors.UnknownKind, Invalid, errors.UnknownNames, errors.TemplateTaken],
    "idempotent": True,
    "examples": {"request": WORDS, 201: TEMPLATE},
}
SHOW_TEMPLATE = {
    "tags": TAG,
    "allow": "notification_templates.view",
    "answers": {200: serializers.TemplateAnswer},
    "problems": [ScopeMissing, NotFound],
    "etag": True,
    "examples": {200: TEMPLATE},
}
CHANGE_TEMPLATE = {
    "tags": TAG,
    "allow": "notification_templates.change",
    "request": serializers.TemplatePatch,
    "answers": {200: serializers.TemplateAnswer},
    "problems": [ScopeMissing, NotFound, Invalid, errors.UnknownNames],
    "examples": {"request": {"is_active": False}, 200: TEMPLATE | {"is_active": False}},
}
REMOVE_TEMPLATE = {
    "tags": TAG,
    "allow": "notification_templates.remove",
    "answers": {204: None},
    "problems": [ScopeMissing, NotFound],
}
PREVIEW = {
    "tags": TAG,
    "allow": "notification_templates.test",
    "request": serializers.TemplatePreview,
    "answers": {200: serializers.MessagePreviewAnswer},
    "problems": [*OF_MEMBER, errors.UnknownKind, Invalid, errors.UnknownNames],
    "examples": {"request": WORDS, 200: SHOWN},
}
TEST = {
    "tags": TAG,
    "allow": "notification_templates.test",
    "request": serializers.TemplateTest,
    "answers": {200: serializers.TestAnswer},
    "problems": [NotFound, Invalid, errors.SettingsMissing, errors.NotSent],
    "examples": {"request": {"to": ""}, 200: {"to": "you@cafe.example"}},
}
LIST = {
    "tags": TAG,
    "allow": "notifications.view",
    "query": serializers.NotificationFilters,
    "answers": {200: page_of(serializers.NotificationAnswer)},
    "problems": OF_MEMBER,
    "examples": {200: {"next": None, "previous": None, "results": [DROPPED]}},
}
INBOX = {
    "tags": TAG,
    "allow": "notifications.view",
    "query": serializers.InboxFilters,
    "answers": {200: serializers.InboxAnswer},
    "problems": OF_MEMBER,
    "examples": {200: {"next": None, "previous": None, "unread": 1, "results": [SENT]}},
}
READ_ALL = {
    "tags": TAG,
    "allow": "notifications.change",
    "answers": {200: serializers.ReadAnswer},
    "problems": OF_MEMBER,
    "examples": {200: {"read": 3}},
}
READ = {
    "tags": TAG,
    "allow": "notifications.change",
    "answers": {200: serializers.NotificationAnswer},
    "problems": OF_MEMBER,
    "examples": {200: SENT | {"read_at": AT}},
}
READ_OWN = READ
DELETE = {
    "tags": TAG,
    "allow": "notifications.change",
    "answers": {204: None},
    "problems": OF_MEMBER,
}
CHOICES = {
    "tags": TAG,
    "allow": "notification_choices.view",
    "query": serializers.BrandFilter,
    "answers": {200: serializers.ChoicesAnswer},
    "problems": [*OF_MEMBER, Invalid],
    "examples": {200: CHOICES_SHOWN},
}
PUT_CHOICES = {
    "tags": TAG,
    "allow": "notification_choices.change",
    "request": serializers.ChoicesPut,
    "answers": {200: serializers.ChoicesAnswer},
    "problems": [*OF_MEMBER, Invalid, errors.UnknownKind],
    "examples": {"request": {"choices": [{"channel": "email", "is_wanted": False}]}, 200: CHOICES_SHOWN},
}
PUT_TOKEN = {
    "tags": TAG,
    "allow": "push_tokens.change",
    "request": serializers.PushTokenPut,
    "answers": {204: None},
    "problems": [*OF_MEMBER, Invalid],
    "examples": {"request": {"brand_id": BRAND, "token": "dGhlIGFwcCdzIG93biB0b2tlbg", "platform": "android"}},
}
DELETE_TOKEN = {
    "tags": TAG,
    "allow": "push_tokens.change",
    "request": serializers.PushTokenGone,
    "answers": {204: None},
    "problems": [*OF_MEMBER, Invalid],
    "examples": {"request": {"brand_id": BRAND, "token": "dGhlIGFwcCdzIG93biB0b2tlbg"}},
}
