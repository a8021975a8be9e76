"""The addresses of one's devices, of confirming that it is oneself, and of changing the address one logs in with."""

from loyalty.errors import NotFound
from loyalty.http.schema import operation
from loyalty.http.shapes import read
from loyalty.http.throttling import limit_person
from loyalty.http.views import ApiView, reply
from loyalty.identity import errors, tokens
from loyalty.identity.devices import addresses, operations, serializers, stepping_up
from loyalty.identity.devices.codes import LIFETIME
from loyalty.identity.devices.models import Device
from loyalty.identity.selectors import as_uuid
from loyalty.identity.serializers import TokenAnswer, token_answer

SESSIONS, USERS = "Sessions", "Users"
CODES_SENT = "5/h"

_TOKEN = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.c2lnbmF0dXJl"  # noqa: S105 an example
_ACCESS = {"access": _TOKEN, "expires_in": 600, "token_type": "Bearer"}
_DEVICE = {
    "id": "019a9f30-5c1e-7d7b-9a54-3f0e2b1c4d5e",
    "label": "Firefox on Linux",
    "first_seen_at": "2026-10-01T12:00:00Z",
    "last_seen_at": "2026-10-02T08:30:00Z",
    "is_current": True,
}


class DevicesView(ApiView):
    """The devices that one has logged in with."""

    @operation(
        "List one's devices",
        tags=SESSIONS,
        allow="devices.view",
        answers={200: list[serializers.DeviceAnswer]},
        examples={200: [_DEVICE]},
    )
    def get(self, request):
        """All of the caller's devices, the one used last first."""
        devices = Device.objects.filter(person_id=self.principal.id)
        return reply([serializers.device_answer(one, current=self.principal.device_id) for one in devices])


class DeviceView(ApiView):
    """One device."""

    @operation("Forget a device", tags=SESSIONS, allow="devices.change", answers={204: None})
    def delete(self, request, device):
        """Ends the device's sessions at once, access tokens included; when it comes back it is a new one."""
        uuid = as_uuid(device)
        if uuid is None:
            raise NotFound("There is no such device, or it is not yours.")
        operations.forget_device(self.principal, uuid)
        return reply(status=204)


class StepUpView(ApiView):
    """Asking to confirm that it is oneself."""

    @operation(
        "Ask for a code to confirm a session",
        tags=SESSIONS,
        allow="sessions.confirm",
        request=serializers.StepUp,
        answers={202: serializers.StepUpAnswer},
        limited=True,
        examples={"request": {}, 202: {"method": "email", "expires_in": 600}},
    )
    def post(self, request):
        """Sends a code of six digits to the address that the person logged in with before anything was changed; who has
        an authenticator app uses that instead, and nothing is sent."""
        read(request, serializers.StepUp)
        limit_person(request, "step-up", CODES_SENT)
        method = stepping_up.ask_for_code(self.principal.id)
        return reply(serializers.StepUpAnswer(method=method, expires_in=int(LIFETIME.total_seconds())), 202)


class StepUpConfirmView(ApiView):
    """Confirming that it is oneself."""

    @operation(
        "Confirm a session",
        tags=SESSIONS,
        allow="sessions.confirm",
        request=serializers.GivenCode,
        answers={200: serializers.ConfirmedAnswer},
        problems=[errors.InvalidCode],
        limited=True,
        examples={"request": {"code": "042137"}, 200: _ACCESS},
    )
    def post(self, request):
        """Trades the code for an access token with which points can be spent during a cool-down, for ten minutes. A
        wrong, an old and a used code are refused alike."""
        body = read(request, serializers.GivenCode)
        person, until = stepping_up.confirm(self.principal, body.code)
        access = tokens.issue_access(person, device_id=self.principal.device_id, confirmed_until=until)
        seconds = int(tokens.AccessToken.lifetime.total_seconds())
        return reply(serializers.ConfirmedAnswer(access=str(access), expires_in=seconds))


class EmailView(ApiView):
    """Asking for another address to log in with."""

    @operation(
        "Ask to change one's e-mail",
        tags=USERS,
        allow="profile.change",
        request=serializers.NewEmail,
        answers={202: None},
        problems=[errors.StepUpRequired, errors.InvalidCredentials],
        limited=True,
        examples={"request": {"email": "ana.silva@example.com", "password": "correct horse battery"}},
    )
    def post(self, request):
        """Sends a code to the new address. Whether somebody else logs in with it does not show."""
        body = read(request, serializers.NewEmail)
        limit_person(request, "email-change", CODES_SENT)
        addresses.ask_to_change_email(self.principal, email=body.email, password=body.password)
        return reply(status=202)


class EmailConfirmView(ApiView):
    """Changing the address to log in with."""

    @operation(
        "Change one's e-mail",
        tags=USERS,
        allow="profile.change",
        request=serializers.GivenCode,
        answers={200: TokenAnswer},
        problems=[errors.StepUpRequired, errors.InvalidCode],
        limited=True,
        examples={"request": {"code": "042137"}, 200: _ACCESS | {"refresh": _TOKEN}},
    )
    def post(self, request):
        """From now on one logs in with the new address. Every other session ends, this one goes on with the pair
        returned; the old address is told, and a cool-down starts."""
        body = read(request, serializers.GivenCode)
        return reply(token_answer(addresses.change_email(self.principal, code=body.code)))
