"""The keys of a log, one after the other: each names the next in an entry, under its own signature.

The checkpoint that covers this entry last is of the old key, every larger one of the new.
"""

from canonical import Refused
from leaf import read_leaf
from merkle import is_included, leaf_hash
from note import from_base64, verifies
from story import signed_text

KEYS_MAX = 8


class LogKeys:
    def __init__(self, keys, sizes):
        """`sizes`: each key signs checkpoints over more entries than this. None: nobody said, and any of them is taken."""
        self.keys = list(keys)
        self.over = list(sizes) if sizes is not None else [0] if len(self.keys) == 1 else None
        if self.over is not None and (len(self.over) != len(self.keys) or sorted(set(self.over)) != self.over):
            raise Refused("the log keys do not follow one another")

    def of(self, size):
        if self.over is None:
            return self.keys
        later = [key for key, over in zip(self.keys, self.over, strict=True) if over < size]
        return later[-1:] or self.keys[:1]

    def follow(self, rotations, head, instance, tenant, origin):
        if not isinstance(rotations, list) or len(rotations) > KEYS_MAX:
            raise Refused("bundle.json has something else than changes of the log key")
        for one in rotations:
            if not isinstance(one, dict) or set(one) != {"index", "leaf", "inclusion"} or not isinstance(one["leaf"], str):
                raise Refused("a change of the log key is none")
            index = one["index"]
            leaf = read_leaf(one["leaf"], instance, tenant, index)
            if not isinstance(one["inclusion"], list) or len(one["inclusion"]) > 64:
                raise Refused("a proof is no list of hashes")
            proof = [from_base64(each, 32) for each in one["inclusion"]]
            if not is_included(index, head.size, leaf_hash(one["leaf"].encode()), proof, head.root):
                raise Refused(f"entry {index}, which changes the log key, is not in the log")
            self._take(index, leaf, origin)

    def _take(self, index, leaf, origin):
        if self.agrees(index, leaf):
            return
        old, new = self._change(leaf)
        said = leaf["args_commit"]
        value = {"v": 1, "log": origin, "from": said["from_key"], "to": said["to_key"]}
        held = self.over is not None and self.keys[-1] == old and new not in self.keys and index + 1 > self.over[-1] and len(self.keys) < KEYS_MAX
        if not held or not verifies(old, signed_text("log-rotation", value), from_base64(said["signature"], 64)):
            raise Refused(f"entry {index} changes the log key, and the key known here does not lead there")
        self.keys.append(new)
        self.over.append(index + 1)

    @staticmethod
    def _change(leaf):
        said = leaf.get("args_commit") or {}
        if leaf["type"] != "log_key_rotated" or leaf["phase"] != "fact" or leaf.get("outcome") != "ok":
            raise Refused("it does not change the log key")
        return from_base64(said.get("from_key"), 32), from_base64(said.get("to_key"), 32)

    def agrees(self, index, leaf):
        """An entry that says it changes the key is one of those that were followed."""
        if leaf["type"] != "log_key_rotated":
            return True
        if self.over is None or index + 1 not in self.over[1:]:
            return False
        place = self.over.index(index + 1)
        try:
            return self._change(leaf) == (self.keys[place - 1], self.keys[place])
        except Refused:
            return False
