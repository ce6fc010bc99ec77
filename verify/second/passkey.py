"""A passkey that signs an activation (WebAuthn, 7.2): its challenge is the SHA-256 of the text an Ed25519 key would sign."""

import json
from base64 import b64decode, urlsafe_b64encode
from binascii import Error
from hashlib import sha256

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

_HEAD = 37  # hash of the site, flags, counter
_PRESENT, _VERIFIED, _CREDENTIAL, _EXTENSIONS = 0x01, 0x04, 0x40, 0x80


def _is_signed(key, alg, message, signature):
    if alg == "ES256" and isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1):
        key.verify(signature, message, ECDSA(SHA256()))
    elif alg == "EdDSA" and isinstance(key, Ed25519PublicKey):
        key.verify(signature, message)
    elif alg == "RS256" and isinstance(key, RSAPublicKey) and 2_048 <= key.key_size <= 4_096:
        key.verify(signature, message, PKCS1v15(), SHA256())
    else:
        return False
    return True


def signed_by_passkey(known, text, proof):
    """`known` is what the owner signed: site, origins and key are never taken from what came with the proof."""
    try:
        data, client, signature = (b64decode(proof[name], validate=True) for name in ("authenticator_data", "client_data", "signature"))
        said = json.loads(client.decode())
        challenge = urlsafe_b64encode(sha256(text).digest()).rstrip(b"=").decode()
        if said["type"] != "webauthn.get" or said["challenge"] != challenge or said["origin"] not in known["origins"]:
            return False
        if said.get("crossOrigin", False) is not False or "topOrigin" in said:
            return False
        if len(data) < _HEAD or data[:32] != sha256(known["rp_id"].encode()).digest():
            return False
        flags = data[32]
        if not flags & _PRESENT or not flags & _VERIFIED or flags & _CREDENTIAL:
            return False
        if len(data) > _HEAD and not flags & _EXTENSIONS:
            return False
        key = load_der_public_key(b64decode(known["public_key"], validate=True))
        return _is_signed(key, known["alg"], data + sha256(client).digest(), signature)
    except (KeyError, TypeError, AttributeError, ValueError, Error, InvalidSignature, UnsupportedAlgorithm):
        return False
