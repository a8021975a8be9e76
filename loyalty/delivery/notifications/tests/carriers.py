"""Servers on this machine that speak the documented forms of the providers of text and push messages."""

import base64
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

ACCOUNT = "AC" + "0a" * 16
TOKEN = "the auth token"
PROJECT = "bean-club-77"


class Spoken(ThreadingHTTPServer):
    """Keeps what it was asked; `answers` are told in turn, then the usual one."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[dict] = []
        self.answers: list[tuple[int, dict, dict]] = []
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def service_account(self) -> str:
        """The file as the console of the provider gives it; its token_uri leads elsewhere."""
        pem = self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return json.dumps(
            {
                "type": "service_account", "client_email": f"push@{PROJECT}.iam.gserviceaccount.com",
                "private_key_id": "k1", "private_key": pem.decode(), "token_uri": "http://169.254.169.254/token",
            }
        )  # fmt: skip

    @property
    def sent(self) -> list[dict]:
        """The messages that it was asked to carry."""
        return [one for one in self.asked if not one["path"].endswith("/token")]


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        is_json = self.headers["Content-Type"].startswith("application/json")
        said = json.loads(body) if is_json else {name: values[0] for name, values in parse_qs(body).items()}
        self.server.asked.append({"path": self.path, "said": said, "authorization": self.headers.get("Authorization")})
        if self.path.endswith("/token"):
            return self._answer(*_token(said, self.server.key))
        status, answer, headers = self.server.answers.pop(0) if self.server.answers else _usual(self.path)
        return self._answer(status, answer, headers)

    def _answer(self, status: int, answer: dict, headers: dict):
        content = json.dumps(answer).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(content)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args):
        pass


def _token(said: dict, key) -> tuple[int, dict, dict]:
    """Google's: the assertion must be signed by the account's key, for this scope, and be for an hour at most."""
    claims = jwt.decode(
        said["assertion"], key.public_key(), algorithms=["RS256"], audience="https://oauth2.googleapis.com/token"
    )
    is_good = (
        said["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer" and claims["exp"] - claims["iat"] <= 3600
    )
    if not is_good or claims["scope"] != "https://www.googleapis.com/auth/firebase.messaging":
        return 400, {"error": "invalid_grant"}, {}
    return 200, {"access_token": "ya29.access", "expires_in": 3599, "token_type": "Bearer"}, {}


def _usual(path: str) -> tuple[int, dict, dict]:
    if path.startswith("/2010-04-01/"):
        return 201, {"sid": "SM" + "1b" * 16, "status": "queued", "error_code": None}, {}
    return 200, {"name": f"projects/{PROJECT}/messages/0:1500415314455276%31bd1c9631bd1c96"}, {}


def twilio_error(status: int, code: int) -> tuple[int, dict, dict]:
    """As Twilio tells errors."""
    more = f"https://www.twilio.com/docs/errors/{code}"
    return status, {"code": code, "message": "It was refused.", "more_info": more, "status": status}, {}


def fcm_error(status: int, word: str, code: str) -> tuple[int, dict, dict]:
    """As FCM tells errors: its own code stands among the details."""
    detail = {"@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError", "errorCode": code}
    return status, {"error": {"code": status, "message": "No.", "status": word, "details": [detail]}}, {}


def basic() -> str:
    return "Basic " + base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()


@pytest.fixture
def carrier(settings) -> Iterator[Spoken]:
    """The server, to which the settings lead."""
    server = Spoken()
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    settings.TWILIO_URL = settings.FCM_URL = server.url
    settings.GOOGLE_TOKEN_URL = f"{server.url}/token"
    yield server
    server.shutdown()
    server.server_close()
    thread.join()
