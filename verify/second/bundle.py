"""Checks one bundle from its first byte to its last. Believes the trust file, and nothing else."""

import json
from hashlib import sha256
from time import time

from canonical import Refused, parse
from consents import Consents, read_receipts
from kept import Kept
from leaf import read_leaf, seconds
from log_keys import LogKeys
from merkle import Edge, is_consistent, is_included, leaf_hash
from note import from_base64, is_cosigned, open_checkpoint, unsigned
from story import Story
from tarball import FILES, Bundle

LEAVES_MAX = 10_000_000
CHECKPOINTS_MAX = 256
_quote = json.encoder.encode_basestring
_META = {"v", "kind", "instance", "tenant", "made_at", "session", "from", "to", "size", "log_keys", "rotations"}


class Trust:
    """What a machine's owner knows from somewhere else: `argus-agent trust export`."""

    def __init__(self, value):
        if not isinstance(value, dict) or value.get("v") != 1:
            raise Refused("the trust file is none of a version known here")
        try:
            self.instance, self.tenant = value["instance"], value["tenant"]
            self.log_keys = [from_base64(key, 32) for key in value["log_keys"]]
            self.log_key_sizes = value.get("log_key_sizes")
            self.agent_keys = {value["agent"]: from_base64(value["agent_public_key"], 32)}
            self.consent_key = from_base64(value["consent_key"], 32) if "consent_key" in value else None
            self.last_checkpoint = value.get("last_checkpoint")
            self.highest_acted = value.get("highest_acted_leaf")
        except (KeyError, TypeError):
            raise Refused("the trust file lacks something") from None
        self.agent = value["agent"]


def line_of(text, *names):
    value = parse(text)
    if not isinstance(value, dict) or set(value) != set(names):
        raise Refused("a line has other members than it should")
    return value


def count_of(value):
    if type(value) is not int or not 0 <= value < 2**53:
        raise Refused(f"{value!r} is no number of entries")
    return value


def name_of(value):
    if not isinstance(value, str):
        raise Refused("a machine has something else for a name than a text")
    return value


def hashes_of(value):
    if not isinstance(value, list) or len(value) > 64:
        raise Refused("a proof is no list of hashes")
    return [from_base64(one, 32) for one in value]


