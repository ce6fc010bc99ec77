"""The tree of RFC 6962 with SHA-256, and its two proofs as a verifier checks them (RFC 9162, 2.1.3.2 and 2.1.4.2)."""

from hashlib import sha256

EMPTY_ROOT = sha256(b"").digest()
HASH_BYTES = 32


def leaf_hash(data):
    return sha256(b"\x00" + data).digest()


def node_hash(left, right):
    return sha256(b"\x01" + left + right).digest()


class Edge:
    """The right edge of a tree that grows: the roots of its complete subtrees, widest first. One hash per level."""

    __slots__ = ("size", "peaks")

    def __init__(self):
        self.size = 0
        self.peaks = []

    def add(self, hashed):
        peaks = self.peaks
        at = self.size
        while at & 1:
            hashed = sha256(b"\x01" + peaks.pop() + hashed).digest()
            at >>= 1
        peaks.append(hashed)
        self.size += 1

    def root(self):
        if not self.peaks:
            return EMPTY_ROOT
        root = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            root = node_hash(peak, root)
        return root


def _are_hashes(*hashes):
    return all(isinstance(one, bytes) and len(one) == HASH_BYTES for one in hashes)


def is_included(index, size, hashed, proof, root):
    """RFC 9162, 2.1.3.2."""
    if not 0 <= index < size or not _are_hashes(hashed, root, *proof):
        return False
    fn, sn, r = index, size - 1, hashed
    for p in proof:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            r = node_hash(p, r)
            while fn and not fn & 1:
                fn >>= 1
                sn >>= 1
        else:
            r = node_hash(r, p)
        fn >>= 1
        sn >>= 1
    return sn == 0 and r == root


def is_consistent(first, first_root, second, second_root, proof):
    """RFC 9162, 2.1.4.2, and the two cases it leaves out: an empty past, and no growth."""
    if not 0 <= first <= second or not _are_hashes(first_root, second_root, *proof):
        return False
    if first == second:
        return not proof and first_root == second_root and (first > 0 or first_root == EMPTY_ROOT)
    if first == 0:
        return not proof and first_root == EMPTY_ROOT
    path = list(proof)
    if first & (first - 1) == 0:
        path.insert(0, first_root)
    if not path:
        return False
    fn, sn = first - 1, second - 1
    while fn & 1:
        fn >>= 1
        sn >>= 1
    fr = sr = path[0]
    for c in path[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            fr = node_hash(c, fr)
            sr = node_hash(c, sr)
            while fn and not fn & 1:
                fn >>= 1
                sn >>= 1
        else:
            sr = node_hash(sr, c)
        fn >>= 1
        sn >>= 1
    return sn == 0 and fr == first_root and sr == second_root
