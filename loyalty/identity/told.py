"""The events of people, members, posts, keys and what else a brand's doors are kept by."""

from loyalty.events.catalogue import declare_each

BY = {"actor": "text"}
CHANGED = BY | {"fields": "texts"}
CONSENTS = {"given": "texts", "withdrawn": "texts"}
NOTE = BY | {"note_id": "uuid"}
APPROVAL = BY | {"kind": "text", "status": "text", "subject_id": "uuid"}

declare_each(
    "member",
    {
        "member.created": ("Member created", "A brand entered a member.", CHANGED | CONSENTS | {"source": "text"}),
        "member.registered": ("Member registered", "Somebody registered as a member.", BY | CONSENTS),
        "member.updated": (
            "Member changed",
            "Fields of a member were changed.",
            CHANGED | CONSENTS | {"source": "text"},
        ),
        "member.deactivated": ("Member deactivated", "The member can do nothing for now.", BY),
        "member.reactivated": ("Member reactivated", "The member can do everything again.", BY),
        "member.contact_shown": ("Contact looked at", "Somebody looked at how to reach the member.", BY),
        "member.exported": ("Member's data exported", "All that is known of the member was taken out.", BY),
        "member.erased": ("Member erased", "What tells who the member is was taken away.", BY),
        "note.added": ("Note added", "Somebody wrote a note about the member.", NOTE),
        "note.changed": ("Note changed", "Somebody changed a note about the member.", NOTE),
        "note.removed": ("Note removed", "Somebody removed a note about the member.", NOTE),
    },
)
declare_each(
    "person",
    {
        "user.updated": ("User changed", "Fields of a user were changed.", CHANGED),
        "user.activated": ("User activated", "The user can log in again.", BY),
        "user.deactivated": ("User deactivated", "The user can log in no more.", BY),
        "user.erased": ("User erased", "What tells who the user is was taken away.", BY),
        "user.role_changed": (
            "Role changed",
            "The user has another role at the brand, or none (null).",
            BY | {"role": "text?", "location": "text?"},
        ),
        "user.sessions_ended": ("Sessions ended", "The user was logged out everywhere.", BY),
        "user.email_changed": ("E-mail changed", "The user has another e-mail address.", BY),
        "user.password_changed": ("Password changed", "The user changed the password.", BY),
        "user.password_reset": ("Password reset", "The user set a new password by a link.", {}),
        "user.factor_added": ("Second factor added", "The user signs in with one more factor.", BY),
        "user.factor_removed": ("Second factor removed", "The user signs in with one factor less.", BY),
        "user.factors_reset": ("Second factors reset", "All factors were taken away.", BY | {"removed": "integer"}),
        "user.recovery_codes_made": ("Recovery codes made", "The user has new recovery codes.", BY),
        "user.sign_on_linked": ("Sign-on linked", "The user signs in by the brand's provider from now on.", BY),
        "user.signed_on": ("Signed on first", "Somebody whom the provider knows was given a login.", BY),
        "session.reused": ("Session token reused", "A token came twice; the session was ended.", {}),
        "session.confirmed": ("Session confirmed", "The user proved with a code that it is them.", BY),
        "device.added": ("Device added", "The user logged in from a new device.", {"device_id": "uuid"}),
        "device.forgotten": ("Device forgotten", "A device is not known any more.", BY | {"device_id": "uuid"}),
        "history.exported": (
            "History exported",
            "Somebody took the history of changes out as a file.",
            BY | {"format": "text", "asked": "object"},
        ),
    },
    personal=("asked",),
)
declare_each(
    "brand",
    {
        "brand.created": ("Brand created", "A brand has been set up.", BY | {"code": "text"}),
        "brand.updated": ("Brand changed", "Settings of the brand were changed.", CHANGED),
    },
)
declare_each(
    "server key",
    {
        "key.created": ("Key created", "A server key was made.", BY | {"scopes": "texts"}),
        "key.rotated": ("Key rotated", "A key has a successor and ends soon.", BY | {"successor": "uuid"}),
        "key.revoked": ("Key revoked", "A key was taken back.", BY),
    },
)
declare_each(
    "location",
    {
        "location.created": ("Location created", "The brand has one more location.", BY | {"code": "text"}),
        "location.changed": ("Location changed", "Fields of a location were changed.", CHANGED | {"code": "text"}),
    },
)
declare_each(
    "sign-on",
    {
        "sign_on.changed": (
            "Sign-on changed",
            "The brand's provider of identities was set up or changed.",
            BY | {"issuer": "text", "is_active": "boolean", "is_required": "boolean", "role_by_group": "object"},
        ),
        "sign_on.domains_confirmed": (
            "Domains confirmed",
            "An operator vouched for the brand's e-mail domains.",
            BY | {"domains": "texts"},
        ),
        "sign_on.removed": ("Sign-on removed", "The brand's provider of identities was taken away.", BY),
    },
)
declare_each(
    "request for approval",
    {
        "approval.requested": ("Approval asked for", "Something waits for a second person.", APPROVAL),
        "approval.approved": ("Approved", "A second person agreed.", APPROVAL),
        "approval.rejected": ("Rejected", "A second person refused.", APPROVAL),
        "approval.withdrawn": ("Request withdrawn", "Who asked took the request back.", APPROVAL),
        "approval.lapsed": ("Request lapsed", "What was asked for cannot be done any more.", APPROVAL),
    },
)
