"""A security key in software: answers a browser's requests to register and to sign in as a real one would."""

import hashlib
import os

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import (
    AttestationObject,
    AttestedCredentialData,
    AuthenticatorData,
    CollectedClientData,
)

NO_MAKER = bytes(16)


class SecurityKey:
    """One key with one credential. `origin` is what the browser says where it is."""

    def __init__(self, origin: str = "https://testserver"):
        self.origin = origin
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.credential_id = os.urandom(32)
        self.counter = 0

    def register(self, options: dict) -> dict:
        """The credential for what the page asked: its `creation_options`."""
        asked = options["publicKey"]
        made = AttestedCredentialData.create(NO_MAKER, self.credential_id, ES256.from_cryptography_key(self.public))
        flags = AuthenticatorData.FLAG.UP | AuthenticatorData.FLAG.UV | AuthenticatorData.FLAG.AT
        told = AuthenticatorData.create(_hash(asked["rp"]["id"]), flags, self.counter, made)
        said = self._said("webauthn.create", asked["challenge"])
        response = {
            "clientDataJSON": websafe_encode(said),
            "attestationObject": websafe_encode(AttestationObject.create("none", told, {})),
        }
        return self._answer(response)

    def sign(self, options: dict) -> dict:
        """The proof for what the page asked: its `request_options`."""
        asked = options["publicKey"]
        self.counter += 1
        flags = AuthenticatorData.FLAG.UP | AuthenticatorData.FLAG.UV
        told = AuthenticatorData.create(_hash(asked["rpId"]), flags, self.counter)
        said = self._said("webauthn.get", asked["challenge"])
        signature = self.key.sign(told + hashlib.sha256(said).digest(), ec.ECDSA(hashes.SHA256()))
        response = {
            "clientDataJSON": websafe_encode(said),
            "authenticatorData": websafe_encode(told),
            "signature": websafe_encode(signature),
            "userHandle": None,
        }
        return self._answer(response)

    @property
    def public(self):
        return self.key.public_key()

    def _said(self, kind: str, challenge: str) -> CollectedClientData:
        return CollectedClientData.create(type=kind, challenge=challenge, origin=self.origin)

    def _answer(self, response: dict) -> dict:
        name = websafe_encode(self.credential_id)
        return {
            "type": "public-key",
            "id": name,
            "rawId": name,
            "response": response,
            "clientExtensionResults": {},
            "authenticatorAttachment": "cross-platform",
        }


def _hash(rp_id: str) -> bytes:
    return hashlib.sha256(rp_id.encode()).digest()
