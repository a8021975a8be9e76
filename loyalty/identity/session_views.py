"""The addresses of sessions: logging in, going on, logging out; and of registering, after which one logs in."""

from loyalty.errors import Forbidden
from loyalty.http.schema import operation
from loyalty.http.shapes import read
from loyalty.http.throttling import address_of, limit_address
from loyalty.http.views import ApiView, reply
from loyalty.identity import errors, registration, serializers, tokens
from loyalty.identity.devices.fingerprints import Seen

SESSIONS, MEMBERS = "Sessions", "Members"

LOG_INS_PER_ADDRESS = ("30/m", "600/h")
REFRESHES_PER_ADDRESS = "60/m"
REGISTRATIONS_PER_ADDRESS = "20/h"

_REFRESH = {"refresh": "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.c2lnbmF0dXJl"}
_PAIR = _REFRESH | {"access": _REFRESH["refresh"], "expires_in": 600, "token_type": "Bearer"}


class TokenView(ApiView):
    """Logging in."""

    public = True

    @operation(
        "Log in",
        tags=SESSIONS,
        request=serializers.LogIn,
        answers={200: serializers.TokenAnswer},
        problems=[errors.InvalidCredentials, errors.OtpRequired],
        limited=True,
        examples={"request": {"email": "ana@example.com", "password": "correct horse battery"}, 200: _PAIR},
    )
    def post(self, request):
        """Gives a pair of tokens for address and password. An unknown address is answered like a wrong password, in the
        same time; ten wrong tries from one place for an address, known or not, cost a minute, more of them longer. On
        any device but the first one a cool-down starts, during which redemptions are confirmed with a code."""
        for rate in LOG_INS_PER_ADDRESS:
            limit_address(request, "log-in", rate)
        body = read(request, serializers.LogIn)
        agent = request.META.get("HTTP_USER_AGENT", "")[:500]
        seen = Seen(device=body.device or "", user_agent=agent, address=address_of(request))
        pair = tokens.log_in(body.email, body.password, otp=body.otp or "", seen=seen)
        return reply(serializers.token_answer(pair))


class RefreshView(ApiView):
    """Going on with a session."""

    public = True

    @operation(
        "Refresh a session",
        tags=SESSIONS,
        request=serializers.Refresh,
        answers={200: serializers.TokenAnswer},
        problems=[errors.InvalidToken],
        limited=True,
        examples={"request": _REFRESH, 200: _PAIR},
    )
    def post(self, request):
        """Trades a refresh token for the next pair, once. A second use ends the session, successors included."""
        limit_address(request, "refresh", REFRESHES_PER_ADDRESS)
        body = read(request, serializers.Refresh)
        return reply(serializers.token_answer(tokens.refresh_session(body.refresh)))


class LogOutView(ApiView):
    """Ending a session."""

    public = True

    @operation(
        "Log out",
        tags=SESSIONS,
        request=serializers.Refresh,
        answers={204: None},
        problems=[errors.InvalidToken],
        examples={"request": _REFRESH},
    )
    def post(self, request):
        """Ends the session of the refresh token; repeating it changes nothing."""
        tokens.log_out(read(request, serializers.Refresh).refresh)
        return reply(status=204)


class LogOutEverywhereView(ApiView):
    """Ending all one's sessions."""

    @operation(
        "Log out everywhere", tags=SESSIONS, allow="sessions.end", answers={204: None}, problems=[errors.InvalidToken]
    )
    def post(self, request):
        """Ends all sessions of the caller at once, access tokens included."""
        if self.principal.is_key:
            raise Forbidden("A server key has no sessions; it is taken back instead.")
        tokens.log_out_everywhere(self.principal.id, actor=self.principal.actor)
        return reply(status=204)


class RegisterView(ApiView):
    """Becoming a member by oneself."""

    public = True

    @operation(
        "Register",
        tags=MEMBERS,
        request=serializers.Registration,
        answers={201: serializers.RegistrationAnswer},
        limited=True,
        examples={
            "request": {"email": "ana@example.com", "password": "correct horse battery", "name": "Ana"},
            201: {
                "person_id": "019a9f30-5c1e-7d7b-9a54-3f0e2b1c4d5e",
                "member_id": "70772519-c197-4bec-bb7d-f5c25d2fc9ae",
            },
        },
    )
    def post(self, request):
        """Makes a login and the member behind it, who belongs to no brand until they join a program. An address that
        somebody logs in with already is answered alike, with ids of nobody, and its owner is told by e-mail."""
        limit_address(request, "register", REGISTRATIONS_PER_ADDRESS)
        body = read(request, serializers.Registration)
        made = registration.register(**serializers.given(body))
        answer = serializers.RegistrationAnswer(person_id=made.person_id, member_id=made.member_id)
        return reply(answer, 201, {"Location": f"/api/members/{made.member_id}"})
