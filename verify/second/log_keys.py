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
        changes = [self._read(one, head, instance, tenant, origin) for one in rotations]
        for index, old, new in reversed(changes):
            self._earlier(index, old, new)
        for index, old, new in changes:
            self._next(index, old, new)

    def _read(self, one, head, instance, tenant, origin):
        if not isinstance(one, dict) or set(one) != {"index", "leaf", "inclusion"} or not isinstance(one["leaf"], str) or not isinstance(one["inclusion"], list):
            raise Refused("a change of the log key is none")
        index = one["index"]
        leaf = read_leaf(one["leaf"], instance, tenant, index)
        proof = [from_base64(each, 32) for each in one["inclusion"][:65]]
        if not is_included(index, head.size, leaf_hash(one["leaf"].encode()), proof, head.root):
            raise Refused(f"entry {index}, which changes the log key, is not in the log")
        old, new = self._change(leaf)
        said = leaf["args_commit"]
        value = {"v": 1, "log": origin, "from": said["from_key"], "to": said["to_key"]}
        if not verifies(old, signed_text("log-rotation", value), from_base64(said["signature"], 64)):
            raise Refused(f"entry {index} changes the log key, and the old key did not sign it")
        return index, old, new

    def _earlier(self, index, old, new):
        """Who enrolled after a change knows the new key only: what that vouches for says which held before."""
        if self.over is not None and self.keys[0] == new and self.over[0] == 0 and old not in self.keys:
            self.keys.insert(0, old)
            self.over[1:1] = [index + 1]

    def _next(self, index, old, new):
        if self.over is not None and index + 1 in self.over[1:]:
            place = self.over.index(index + 1)
            if (self.keys[place - 1], self.keys[place]) == (old, new):
                return
        if self.over is None or self.keys[-1] != old or new in self.keys or index + 1 <= self.over[-1] or len(self.keys) >= KEYS_MAX:
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
