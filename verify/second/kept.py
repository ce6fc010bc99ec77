"""Results that were kept: only where the consent has them kept, sealed by the machine to the key of that consent.

None of what is checked takes the owner's key. `open_sealed` does, and is held to the published vectors.
"""

from hashlib import sha256

from canonical import Refused, parse, write
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from leaf import seconds
from note import from_base64, verifies
from story import signed_text

SEALED_MAX = 8 << 20
#: Of one line; only the last is shorter, and none is empty.
PART = 36 << 10
DAYS_MAX = 3_650
_OF = ("instance", "tenant", "agent", "session", "request_id", "result_sha256")
_UNKNOWN = object()


def read_keep(said):
    """What a consent has kept, as entries say it. None: nothing; what cannot be read allows nothing."""
    try:
        value = parse(said)
        if set(value) != {"days", "key"} or type(value["days"]) is not int or not 1 <= value["days"] <= DAYS_MAX:
            return None
        from_base64(value["key"], 32)
        return value
    except (Refused, TypeError, AttributeError):
        return None


def context_of(leaf):
    return {"v": 1, **{name: leaf[name] for name in _OF}}


def read_kept(lines):
    """Each with all its parts, in the order of the entries."""
    of, parts = -1, []
    for text in lines:
        line = parse(text)
        if not isinstance(line, dict) or not {"index", "part", "sealed"} <= set(line) <= {"index", "part", "sealed", "end"}:
            raise Refused("a line of kept.ndjson is no part of a result")
        index, part = line["index"], line["part"]
        if type(index) is not int or type(part) is not int or part != len(parts) or (index <= of if part == 0 else index != of):
            raise Refused("kept.ndjson is out of order")
        of = index
        piece = from_base64(line["sealed"])
        if len(piece) != PART and not ("end" in line and 0 < len(piece) < PART):
            raise Refused("a kept result is in pieces of another size than they have")
        parts.append(piece)
        if sum(map(len, parts)) > SEALED_MAX:
            raise Refused("a kept result is longer than any")
        if "end" in line:
            if not isinstance(line["end"], dict) or set(line["end"]) != {"key", "signature"}:
                raise Refused("the end of a kept result is none")
            yield index, b"".join(parts), line["end"]
            parts = []
    if parts:
        raise Refused("kept.ndjson is cut short")


class Kept:
    """Watches entries go by, and the kept results beside them."""

    def __init__(self, lines, whole, as_of, receipts, key_of, problem):
        self.given = read_kept(lines)
        self.problem = problem
        self.ahead = None
        self.as_of, self.receipts, self.key_of = as_of, receipts, key_of
        self.consented = None if whole else _UNKNOWN
        self.known = whole  # of each session that may be open
        self.sessions = {}
        self.count = 0

    def take(self, index, leaf):
        kind, ok = leaf["type"], leaf.get("outcome") == "ok"
        said = leaf.get("args_commit") or {}
        if kind == "consent_recorded" and ok:
            self._consent(read_keep(said.get("keep_results")))
        elif kind == "consent_withdrawn" and ok:
            self._consent(None)
        elif kind == "remote_support_activation" and leaf["phase"] == "intent":
            self._activation(leaf, said)
        elif kind == "remote_support_session_ended" and "kept_sha256" not in leaf:
            self.sessions.pop(leaf.get("session"), None)
        elif "kept_sha256" in leaf:
            self._outcome(index, leaf)

    def finish(self):
        self._up_to(float("inf"))

    def _consent(self, keep):
        """With the consent before it ended whatever was open."""
        self.consented, self.known = keep, True
        self.sessions.clear()

    def _activation(self, leaf, said):
        keep = read_keep(said.get("keep_results"))
        named = said.get("receipt")
        receipt = self.receipts.get(named.get("sha256")) if isinstance(named, dict) else None
        same = self.consented is _UNKNOWN or keep == self.consented
        if receipt is not None and keep != receipt.value.get("keep_results"):
            same = False
        self.sessions[leaf.get("session")] = keep if same else None

    def _up_to(self, index):
        while True:
            if self.ahead is None:
                self.ahead = next(self.given, None)
                if self.ahead is None:
                    return None
            if self.ahead[0] > index:
                return None
            one, self.ahead = self.ahead, None
            if one[0] == index:
                return one
            self.problem("kept", one[0], "a kept result is here for it, and it names none")

    def _outcome(self, index, leaf):
        answers = leaf["type"] == "remote_support_command" and leaf["phase"] == "outcome" and leaf.get("outcome") == "ok"
        if not answers or any(name not in leaf for name in _OF):
            raise Refused("a result is said to be kept of what is no answer of a machine")
        keep = self.sessions.get(leaf["session"], None if self.known else _UNKNOWN)
        one = self._up_to(index)
        if keep is None:
            raise Refused("its result was kept, and no consent has it kept")
        if one is None:
            if keep is not _UNKNOWN and seconds(leaf["at"]) + keep["days"] * 86_400 > self.as_of:
                raise Refused("its result is said to be kept, and is not in kept.ndjson")
            return
        _, sealed, end = one
        if sha256(sealed).hexdigest() != leaf["kept_sha256"]:
            raise Refused("its kept result is not the one it names")
        key = self.key_of(leaf["agent"])
        over = {**context_of(leaf), "key": end["key"], "sealed_sha256": leaf["kept_sha256"]}
        if key is None or not verifies(key, signed_text("kept", over), from_base64(end["signature"], 64)):
            raise Refused("its kept result is not signed by the machine it names")
        if keep is not _UNKNOWN and end["key"] != keep["key"]:
            raise Refused("its kept result is sealed to another key than the consent names")
        self.count += 1


def open_sealed(secret, sealed, context):
    """The text, or Refused. Sealed is ephemeral public key, ciphertext, tag."""
    mine = X25519PrivateKey.from_private_bytes(secret)
    ephemeral = sealed[:32]
    try:
        shared = mine.exchange(X25519PublicKey.from_public_bytes(ephemeral))
        salt = ephemeral + mine.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        key = HKDF(SHA256(), 32, salt, b"argus/kept-result/v1").derive(shared)
        return AESGCM(key).decrypt(bytes(12), sealed[32:], write(context).encode()).decode()
    except (InvalidTag, ValueError):
        raise Refused("it does not open") from None
