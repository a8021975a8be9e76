"""Settings of the OpenAPI document, read by the project's settings: nothing here imports Django."""

TAGS = {
    "Sessions": "Logging in, going on, logging out.",
    "Users": "People with a login and what they may do.",
    "Programs": "What a brand offers: programs and their tiers.",
    "Memberships": "Who takes part in a program, with which card, in which tier.",
    "Members": "Customers, their balances and their history.",
    "Transactions": "Points earned, redeemed, held, deposited, returned and reversed.",
    "Rules": "What points are given for: a program's rules and their versions.",
    "Campaigns": "Rules for a time, for some members, with a budget.",
    "Segments": "Members who have something in common, and the brand's own kinds of event.",
    "Exchange": "Points of one program into points of another.",
    "Service": "Whether the service is well.",
}

DESCRIPTION = """
Programs of points for many brands, on a ledger that does not lie.

**Who asks.** People send `Authorization: Bearer <access token>`, servers `Authorization: Api-Key <key>`.

**Repeating.** A POST that moves points takes an `Idempotency-Key`. The same request again gets the first answer
again, with `Idempotent-Replayed: true`.

**Errors** are problem documents (RFC 9457). Their `code` is stable; all codes are listed at [/problems](/problems).

**Rules** are JSON: `GET /api/programs/{program}/rulesets/schema` answers the JSON Schema of what a program's rules can
say, with the facts, tiers, segments and kinds of event that there are.

**Lists** are pages: follow `next` and `previous` as they are.
"""

PERSON, SERVER = "person", "server"

SPECTACULAR_SETTINGS = {
    "TITLE": "Loyalty",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.0",
    "DESCRIPTION": DESCRIPTION.strip(),
    "TAGS": [{"name": name, "description": description} for name, description in TAGS.items()],
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SCHEMA_PATH_PREFIX": "/api/",
    "DISABLE_ERRORS_AND_WARNINGS": False,
    "SORT_OPERATIONS": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "displayRequestDuration": True, "docExpansion": "none"},
    "POSTPROCESSING_HOOKS": [],
    "APPEND_COMPONENTS": {
        "securitySchemes": {
            PERSON: {
                "type": "http",
                "scheme": "bearer",
                "bearerFormat": "JWT",
                "description": "The access token of a person, from POST /api/auth/token. It lives for ten minutes.",
            },
            SERVER: {
                "type": "apiKey",
                "in": "header",
                "name": "Authorization",
                "description": "The key of a server, written as `Api-Key <key>`. It belongs to one brand.",
            },
        }
    },
}