class Check:
    def __init__(self, path, trust):
        self.file = Bundle(path)
        self.trust = trust
        self.notes = []
        self._meta()
        self.origin = f"argus/{self.instance}/tenant/{self.tenant}"
        head = self.file.text("checkpoint.txt")
        self.log_keys.follow(self.rotations, unsigned(head), self.instance, self.tenant, self.origin)
        self.checkpoint = open_checkpoint(head, self.origin, self.log_keys)
        if self.checkpoint.size != self.size:
            raise Refused(f"the checkpoint is over {self.checkpoint.size} entries, bundle.json says {self.size}")
        self.known = {self.size: self.checkpoint}  # checkpoints whose text is signed, by size
        self.agents, self.enrolled_at = self._agents()

    def _meta(self):
        meta = parse(self.file.text("bundle.json").removesuffix("\n"))
        if not isinstance(meta, dict) or meta.get("v") != 1 or not set(meta) <= _META:
            raise Refused("bundle.json is none of a version known here")
        try:
            self.kind, self.instance, self.tenant = meta["kind"], meta["instance"], meta["tenant"]
            self.start, self.end, self.size = (count_of(meta[name]) for name in ("from", "to", "size"))
            self.made_at = min(seconds(meta["made_at"]), time())  # later than now it cannot have been
            keys = [from_base64(key, 32) for key in meta["log_keys"]]
        except (KeyError, TypeError):
            raise Refused("bundle.json lacks something") from None
        if self.kind not in ("log", "period", "session") or not self.start <= self.end <= self.size <= LEAVES_MAX:
            raise Refused("bundle.json describes no bundle")
        if self.kind == "log" and (self.start, self.end) != (0, self.size):
            raise Refused("bundle.json calls a part of a log a whole one")
        if (self.kind == "session") != ("session" in meta):
            raise Refused("bundle.json names a session without being one's, or the other way round")
        self.session = meta.get("session")
        self.rotations = meta.get("rotations", [])
        if not keys:
            raise Refused("bundle.json names no log key")
        self.log_keys = LogKeys([keys[0]], [0])
        if self.trust:
            if (self.instance, self.tenant) != (self.trust.instance, self.trust.tenant):
                raise Refused(f"it is of {self.instance} {self.tenant}, the trust file of {self.trust.instance} {self.trust.tenant}")
            self.log_keys = LogKeys(self.trust.log_keys, self.trust.log_key_sizes)

    def _agents(self):
        keys, enrolled = dict(self.trust.agent_keys) if self.trust else {}, {}
        for text in self.file.lines("agents.ndjson"):
            line = line_of(text, "agent", "public_key", "enrolled_index")
            name_of(line["agent"])
            key = from_base64(line["public_key"], 32)
            if keys.get(line["agent"], key) != key:
                raise Refused(f"agents.ndjson has another key for {line['agent']} than the trust file")
            if line["agent"] in enrolled:
                raise Refused(f"agents.ndjson names {line['agent']} twice")
            enrolled[line["agent"]] = (count_of(line["enrolled_index"]), key)
            keys[line["agent"]] = key
        return keys, enrolled

    def run(self):
        self._earlier()
        self.given = read_receipts(self.file.lines("receipts.ndjson"), self.instance, self.tenant)
        self.consents = Consents(self.instance, self.tenant, self.given)
        self.kept = Kept(self.file.lines("kept.ndjson"), self.kind == "log", self.made_at, self.given, lambda agent: self.story.keys.get(agent), lambda *said: self.story.problem(*said))
        self._leaves()
        self.kept.finish()
        self._cosignatures()
        self._receipts()
        self._digests()
        return self.story

    def _earlier(self):
        """Signed checkpoints of the past: the log has only grown since."""
        last = -1
        for count, text in enumerate(self.file.lines("checkpoints.ndjson")):
            line = line_of(text, "size", "checkpoint", "consistency")
            one = open_checkpoint(line["checkpoint"], self.origin, self.log_keys)
            if count >= CHECKPOINTS_MAX or one.size != line["size"] or not last < one.size <= self.size:
                raise Refused("checkpoints.ndjson is out of order")
            if not is_consistent(one.size, one.root, self.size, self.checkpoint.root, hashes_of(line["consistency"])):
                raise Refused(f"the log of {self.size} entries does not contain what was signed at {one.size}")
            last = one.size
            self.known[one.size] = one
        self._followed()

    def _followed(self):
        """What the machine has followed has to be in there, or the log is another one or was cut."""
        self.followed = None
        if not self.trust:
            return
        if not self.trust.last_checkpoint:
            self.notes.append("the trust file has followed nothing yet")
            return
        followed = open_checkpoint(self.trust.last_checkpoint, self.origin, self.log_keys)
        if followed.size > self.size:
            raise Refused(f"it ends at {self.size} entries, and the machine has followed the log to {followed.size}")
        same = self.known.get(followed.size)
        if same is not None and same.root != followed.root:
            raise Refused(f"two roots were signed for {followed.size} entries: this is not the log the machine has followed")
        if same is None and self.kind != "log":
            self.notes.append(f"the machine has followed the log to {followed.size} entries, and no proof for that size is here")
            return
        self.followed = followed

    def _leaves(self):
        whole = self.kind == "log"
        trusted = self.trust.agent_keys if self.trust else {}
        self.story = Story(self.instance, self.tenant, whole, self.agents, trusted)
        self.roots_due = {size: one.root for size, one in self.known.items()} if whole else {}
        if whole and self.followed:
            self.roots_due[self.followed.size] = self.followed.root
        edge = Edge()
        proofs = None if whole else self.file.lines("proofs.ndjson")
        if whole and self.file.places["proofs.ndjson"][1]:
            raise Refused("a whole log needs no proofs, and there are some")
        if 0 in self.roots_due:
            self._root_at(edge)
        last = self.start - 1
        count = 0
        acted = self.trust.highest_acted if self.trust else None
        pinned = {at: agent for agent, (at, _) in self.enrolled_at.items()}
        for line in self.file.lines("leaves.ndjson"):
            index, text = self._line(line)
            if (index != last + 1 if self.kind != "session" else index <= last) or index >= max(self.end, 1):
                raise Refused(f"entry {last + 1} is missing, or entries are out of order at {index}")
            last = index
            count += 1
            data = text.encode()
            hashed = leaf_hash(data)
            if whole:
                edge.add(hashed)
                if edge.size in self.roots_due:
                    self._root_at(edge)
            else:
                self._included(index, hashed, proofs)
            try:
                leaf = read_leaf(text, self.instance, self.tenant, index)
            except Refused as problem:
                self.story.problem("leaf", index, str(problem))
                continue
            self._is_of(index, leaf)
            if index in pinned:
                self._pinned(index, leaf, pinned[index])
            if index == acted:
                self._acted(index, leaf)
            self.story.take(index, leaf, hashed)
            if not self.log_keys.agrees(index, leaf):
                self.story.problem("log key", index, "it changes the log key, and no key known here leads to it")
            try:
                self.consents.take(leaf)
            except Refused as problem:
                self.story.problem("consent", index, str(problem))
            try:
                self.kept.take(index, leaf)
            except Refused as problem:
                self.story.problem("kept", index, str(problem))
        if self.kind != "session" and last + 1 != self.end:
            raise Refused(f"it holds entries up to {last}, bundle.json says {self.end - 1}")
        if proofs is not None and next(proofs, None) is not None:
            raise Refused("there are more proofs than entries")
        self.story.finish()

    @staticmethod
    def _line(line):
        try:
            value = json.loads(line)
            index, text = value["index"], value["leaf"]
            same = type(index) is int and line == f'{{"index":{index},"leaf":{_quote(text)}}}'
        except (ValueError, KeyError, TypeError, RecursionError):
            same = False
        if not same:
            raise Refused("leaves.ndjson has a line that is no entry in its canonical spelling")
        return index, text

    def _root_at(self, edge):
        if edge.root() != self.roots_due[edge.size]:
            raise Refused(f"the first {edge.size} entries do not have the root that was signed")

    def _included(self, index, hashed, proofs):
        text = next(proofs, None)
        line = line_of(text, "index", "inclusion") if text is not None else {}
        if line.get("index") != index:
            raise Refused(f"entry {index} has no proof")
        if not is_included(index, self.size, hashed, hashes_of(line["inclusion"]), self.checkpoint.root):
            raise Refused(f"entry {index} is not in the log")

    def _is_of(self, index, leaf):
        """A session's bundle holds that session, and what it stands on."""
        if self.kind == "session" and leaf.get("session") not in (None, self.session):
            self.story.problem("leaf", index, "it is of another session")

    def _pinned(self, index, leaf, agent):
        stated = (leaf.get("args_commit") or {}).get("public_key")
        key = self.enrolled_at[agent][1]
        if leaf["type"] != "agent_enrolled" or leaf.get("agent") != agent or stated is None or from_base64(stated, 32) != key:
            raise Refused(f"entry {index} does not enroll {agent} with the key that agents.ndjson has")

    def _acted(self, index, leaf):
        """The machine remembers which order it acted on last."""
        if leaf["phase"] != "intent" or leaf.get("agent") != self.trust.agent:
            self.story.problem("story", index, f"{self.trust.agent} acted on entry {index}, which is no order to it")

    def _cosignatures(self):
        self.cosigned = 0
        for text in self.file.lines("cosignatures.ndjson"):
            line = line_of(text, "agent", "size", "cosignature")
            key = self.story.keys.get(name_of(line["agent"]))
            one = self.known.get(count_of(line["size"]))
            if key is None or one is None:
                self.notes.append("a cosignature is over a checkpoint, or by a machine, that is not in this bundle")
            elif not isinstance(line["cosignature"], str) or not is_cosigned(line["cosignature"].removesuffix("\n"), one, f"{self.origin}/agent/{line['agent']}", key):
                raise Refused(f"a cosignature by {line['agent']} over {line['size']} entries does not hold")
            else:
                self.cosigned += 1

    def _receipts(self):
        """They are read before the entries that name them, and judged by what those said."""
        consent_key = self.trust.consent_key if self.trust else None
        self.receipts = 0
        for digest, receipt in self.given.items():
            if consent_key is None:
                self.notes.append("a receipt's signature was not checked: no consent key is known here")
            elif not receipt.is_signed_with(consent_key):
                raise Refused(f"receipt {receipt.serial} is not signed with the consent key")
            else:
                self.receipts += 1
        if self.kind != "period" or self.start == 0:
            for digest in self.given.keys() - self.consents.named:
                raise Refused(f"no entry names receipt {self.given[digest].serial}")

    def _digests(self):
        lines = self.file.text("bundle.sha256").split("\n")
        expected = []
        for name in list(FILES)[:-1]:
            if name not in self.file.places:
                continue
            digest = sha256()
            for chunk in self.file.chunks(name):
                digest.update(chunk)
            expected.append(f"{digest.hexdigest()}  {name}")
        if lines[: len(expected)] != expected or len(lines) != len(expected) + 2 or lines[-1] != "":
            raise Refused("bundle.sha256 does not list the files as they are")
