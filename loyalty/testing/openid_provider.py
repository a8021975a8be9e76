"""A small OpenID provider for tests: a real HTTP server in a thread, with discovery, the authorization page, tokens,
keys and user info. It says what it is told to say, and can be told to say it wrongly."""

import hashlib
import json
import secrets
import threading
import time
from base64 import urlsafe_b64encode
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT_ID, CLIENT_SECRET = "loyalty-portal", "a secret between the two"


class OpenIdProvider:
    """`person` holds the claims of whoever is signed in there. `wrong` maps claims to what the ID token says instead;
    `says` replaces parts of the description; the rest is how else it may misbehave."""

    def __init__(self):
        self.person: dict = {}
        self.only_in_user_info: tuple[str, ...] = ()
        self.wrong: dict = {}
        self.says: dict = {}
        self.user_info_subject: str | None = None
        self.signing: tuple = ()
        self.asked: list[dict] = []
        self._codes: dict[str, dict] = {}
        self._tokens: dict[str, dict] = {}
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.server.daemon_threads = True

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def description(self) -> dict:
        at = self.issuer
        return {
            "issuer": at,
            "authorization_endpoint": f"{at}/authorize",
            "token_endpoint": f"{at}/token",
            "jwks_uri": f"{at}/keys",
            "userinfo_endpoint": f"{at}/me",
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
            "id_token_signing_alg_values_supported": ["RS256"],
        } | self.says

    def keys(self) -> dict:
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
        return {"keys": [public | {"kid": "one", "use": "sig", "alg": "RS256"}]}

    def authorize(self, query: dict) -> str:
        """Where the browser is sent back to: whoever is signed in there agrees."""
        self.asked.append(query)
        code = secrets.token_urlsafe(16)
        self._codes[code] = query
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"

    def token(self, form: dict) -> tuple[int, dict]:
        asked = self._codes.pop(form.get("code", ""), None)
        if asked is None or (form.get("client_id"), form.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            return 400, {"error": "invalid_grant"}
        challenge = urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest()).rstrip(b"=")
        if challenge.decode() != asked.get("code_challenge") or form.get("redirect_uri") != asked["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        access = secrets.token_urlsafe(16)
        self._tokens[access] = self.person
        return 200, {"access_token": access, "token_type": "Bearer", "id_token": self.id_token(asked)}

    def id_token(self, asked: dict) -> str:
        now = int(time.time())
        claims = {name: value for name, value in self.person.items() if name not in self.only_in_user_info}
        claims |= {"iss": self.issuer, "aud": asked["client_id"], "iat": now, "exp": now + 300, "nonce": asked["nonce"]}
        claims = {name: value for name, value in (claims | self.wrong).items() if value is not None}
        key, algorithm, header = self.signing or (self.key, "RS256", {"kid": "one"})
        return jwt.encode(claims, key, algorithm=algorithm, headers=header)

    def user_info(self, authorization: str) -> tuple[int, dict]:
        person = self._tokens.get(authorization.removeprefix("Bearer "))
        if person is None:
            return 401, {"error": "invalid_token"}
        return 200, person | ({"sub": self.user_info_subject} if self.user_info_subject else {})

    def _handler(provider):
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                where = urlsplit(self.path)
                if where.path == "/authorize":
                    query = {name: values[0] for name, values in parse_qs(where.query).items()}
                    self.send_response(302)
                    self.send_header("Location", provider.authorize(query))
                    self.end_headers()
                elif where.path == "/.well-known/openid-configuration":
                    self.answer(200, provider.description())
                elif where.path == "/keys":
                    self.answer(200, provider.keys())
                elif where.path == "/me":
                    self.answer(*provider.user_info(self.headers.get("Authorization", "")))
                else:
                    self.answer(404, {})

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                self.answer(*provider.token({name: values[0] for name, values in parse_qs(body).items()}))

            def answer(self, status: int, said: dict) -> None:
                body = json.dumps(said).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args):
                pass

        return Handler


@contextmanager
def running_provider():
    """A provider that answers within this context."""
    provider = OpenIdProvider()
    thread = threading.Thread(target=provider.server.serve_forever, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        provider.server.shutdown()
        provider.server.server_close()
        thread.join()
