"""Messages by e-mail, through whatever Django's mail backend is: SMTP, or a provider by django-anymail."""

from contextlib import suppress
from email.utils import formataddr, parseaddr
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException, SMTPSenderRefused
from uuid import UUID

from anymail.exceptions import AnymailAPIError, AnymailError, AnymailRecipientsRefused
from django.conf import settings as configured
from django.core.mail import EmailMultiAlternatives, get_connection
from django.template import engines

from loyalty.delivery.notifications.models import NotificationSettings
from loyalty.delivery.notifications.providers import AddressGone, NotCarried, TryLater
from loyalty.delivery.notifications.rendering import Rendered
from loyalty.delivery.notifications.texts import on_one_line

LAYOUT = "notifications/message.html"
LESS = {"en": "No such messages any more", "nl": "Geen berichten van deze soort meer"}
WHY = {"en": "You get this because you are a member of {brand}.", "nl": "U krijgt dit omdat u lid bent van {brand}."}


class Mailer:
    """One connection to the mail server for many messages; opened by the first, closed when done."""

    def __init__(self):
        self.connection = get_connection()

    def send(self, to: str, name: UUID, said: Rendered, settings: NotificationSettings) -> str:
        """Hands the mail over and answers its Message-ID, which is the same whenever the message is sent again.
        Refusals: TryLater, AddressGone, NotCarried."""
        mail = letter(to, name, said, settings)
        mail.connection = self.connection
        try:
            self.connection.open()
            mail.send()
        except (SMTPException, AnymailError, OSError) as fault:
            self._drop()
            raise _refusal(fault) from fault
        return mail.extra_headers["Message-ID"]

    def close(self) -> None:
        """Says good-bye to the mail server."""
        self.connection.close()

    def _drop(self) -> None:
        """After a fault the connection may be in any state: the next mail gets a new one."""
        with suppress(SMTPException, OSError):
            self.connection.close()
        self.connection = get_connection()


def letter(to: str, name: UUID, said: Rendered, settings: NotificationSettings) -> EmailMultiAlternatives:
    """The mail: text and HTML that say the same, with a link and the headers (RFC 8058) by which no more are wanted."""
    sender = parseaddr(configured.DEFAULT_FROM_EMAIL)[1]
    brand = on_one_line(settings.brand.name)
    why = WHY.get(said.language, WHY["en"]).format(brand=brand)
    less = LESS.get(said.language, LESS["en"])
    mail = EmailMultiAlternatives(
        subject=said.subject or brand,
        body=f"{said.body}\n\n-- \n{why}\n{less}: {said.unsubscribe}\n",
        from_email=formataddr((on_one_line(settings.sender_name) or brand, sender)),
        to=[to],
        reply_to=[settings.reply_to] if settings.reply_to else None,
        headers={
            "Message-ID": f"<{name}@{sender.rpartition('@')[2] or 'localhost'}>",
            "List-Unsubscribe": f"<{said.unsubscribe}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "Auto-Submitted": "auto-generated",
        },
    )
    facts = {"said": said, "brand": brand, "why": why, "less": less}
    mail.attach_alternative(engines["django"].get_template(LAYOUT).render(facts), "text/html")
    return mail


def _refusal(fault: Exception) -> NotCarried:
    """Whether it is worth another try: what the receiver's server refuses for good (5xx) is not."""
    if isinstance(fault, SMTPRecipientsRefused):
        codes = [code for code, _ in fault.recipients.values()]
        is_final = bool(codes) and all(500 <= code < 600 for code in codes)
        return AddressGone("address-refused") if is_final else TryLater("mail-server-refuses")
    if isinstance(fault, AnymailRecipientsRefused):
        return AddressGone("address-refused")
    if isinstance(fault, SMTPSenderRefused | SMTPResponseException) and 500 <= fault.smtp_code < 600:
        # A login that fails or a sender that may not send is for people to mend.
        is_ours = fault.smtp_code in (530, 534, 535, 538) or isinstance(fault, SMTPSenderRefused)
        return TryLater("mail-server-refuses-us") if is_ours else NotCarried("mail-refused")
    if isinstance(fault, AnymailAPIError) and fault.status_code and 400 <= fault.status_code < 500:
        is_ours = fault.status_code in (401, 402, 403, 408, 429)
        return TryLater("mail-server-refuses-us") if is_ours else NotCarried("mail-refused")
    return TryLater("mail-server-unreachable")
