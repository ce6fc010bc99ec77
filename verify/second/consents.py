"""Consents the owner signed: the very ones that entries name, and the operators they name.

A receipt is known by the SHA-256 of the canonical text of {key, receipt, signature}.
"""

from hashlib import sha256

from canonical import Refused, parse, write
from leaf import seconds
from note import from_base64, verifies
from story import signed_text

#: A machine takes a proof 120 s from its own clock, and that may be as far from the server's as a handshake allows, and more.
PROOF_FRESH_S = 180
_LINE = {"serial", "key", "receipt", "signature"}


class Receipt:
    __slots__ = ("key", "keys", "serial", "signature", "value")

    def __init__(self, line):
        self.serial, self.key, self.value = line["serial"], line["key"], line["receipt"]
        self.signature = from_base64(line["signature"], 64)
        self.keys = self.value.get("operator_keys")

    def is_signed_with(self, consent_key):
        return from_base64(self.key, 32) == consent_key and verifies(consent_key, signed_text("consent", self.value), self.signature)


def read_receipts(lines, instance, tenant):
    given = {}
    for text in lines:
        line = parse(text)
        if not isinstance(line, dict) or set(line) != _LINE or not isinstance(line["receipt"], dict):
            raise Refused("a line of receipts.ndjson is no receipt")
        value = line["receipt"]
        if value.get("serial") != line["serial"] or value.get("tenant") != tenant or value.get("instance") != instance:
            raise Refused("a receipt is of somebody else, or has another serial")
        named = write({name: line[name] for name in ("key", "receipt", "signature")})
        given[sha256(named.encode()).hexdigest()] = Receipt(line)
    return given


class Consents:
    """Watches entries go by."""

    def __init__(self, instance, tenant, given):
        self.instance, self.tenant, self.given = instance, tenant, given
        self.named = set()
        self.waiting = {}  # by session: what is wrong with its proof, or its signed text
        self.used = set()

    def take(self, leaf):
        kind, phase = leaf["type"], leaf["phase"]
        if kind == "consent_recorded" and leaf.get("outcome") == "ok":
            self._receipt_of(leaf)
        elif kind == "remote_support_activation" and phase == "intent":
            receipt = self._receipt_of(leaf)
            if receipt is not None and receipt.keys is not None:
                self.waiting[leaf.get("session")] = self._proof(leaf, receipt.keys)
        elif kind == "remote_support_activation" and phase == "outcome":
            self._opened(leaf)

    def _receipt_of(self, leaf):
        named = (leaf.get("args_commit") or {}).get("receipt")
        if named is None:
            return None
        digest = named.get("sha256") if isinstance(named, dict) else None
        self.named.add(digest)
        if digest not in self.given:
            raise Refused(f"the receipt it names is not in receipts.ndjson: {digest}")
        return self.given[digest]

    def _proof(self, leaf, keys):
        """(problem, text): one of them is None."""
        said = leaf.get("args_commit") or {}
        try:
            proof = parse(said["operator_proof"])
            known = {"kind": proof["kind"], "public_key": proof["public_key"]}
            if proof["kind"] != "ed25519" or known not in keys:
                return "the proof of the operator is by a key the receipt does not name", None
            text = signed_text("operator-proof", {
                "v": 1, "instance": self.instance, "tenant": self.tenant, "agent": leaf["agent"], "operator": leaf["operator"],
                "reason": leaf["reason"], "minutes": said["minutes"], "nonce": proof["nonce"], "timestamp": proof["timestamp"],
            })
            if not verifies(from_base64(proof["public_key"], 32), text, from_base64(proof["signature"], 64)):
                return "the proof of the operator is not over this activation", None
            if abs(seconds(proof["timestamp"]) - seconds(leaf["at"])) > PROOF_FRESH_S:
                return "the proof of the operator is of another time", None
            return None, text
        except (KeyError, TypeError, AttributeError, Refused):
            return "the receipt asks for a proof of the operator, and none is there", None

    def _opened(self, leaf):
        problem, text = self.waiting.pop(leaf.get("session"), (None, None))
        if leaf.get("outcome") == "refused" or (problem is None and text is None):
            return
        if problem is None and text in self.used:
            problem = "the proof of the operator was used before"
        if problem is not None:
            raise Refused(problem)
        self.used.add(text)
