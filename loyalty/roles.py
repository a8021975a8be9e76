"""Who may do what: one table, for the API and the admin portal alike. What it does not name nobody may do. Whose
objects one may do it to is another matter: staff act at their own brands, a member on what is theirs."""

OPERATOR = "operator"
ADMIN = "admin"
STAFF = "staff"
PARTNER = "partner"
MEMBER = "member"
PERSON = "person"
KEY = "key"

ROLES = (OPERATOR, ADMIN, STAFF, PARTNER, MEMBER, PERSON, KEY)
"""Operators run the platform; admin, staff and partner (a till or shop of somebody else) are posts at a brand; member
is the customer; person is whoever has a login; key is a server's key, which belongs to a brand."""

SCOPES = (
    "read",
    "members:write",
    "programs:write",
    "earn",
    "redeem",
    "deposit",
    "adjust",
    "reverse",
    "hold",
    "exchange",
    "events:write",
    "users:write",
    "vouchers:write",
    "webhooks:write",
)
"""What a server key can be given. The names are public: they stand in keys that are in use."""

YES, OWN, NO = "yes", "own", "-"

# "yes": at the brands where one has the role. "own": only what is one's own. Under `key`: the scope that opens it.
TABLE = """
permission              operator  admin  staff  partner  member  person  key

brands.view             yes       yes    yes    yes      -       -       -
brands.add              yes       -      -      -        -       -       -
brands.change           yes       yes    -      -        -       -       -
programs.view           yes       yes    yes    yes      own     -       read
programs.add            yes       yes    -      -        -       -       programs:write
programs.change         yes       yes    -      -        -       -       programs:write
programs.archive        yes       yes    -      -        -       -       programs:write
tiers.view              yes       yes    yes    yes      own     -       read
tiers.add               yes       yes    -      -        -       -       programs:write
tiers.change            yes       yes    -      -        -       -       programs:write
tiers.delete            yes       yes    -      -        -       -       programs:write

rules.view              yes       yes    yes    -        -       -       read
rules.change            yes       yes    -      -        -       -       programs:write
rules.publish           yes       yes    -      -        -       -       programs:write
rules.backtest          yes       yes    yes    -        -       -       read
campaigns.view          yes       yes    yes    -        -       -       read
campaigns.add           yes       yes    yes    -        -       -       programs:write
campaigns.change        yes       yes    yes    -        -       -       programs:write
campaigns.activate      yes       yes    -      -        -       -       programs:write
campaigns.pause         yes       yes    yes    -        -       -       programs:write
campaigns.end           yes       yes    -      -        -       -       programs:write
segments.view           yes       yes    yes    -        -       -       read
segments.add            yes       yes    -      -        -       -       programs:write
segments.change         yes       yes    -      -        -       -       programs:write
segments.remove         yes       yes    -      -        -       -       programs:write
event_types.view        yes       yes    yes    -        -       -       read
event_types.add         yes       yes    -      -        -       -       programs:write
event_types.change      yes       yes    -      -        -       -       programs:write
event_types.remove      yes       yes    -      -        -       -       programs:write
limits.view             yes       yes    yes    -        -       -       -
links.view              yes       yes    yes    -        -       -       read
links.add               yes       yes    -      -        -       -       programs:write
links.accept            yes       yes    -      -        -       -       programs:write
links.end               yes       yes    -      -        -       -       programs:write
goals.view              yes       yes    yes    -        own     -       read
referrals.view          yes       yes    yes    -        own     -       read

members.view            yes       yes    yes    -        own     -       read
members.look_up         yes       yes    yes    yes      own     -       read
members.identify        yes       yes    yes    yes      own     -       read
members.add             yes       yes    yes    -        -       -       members:write
members.change          yes       yes    yes    -        own     -       members:write
members.deactivate      yes       yes    yes    -        -       -       members:write
members.import          yes       yes    -      -        -       -       -
members.export          yes       yes    -      -        -       -       -
notes.view              yes       yes    yes    -        -       -       -
notes.add               yes       yes    yes    -        -       -       -
notes.change            yes       yes    yes    -        -       -       -
notes.delete            yes       yes    -      -        -       -       -
consents.view           yes       yes    yes    -        own     -       read
consents.change         yes       yes    yes    -        own     -       members:write
personal_data.export    yes       yes    -      -        own     -       -
personal_data.erase     yes       yes    -      -        -       -       -

memberships.view        yes       yes    yes    -        -       -       read
memberships.look_up     yes       yes    yes    yes      own     -       read
memberships.add         yes       yes    yes    -        -       -       members:write
memberships.join        -         -      -      -        own     -       -
memberships.suspend     yes       yes    yes    -        -       -       members:write
memberships.reinstate   yes       yes    yes    -        -       -       members:write
memberships.note        yes       yes    yes    -        -       -       members:write
memberships.set_tier    yes       yes    yes    -        -       -       members:write
memberships.close       yes       yes    yes    -        own     -       members:write

points.earn             yes       yes    yes    yes      -       -       earn
points.preview          yes       yes    yes    yes      -       -       earn
points.redeem           yes       yes    yes    yes      own     -       redeem
points.deposit          yes       yes    yes    -        -       -       deposit
points.adjust           yes       yes    yes    -        -       -       adjust
points.release          yes       yes    yes    -        -       -       adjust
points.hold             yes       yes    yes    -        -       -       hold
points.return           yes       yes    yes    -        -       -       reverse
points.reverse          yes       yes    yes    -        -       -       reverse
points.exchange         yes       yes    yes    -        own     -       exchange
balances.view           yes       yes    yes    yes      own     -       read
transactions.view       yes       yes    yes    -        own     -       read
transactions.look_up    yes       yes    yes    yes      own     -       read
statements.view         yes       yes    yes    -        own     -       read
purchases.view          yes       yes    yes    -        -       -       -
returns.view            yes       yes    yes    -        -       -       -

locations.view          yes       yes    yes    yes      -       -       read
locations.add           yes       yes    -      -        -       -       programs:write
locations.change        yes       yes    -      -        -       -       programs:write
rewards.view            yes       yes    yes    yes      own     -       read
rewards.add             yes       yes    -      -        -       -       programs:write
rewards.change          yes       yes    -      -        -       -       programs:write
rewards.archive         yes       yes    -      -        -       -       programs:write
offers.view             yes       yes    yes    yes      own     -       read
offers.claim            yes       yes    yes    yes      own     -       redeem
offers.cancel           yes       yes    yes    -        -       -       redeem
vouchers.view           yes       yes    yes    -        own     -       read
vouchers.look_up        yes       yes    yes    yes      own     -       read
vouchers.issue          yes       yes    yes    -        -       -       vouchers:write
vouchers.issue_many     yes       yes    -      -        -       -       vouchers:write
vouchers.export         yes       yes    -      -        -       -       vouchers:write
vouchers.change         yes       yes    yes    -        -       -       vouchers:write
vouchers.disable        yes       yes    yes    -        -       -       vouchers:write
vouchers.validate       yes       yes    yes    yes      own     -       read
vouchers.redeem         yes       yes    yes    yes      -       -       redeem
vouchers.roll_back      yes       yes    yes    yes      -       -       redeem
redemptions.view        yes       yes    yes    yes      -       -       read
stamp_cards.view        yes       yes    yes    yes      own     -       read
stamp_cards.add         yes       yes    -      -        -       -       programs:write
stamp_cards.change      yes       yes    -      -        -       -       programs:write
stamp_cards.join        yes       yes    yes    yes      own     -       members:write
stamps.view             yes       yes    yes    -        own     -       read
stamps.add              yes       yes    yes    yes      -       -       earn
stamps.undo             yes       yes    yes    -        -       -       reverse
stamps.turn_in          yes       yes    yes    yes      own     -       redeem
qr.show                 yes       yes    yes    -        own     -       redeem
qr.scan                 yes       yes    yes    yes      own     -       redeem
signing_keys.view       yes       -      -      -        -       -       -
tills.view              yes       yes    yes    -        -       -       read
tills.add               yes       yes    yes    yes      -       -       redeem
tills.change            yes       yes    -      -        -       -       -
tills.revoke            yes       yes    yes    -        -       -       redeem
tills.sync              yes       yes    yes    yes      -       -       redeem
offline_scans.view      yes       yes    yes    -        -       -       -
offline_scans.decide    yes       yes    yes    -        -       -       -

agreements.view         yes       yes    yes    -        -       -       read
agreements.add          yes       yes    -      -        -       -       programs:write
agreements.change       yes       yes    -      -        -       -       programs:write
agreements.accept       yes       yes    -      -        -       -       programs:write
agreements.end          yes       yes    -      -        -       -       programs:write
rates.view              yes       yes    yes    yes      own     -       read
rates.add               yes       yes    -      -        -       -       programs:write
bonuses.view            yes       yes    yes    -        -       -       read
bonuses.add             yes       yes    -      -        -       -       programs:write
bonuses.end             yes       yes    -      -        -       -       programs:write
quotes.view             yes       yes    yes    -        -       -       -
exchanges.view          yes       yes    yes    -        own     -       read
exchanges.cancel        yes       yes    yes    -        own     -       exchange
exchanges.retry         yes       yes    yes    -        -       -       -
exchanges.give_up       yes       yes    -      -        -       -       -
pools.view              yes       yes    yes    -        -       -       read
pools.top_up            yes       yes    -      -        -       -       -
settlements.view        yes       yes    -      -        -       -       read
settlements.close       yes       yes    -      -        -       -       -
settlements.pay         yes       yes    -      -        -       -       -
transfer_policies.view  yes       yes    yes    -        -       -       read
transfer_policies.change  yes     yes    -      -        -       -       programs:write
gifts.view              yes       yes    yes    -        own     -       read
gifts.give              yes       yes    yes    -        own     -       exchange
households.view         yes       yes    yes    -        own     -       read
households.change       yes       yes    yes    -        own     -       members:write
households.join         -         -      -      -        own     -       -
households.spend        yes       yes    yes    yes      own     -       redeem

accounts.view           yes       yes    yes    -        -       -       -
entries.view            yes       yes    yes    -        -       -       -
lots.view               yes       yes    yes    -        -       -       -
holds.view              yes       yes    yes    -        -       -       -
seals.view              yes       -      -      -        -       -       -
events.view             yes       yes    yes    -        -       -       read
events.add              yes       yes    yes    -        -       -       events:write

webhooks.view           yes       yes    yes    -        -       -       read
webhooks.add            yes       yes    -      -        -       -       webhooks:write
webhooks.change         yes       yes    -      -        -       -       webhooks:write
webhooks.remove         yes       yes    -      -        -       -       webhooks:write
webhooks.rotate         yes       yes    -      -        -       -       webhooks:write
webhooks.test           yes       yes    yes    -        -       -       webhooks:write
webhooks.replay         yes       yes    -      -        -       -       webhooks:write
deliveries.view         yes       yes    yes    -        -       -       read
deliveries.redeliver    yes       yes    yes    -        -       -       webhooks:write
event_archives.view     yes       -      -      -        -       -       -
event_sources.view      yes       yes    yes    -        -       -       read
event_sources.add       yes       yes    -      -        -       -       webhooks:write
event_sources.change    yes       yes    -      -        -       -       webhooks:write
event_sources.rotate    yes       yes    -      -        -       -       webhooks:write
event_mappings.view     yes       yes    yes    -        -       -       read
event_mappings.add      yes       yes    -      -        -       -       programs:write
event_mappings.change   yes       yes    -      -        -       -       programs:write
event_mappings.remove   yes       yes    -      -        -       -       programs:write
inbound_events.view     yes       yes    yes    -        -       -       read
inbound_events.correct  yes       yes    yes    -        -       -       events:write
inbound_events.retry    yes       yes    yes    -        -       -       events:write
inbound_events.discard  yes       yes    yes    -        -       -       events:write
receipts.view           yes       yes    yes    yes      -       -       read
receipts.add            yes       yes    yes    yes      -       -       earn
receipts.claim          yes       yes    yes    yes      own     -       earn
notifications.view      yes       yes    yes    -        own     -       read
notifications.change    -         -      -      -        own     -       -
notification_settings.view  yes   yes    yes    -        -       -       read
notification_settings.change  yes yes    -      -        -       -       programs:write
notification_templates.view  yes  yes    yes    -        -       -       read
notification_templates.add  yes   yes    -      -        -       -       programs:write
notification_templates.change  yes  yes  -      -        -       -       programs:write
notification_templates.remove  yes  yes  -      -        -       -       programs:write
notification_templates.test  yes  yes    yes    -        -       -       -
notification_choices.view  yes    yes    yes    -        own     -       read
notification_choices.change  yes  yes    yes    -        own     -       members:write
push_tokens.change      -         -      -      -        own     -       members:write

portal.enter            yes       yes    yes    yes      -       -       -
dashboard.view          yes       yes    yes    -        -       -       -
saved_views.view        yes       yes    yes    yes      -       -       -
saved_views.add         yes       yes    yes    yes      -       -       -
saved_views.change      yes       yes    yes    yes      -       -       -
saved_views.delete      yes       yes    yes    yes      -       -       -
runs.view               yes       yes    yes    -        -       -       -
runs.cancel             yes       yes    yes    -        -       -       -
runs.resume             yes       yes    yes    -        -       -       -
runs.run_for_real       yes       yes    yes    -        -       -       -
runs.undo               yes       yes    -      -        -       -       -
approvals.view          yes       yes    yes    -        -       -       -
approvals.request       yes       yes    yes    -        -       -       -
approvals.decide        yes       yes    yes    -        -       -       -
history.view            yes       yes    -      -        -       -       -
history.export          yes       yes    -      -        -       -       -

profile.view            -         -      -      -        -       own     -
profile.change          -         -      -      -        -       own     -
sessions.end            -         -      -      -        -       own     -
sessions.confirm        -         -      -      -        -       own     -
devices.view            -         -      -      -        -       own     -
devices.change          -         -      -      -        -       own     -
people.view             yes       yes    -      -        -       -       users:write
people.add              yes       -      -      -        -       -       -
people.change           yes       yes    -      -        -       -       users:write
people.deactivate       yes       yes    -      -        -       -       users:write
people.set_password     yes       -      -      -        -       -       -
staff.view              yes       yes    -      -        -       -       -
staff.add               yes       yes    -      -        -       -       -
staff.change            yes       yes    -      -        -       -       -
server_keys.view        yes       yes    -      -        -       -       -
server_keys.add         yes       yes    -      -        -       -       -
server_keys.rotate      yes       yes    -      -        -       -       -
server_keys.revoke      yes       yes    -      -        -       -       -
sign_on.view            yes       yes    -      -        -       -       -
sign_on.add             yes       yes    -      -        -       -       -
sign_on.change          yes       yes    -      -        -       -       -
sign_on.delete          yes       yes    -      -        -       -       -
sign_on.test            yes       yes    -      -        -       -       -
sign_on.confirm_domains yes       -      -      -        -       -       -

submissions.view        yes       -      -      -        -       -       -
jobs.view               yes       -      -      -        -       -       -
sessions.view           yes       -      -      -        -       -       -
"""

