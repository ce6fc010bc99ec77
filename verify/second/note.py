"""C2SP signed notes, checkpoints and cosignatures (c2sp.org/signed-note, tlog-checkpoint, tlog-cosignature)."""

import base64
import binascii
import re
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from canonical import Refused

ED25519 = 0x01
COSIGNATURE = 0x04
NOTE_BYTES_MAX = 64 * 1024
SIGNATURES_MAX = 64
_SIZE = re.compile(r"(0|[1-9][0-9]*)")
_FORBIDDEN = re.compile(r"[\x00-\x09\x0b-\x1f]")
_keys = {}


def from_base64(text, length=None):
    """Standard base64 with padding, in its one spelling."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError, TypeError):
        raise Refused("not base64") from None
    if base64.b64encode(data).decode() != text or (length is not None and len(data) != length):
        raise Refused("not base64 in its one spelling" if length is None else f"not {length} bytes in base64")
    return data


def verifies(public_key, message, signature):
    """Plain Ed25519. False for a key that is none."""
    try:
        key = _keys.get(public_key)
        if key is None:
            key = _keys[public_key] = Ed25519PublicKey.from_public_bytes(public_key)
        key.verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def key_id(name, algorithm, public_key):
    return sha256(name.encode() + b"\n" + bytes([algorithm]) + public_key).digest()[:4]


def parse_note(note):
    """The text that is signed and the lines (name, id, signature) below it."""
    if _FORBIDDEN.search(note) or not note.endswith("\n") or len(note.encode()) > NOTE_BYTES_MAX:
        raise Refused("not a note")
    text, blank, below = note.rpartition("\n\n")
    if not blank:
        raise Refused("a note without signatures")
    lines = below[:-1].split("\n")
    if len(lines) > SIGNATURES_MAX:
        raise Refused("a note with too many signatures")
    return text + "\n", [parse_signature(line) for line in lines]


def parse_signature(line):
    parts = line.split(" ")
    if len(parts) != 3 or parts[0] != "\u2014" or not parts[1] or "+" in parts[1] or re.search(r"\s", parts[1]):
        raise Refused("a line of a note that is no signature")
    data = from_base64(parts[2])
    if len(data) <= 4:
        raise Refused("a signature without a key")
    return parts[1], data[:4], data[4:]


def open_note(note, name, public_keys):
    """The text, if one of these keys signed it under this name. One bad line in its name condemns the note."""
    text, signatures = parse_note(note)
    for public_key in public_keys:
        own = key_id(name, ED25519, public_key)
        ours = [signature for (by, of, signature) in signatures if by == name and of == own]
        if ours and all(len(s) == 64 and verifies(public_key, text.encode(), s) for s in ours):
            return text
        if ours:
            raise Refused("a signature of the log key does not hold")
    raise Refused("not signed by a known log key under this name")


class Checkpoint:
    __slots__ = ("origin", "size", "root", "text")

    def __init__(self, text):
        lines = text[:-1].split("\n")
        if len(lines) < 3 or "" in lines or not _SIZE.fullmatch(lines[1]) or int(lines[1]) >= 2**53:
            raise Refused("not a checkpoint")
        self.origin, self.size, self.root, self.text = lines[0], int(lines[1]), from_base64(lines[2], 32), text


def unsigned(note):
    """What a checkpoint says, by nobody's word."""
    return Checkpoint(parse_note(note)[0])


def open_checkpoint(note, origin, log_keys):
    """The checkpoint, if it is of this tree and signed by the key of its size. The name of the key is the origin."""
    checkpoint = Checkpoint(open_note(note, origin, log_keys.of(unsigned(note).size)))
    if checkpoint.origin != origin:
        raise Refused(f"the checkpoint is of {checkpoint.origin}")
    return checkpoint


def is_cosigned(line, checkpoint, signer, public_key):
    """Did this key sign the checkpoint under this name, with a time? (tlog-cosignature, type 0x04)"""
    name, of, data = parse_signature(line)
    if name != signer or of != key_id(name, COSIGNATURE, public_key) or len(data) != 72:
        return False
    time = int.from_bytes(data[:8], "big")
    message = f"cosignature/v1\ntime {time}\n{checkpoint.text}".encode()
    return time < 2**63 and verifies(public_key, message, data[8:])
