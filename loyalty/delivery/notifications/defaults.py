"""What is said where the brand has no template of its own, in English and Dutch. A kind that has no words here says
its title."""

from loyalty.delivery.notifications.models import Channel
from loyalty.delivery.notifications.texts import Words

LANGUAGES = ("en", "nl")

_DEAR = {"en": "Hello {{name}},\n\n", "nl": "Hallo {{name}},\n\n"}
_FROM = {"en": "\n\n{{brand}}", "nl": "\n\n{{brand}}"}

TOLD: dict[str, dict[str, tuple[str, str]]] = {
    "points.earned": {
        "en": (
            "{{points}} {{unit}} for you",
            "You earned {{points}} {{unit}} in {{program}}. You have {{balance}} now.",
        ),
        "nl": ("{{points}} {{unit}} voor u", "U kreeg {{points}} {{unit}} bij {{program}}. U hebt er nu {{balance}}."),
    },
    "points.expiring": {
        "en": (
            "{{points}} {{unit}} expire on {{expires_on}}",
            "{{points}} {{unit}} of yours in {{program}} expire on {{expires_on}}. Use them before that day.",
        ),
        "nl": (
            "{{points}} {{unit}} verlopen op {{expires_on}}",
            "{{points}} {{unit}} van u bij {{program}} verlopen op {{expires_on}}. Gebruik ze voor die dag.",
        ),
    },
    "points.received": {
        "en": (
            "Somebody gave you {{points}} {{unit}}",
            "Another member gave you {{points}} {{unit}} in {{program}}. You have {{balance}} now.",
        ),
        "nl": (
            "U kreeg {{points}} {{unit}} cadeau",
            "Een ander lid gaf u {{points}} {{unit}} bij {{program}}. U hebt er nu {{balance}}.",
        ),
    },
    "points.exchanged": {
        "en": (
            "{{points}} {{unit}} from your exchange",
            "Your exchange is done: {{points}} {{unit}} were added in {{program}}. You have {{balance}} now.",
        ),
        "nl": (
            "{{points}} {{unit}} van uw omwisseling",
            "Uw omwisseling is klaar: {{points}} {{unit}} erbij in {{program}}. U hebt er nu {{balance}}.",
        ),
    },
    "tier.up": {
        "en": ("You are {{tier}} now", "Congratulations: you reached {{tier}} in {{program}}."),
        "nl": ("U bent nu {{tier}}", "Gefeliciteerd: u bent {{tier}} geworden bij {{program}}."),
    },
    "tier.down": {
        "en": ("Your tier changed to {{tier}}", "Your tier in {{program}} is {{tier}} now. It was {{tier_before}}."),
        "nl": ("Uw niveau is nu {{tier}}", "Uw niveau bij {{program}} is nu {{tier}}. Het was {{tier_before}}."),
    },
    "tier.ending": {
        "en": (
            "Your tier {{tier}} ends on {{expires_on}}",
            "Your tier {{tier}} in {{program}} ends on {{expires_on}}; after that it is {{tier_next}}.",
        ),
        "nl": (
            "Uw niveau {{tier}} eindigt op {{expires_on}}",
            "Uw niveau {{tier}} bij {{program}} eindigt op {{expires_on}}; daarna is het {{tier_next}}.",
        ),
    },
    "voucher.issued": {
        "en": ("A voucher for you: {{reward}}", "You have a voucher for {{reward}} from {{program}}."),
        "nl": ("Een voucher voor u: {{reward}}", "U hebt een voucher voor {{reward}} van {{program}}."),
    },
    "voucher.expiring": {
        "en": (
            "Your voucher expires on {{expires_on}}",
            "Your voucher for {{reward}} from {{program}} expires on {{expires_on}}.",
        ),
        "nl": (
            "Uw voucher verloopt op {{expires_on}}",
            "Uw voucher voor {{reward}} van {{program}} verloopt op {{expires_on}}.",
        ),
    },
    "campaign.started": {
        "en": ("{{campaign}} at {{brand}}", "{{campaign}} has begun in {{program}}."),
        "nl": ("{{campaign}} bij {{brand}}", "{{campaign}} is begonnen bij {{program}}."),
    },
}


def words_of(kind: str, channel: str, language: str, *, title: str = "") -> Words | None:
    """The built-in words, or None in a language that there is none of: letters by e-mail, one line elsewhere."""
    if language not in LANGUAGES:
        return None
    subject, body = TOLD.get(kind, {}).get(language, (title or kind, title or kind))
    if channel == Channel.EMAIL:
        return Words(subject, f"{_DEAR[language]}{body}{_FROM[language]}")
    if channel == Channel.SMS:
        return Words("", f"{{{{brand}}}}: {body}")
    return Words(subject, body)