PUBLIC = "public"

PAGES = {
    "landing": PUBLIC,
    "demo-key": PUBLIC,
    "metrics": PUBLIC,
    "schema": PUBLIC,
    "docs": PUBLIC,
    "asyncapi": PUBLIC,
    "event-source-in": PUBLIC,
    "unsubscribe": PUBLIC,
    "problems": PUBLIC,
    "problem": PUBLIC,
    "logo": PUBLIC,
    "reward-picture": PUBLIC,
    "till": PUBLIC,
    "till-worker": PUBLIC,
    "favicon": PUBLIC,
    "jwks": PUBLIC,
    "qr-svg": PUBLIC,
    "qr-png": PUBLIC,
    "password-forgot": PUBLIC,
    "password-reset": PUBLIC,
    "api(/.*)?$": PUBLIC,
    "account_login": PUBLIC,
    "account_logout": PUBLIC,
    "account_reset_password": PUBLIC,
    "account_reset_password_done": PUBLIC,
    "account_reset_password_from_key": PUBLIC,
    "account_reset_password_from_key_done": PUBLIC,
    "mfa_authenticate": PUBLIC,
    "sign_on_find": PUBLIC,
    "openid_connect_login": PUBLIC,
    "openid_connect_callback": PUBLIC,
    "socialaccount_login_cancelled": PUBLIC,
    "accounts/*": "portal.enter",
    "admin:login": PUBLIC,
    "admin:logout": PUBLIC,
    "admin:index": "portal.enter",
    "admin:search": "portal.enter",
    "admin:app_list": "portal.enter",
    "admin:autocomplete": "portal.enter",
    "admin:jsi18n": "portal.enter",
    "admin:view_on_site": "portal.enter",
    "admin:password_change": "portal.enter",
    "admin:password_change_done": "portal.enter",
    "admin/*/*/<path:object_id>/": "portal.enter",
    "admin/(?P<url>.*)$": "portal.enter",
}
"""Addresses that are neither of the API, whose handlers name their permission, nor of a screen, which has a resource:
by name, or by pattern where they have none. What a page shows is scoped besides. `metrics` asks for a token."""


