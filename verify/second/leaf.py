"""One entry of a log: what every leaf has to say, whatever it is about."""

import re
from datetime import datetime

from canonical import Refused, parse

LEAF_BYTES_MAX = 64 * 1024
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z")
_HEX = re.compile(r"[0-9a-f]{64}")
#: Names are compared by their bytes. Nothing outside these letters, so none only looks like another.
_WORDS = {
    "instance": re.compile(r"ins_[a-z0-9]{20}"),
    "tenant": re.compile(r"[A-Z0-9_]{3,64}"),
    "agent": re.compile(r"agent_[a-z0-9_]{3,64}"),
    "session": re.compile(r"rss_[a-z0-9]{20}"),
    "request_id": re.compile(r"[A-Za-z0-9_-]{8,64}"),
    "command": re.compile(r"[a-z0-9_]{1,64}"),
    "type": re.compile(r"[a-z0-9_]{1,64}"),
    "intent_sha256": _HEX,
    "result_sha256": _HEX,
    "kept_sha256": _HEX,
    "agent_at": _TIME,
    "at": _TIME,
}
_WORD_FIELDS = tuple(_WORDS.items())
_ONE_OF = (
    ("phase", ("intent", "outcome", "fact")),
    ("outcome", ("ok", "refused", "unknown")),
    ("by", ("operator", "server", "agent", "tenant")),
)
_TEXTS = ("operator", "code", "reason", "agent_signature")
#: C0, C1, zero-width, bidirectional controls: shown they are nothing, or turn what is beside them around.
_HIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u00ad\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")

#: A name in letters of two alphabets that look alike is made to be mistaken for another.
_TWO_ALPHABETS = re.compile("[A-Za-z][\\w.-]*[\u0370-\u052f]|[\u0370-\u052f][\\w.-]*[A-Za-z]")


def read_leaf(text, instance, tenant, index):
    """The leaf, if it is canonical, well formed and says that it stands here."""
    leaf = parse(text)
    if not isinstance(leaf, dict) or leaf.get("v") != 1 or isinstance(leaf.get("v"), (bool, float)):
        raise Refused("it is no leaf of a version known here")
    if type(leaf.get("seq")) is not int or leaf["seq"] != index:
        raise Refused(f"it says it is entry {leaf.get('seq')!r}")
    if leaf.get("instance") != instance or leaf.get("tenant") != tenant:
        raise Refused(f"it says it is of {leaf.get('instance')!r} {leaf.get('tenant')!r}")
    for name, shape in _WORD_FIELDS:
        word = leaf.get(name)
        if word is not None and not (type(word) is str and shape.fullmatch(word)):
            raise Refused(f"its {name} is not one")
    for name, words in _ONE_OF:
        if name in leaf and leaf[name] not in words:
            raise Refused(f"its {name} is not one")
    for name in _TEXTS:
        word = leaf.get(name)
        if word is not None and (type(word) is not str or _HIDDEN.search(word)):
            raise Refused(f"its {name} has characters nobody can see")
    if _TWO_ALPHABETS.search(leaf.get("operator", "")):
        raise Refused("its operator is written in two alphabets at once")
    if not isinstance(leaf.get("args_commit", {}), dict):
        raise Refused("its args_commit is not one")
    if None in leaf.values() or "phase" not in leaf or "type" not in leaf or "at" not in leaf:
        raise Refused("a field is missing, or empty where it should be absent")
    return leaf


def seconds(text):
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError:
        raise Refused(f"{text} is no time") from None
