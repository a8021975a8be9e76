"""Text messages by Twilio's REST interface (2010-04-01/Accounts/{sid}/Messages.json)."""

import re

from django.conf import settings as configured

from loyalty.delivery.notifications.models import Channel, NotificationSettings
from loyalty.delivery.notifications.providers import (
    AddressGone,
    Message,
    NotCarried,
    TryLater,
    Unsubscribed,
    ask,
    carries,
    http_client,
    wait_of,
)

ACCOUNT = re.compile(r"AC[0-9a-fA-F]{32}\Z")
TEXT_MAX = 1600
UNSUBSCRIBED = {21610}
GONE = {21211, 21214, 21217, 21614, 60200}
"""The number is none, or none that takes text messages."""


class Twilio:
    """One account."""

    def __init__(self, account: str, token: str, sender: str):
        if not ACCOUNT.match(account) or not token or not sender:
            raise NotCarried("provider-not-set-up")
        self.account = account
        # A messaging service's id stands where otherwise a number does.
        self.sender = {"MessagingServiceSid" if sender.startswith("MG") else "From": sender}
        self.client = http_client(configured.TWILIO_URL, auth=(account, token))

    def send(self, to: str, message: Message) -> str:
        text = f"{message.subject}\n{message.body}" if message.subject else message.body
        path = f"/2010-04-01/Accounts/{self.account}/Messages.json"
        status, answer, headers = ask(self.client, path, data={"To": to, "Body": text[:TEXT_MAX], **self.sender})
        if status in (200, 201):
            return str(answer.get("sid", ""))[:200]
        code = answer.get("code")
        if status == 429 or status >= 500:
            raise TryLater(f"twilio-{code or status}", seconds=wait_of(headers))
        if status in (401, 403):
            # Somebody has to mend the account; until then messages wait.
            raise TryLater("provider-refuses-account")
        if code in UNSUBSCRIBED:
            raise Unsubscribed("unsubscribed")
        if code in GONE:
            raise AddressGone("address-gone")
        raise NotCarried(f"twilio-{code or status}")

    def close(self) -> None:
        self.client.close()


@carries(Channel.SMS, "twilio")
def twilio(settings: NotificationSettings) -> Twilio:
    """The brand's account."""
    return Twilio(settings.sms_account.strip(), settings.sms_secret, settings.sms_sender.strip())
