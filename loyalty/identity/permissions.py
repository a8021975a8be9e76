"""Who may do what: one table, and whatever it does not name is refused. Whose objects one sees is another matter,
see `selectors`."""

OPERATOR = "operator"
ADMIN = "admin"
STAFF = "staff"
PARTNER = "partner"
MEMBER = "member"
KEY = "key"

ALLOWED: dict[str, frozenset[str]] = {
    "read": frozenset({OPERATOR, ADMIN, STAFF, PARTNER, MEMBER, KEY}),
    "members:write": frozenset({OPERATOR, ADMIN, STAFF, KEY}),
    "programs:write": frozenset({OPERATOR, ADMIN, KEY}),
    "earn": frozenset({OPERATOR, ADMIN, STAFF, PARTNER, KEY}),
    "redeem": frozenset({OPERATOR, ADMIN, STAFF, PARTNER, MEMBER, KEY}),
    "deposit": frozenset({OPERATOR, ADMIN, STAFF, KEY}),
    "adjust": frozenset({OPERATOR, ADMIN, STAFF, KEY}),
    "reverse": frozenset({OPERATOR, ADMIN, STAFF, KEY}),
    "hold": frozenset({OPERATOR, ADMIN, STAFF, KEY}),
    "exchange": frozenset({OPERATOR, ADMIN, STAFF, KEY}),
    "events:write": frozenset({OPERATOR, ADMIN, STAFF, KEY}),
    "users:write": frozenset({OPERATOR, ADMIN, KEY}),
    "join": frozenset({MEMBER}),
}
"""Action -> who. MEMBER means: for themselves. KEY means: with the scope of the same name."""

SCOPES: tuple[str, ...] = tuple(action for action, who in ALLOWED.items() if KEY in who)
"""What a server key can be given."""


def who_may(action: str) -> frozenset[str]:
    """The roles that may do `action`; nobody may do what the table does not name."""
    return ALLOWED.get(action, frozenset())