def _read(table: str) -> tuple[dict[str, dict[str, frozenset[str]]], dict[str, str]]:
    """The table as {resource: {verb: roles}}, and {permission: scope}. ValueError on a row that is not in order."""
    head, *rows = [line.split() for line in table.splitlines() if line]
    if tuple(head[1:]) != ROLES:
        raise ValueError(f"The columns are not the roles: {head[1:]}")
    matrix: dict[str, dict[str, frozenset[str]]] = {}
    scopes: dict[str, str] = {}
    for permission, *cells in rows:
        resource, _, verb = permission.partition(".")
        words = [{YES, NO}] * 4 + [{OWN, NO}] * 2 + [{*SCOPES, NO}]
        if len(cells) != len(ROLES) or not all(cell in known for cell, known in zip(cells, words, strict=True)):
            raise ValueError(f"This row cannot be read: {permission} {' '.join(cells)}")
        if verb in matrix.setdefault(resource, {}):
            raise ValueError(f"{permission} stands there twice.")
        matrix[resource][verb] = frozenset(role for role, cell in zip(ROLES, cells, strict=True) if cell != NO)
        if cells[-1] != NO:
            scopes[permission] = cells[-1]
    return matrix, scopes


MATRIX, SCOPE_OF = _read(TABLE)
"""MATRIX[resource][verb] are the roles; SCOPE_OF[permission] is the scope with which a key may."""
PERMISSIONS = tuple(f"{resource}.{verb}" for resource, verbs in MATRIX.items() for verb in verbs)


def is_known(permission: str) -> bool:
    """Whether the table has a row of that name."""
    return permission in PERMISSIONS


def roles_for(permission: str) -> frozenset[str]:
    """The roles that may; none for what the table does not name."""
    resource, _, verb = permission.partition(".")
    return MATRIX.get(resource, {}).get(verb, frozenset())
