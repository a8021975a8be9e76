"""The addresses for a password that was forgotten, and for changing one."""

from loyalty.http.schema import operation
from loyalty.http.shapes import read
from loyalty.http.throttling import limit_address
from loyalty.http.views import ApiView, reply
from loyalty.identity import errors
from loyalty.identity.passwords import resetting, serializers
from loyalty.identity.serializers import TokenAnswer, token_answer

SESSIONS = "Sessions"
ASKED_PER_ADDRESS = "20/h"
RESETS_PER_ADDRESS = "60/h"

_TOKEN = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.c2lnbmF0dXJl"  # noqa: S105 an example
_PAIR = {"access": _TOKEN, "refresh": _TOKEN, "expires_in": 600, "token_type": "Bearer"}
_NEW = "a better horse battery"


class ForgotView(ApiView):
    """Asking for a new password."""

    public = True

    @operation(
        "Ask for a link to a new password",
        tags=SESSIONS,
        request=serializers.Forgotten,
        answers={202: None},
        limited=True,
        examples={"request": {"email": "ana@example.com"}},
    )
    def post(self, request):
        """Mails a link, good once and for an hour, to whoever logs in with the address. Whether anybody does is told by
        neither the answer nor its time."""
        limit_address(request, "forgot", ASKED_PER_ADDRESS)
        resetting.ask_for_reset(read(request, serializers.Forgotten).email)
        return reply(status=202)


class ResetView(ApiView):
    """Setting a new password with the link."""

    public = True

    @operation(
        "Set a new password",
        tags=SESSIONS,
        request=serializers.Reset,
        answers={204: None},
        problems=[errors.InvalidLink],
        limited=True,
        examples={
            "request": {"token": "70772519c1974bec-d2k1f0-5f1c0d8a9b7e6d5c4b3a29180716253", "password": _NEW},
        },
    )
    def post(self, request):
        """Sets the password with the token of the link that was mailed. All sessions end, access tokens included, and
        the person is told."""
        limit_address(request, "reset", RESETS_PER_ADDRESS)
        body = read(request, serializers.Reset)
        resetting.reset_password(body.token, body.password)
        return reply(status=204)


class ChangeView(ApiView):
    """Changing one's password."""

    @operation(
        "Change one's password",
        tags=SESSIONS,
        allow="profile.change",
        request=serializers.Change,
        answers={200: TokenAnswer},
        problems=[errors.InvalidCredentials],
        limited=True,
        examples={"request": {"old_password": "correct horse battery", "password": _NEW}, 200: _PAIR},
    )
    def post(self, request):
        """Every other session ends, access tokens included; this one goes on with the pair returned. The person is
        told."""
        body = read(request, serializers.Change)
        pair = resetting.change_password(self.principal, old=body.old_password, new=body.password)
        return reply(token_answer(pair))
