"""A bundle is a tar of eleven plain files with fixed names, in a fixed order, with no freedom in its headers."""

from canonical import Refused

BLOCK = 512
#: Bundles from before results were kept have none.
OPTIONAL = {"kept.ndjson"}
KIB = 1024
LINE_MAX = 64 * KIB
FILES = {
    "README.txt": 64 * KIB,
    "bundle.json": 64 * KIB,
    "checkpoint.txt": 64 * KIB,
    "leaves.ndjson": 8**11 - 1,
    "proofs.ndjson": 8**11 - 1,
    "checkpoints.ndjson": 256 * LINE_MAX,
    "agents.ndjson": 8**11 - 1,
    "cosignatures.ndjson": 8**11 - 1,
    "receipts.ndjson": 8**11 - 1,
    "kept.ndjson": 8**11 - 1,
    "bundle.sha256": 4 * KIB,
}


def header(name, size):
    """The one header a file of this name and size has (POSIX ustar)."""
    fields = [
        name.encode().ljust(100, b"\0"), b"0000644\0", b"0000000\0", b"0000000\0", b"%011o\0" % size, b"00000000000\0",
        b" " * 8, b"0", bytes(100), b"ustar\x0000", bytes(32), bytes(32), bytes(8), bytes(8), bytes(155), bytes(12),
    ]
    checksum = b"%06o\0 " % sum(b"".join(fields))
    return b"".join(fields[:6] + [checksum] + fields[7:])


class Bundle:
    """Where each file stands. Nothing of it is held in memory."""

    def __init__(self, path):
        self.path = path
        self.places = {}
        with open(path, "rb") as file:
            end = file.seek(0, 2)
            at = 0
            for name, most in FILES.items():
                file.seek(at)
                block = file.read(BLOCK)
                if name in OPTIONAL and block[: len(name) + 1] != name.encode() + b"\0":
                    continue
                size = self._size(block, name)
                if block != header(name, size):
                    raise Refused(f"{name} is not where it has to be, or not a plain file as a bundle has them")
                if size > most:
                    raise Refused(f"{name} is larger than {most} bytes")
                padding = -size % BLOCK
                if at + BLOCK + size + padding > end:
                    raise Refused("it is cut short")
                file.seek(at + BLOCK + size)
                if file.read(padding).strip(b"\0"):
                    raise Refused("something stands between its files")
                self.places[name] = (at + BLOCK, size)
                at += BLOCK + size + padding
            file.seek(at)
            if file.read(2 * BLOCK + 1) != bytes(2 * BLOCK):
                raise Refused("it does not end where its last file ends")

    @staticmethod
    def _size(block, name):
        digits = block[124:135]
        if len(block) != BLOCK or len(digits.translate(None, b"01234567")) or block[135:136] != b"\0":
            raise Refused(f"{name} is not there")
        return int(digits, 8)

    def chunks(self, name):
        start, left = self.places.get(name, (0, 0))
        with open(self.path, "rb") as file:
            file.seek(start)
            while left:
                chunk = file.read(min(left, 1 << 20))
                if not chunk:
                    raise Refused("it was cut while it was read")
                left -= len(chunk)
                yield chunk

    def text(self, name):
        try:
            return b"".join(self.chunks(name)).decode()
        except UnicodeDecodeError:
            raise Refused(f"{name} is not UTF-8") from None

    def lines(self, name):
        """Each line without its line feed. The last one has a line feed too."""
        start, left = self.places.get(name, (0, 0))
        number = 0
        with open(self.path, "rb") as file:
            file.seek(start)
            while left:
                number += 1
                line = file.readline(min(left, LINE_MAX + 1))
                left -= len(line)
                if line[-1:] != b"\n":
                    raise Refused(f"{name}, line {number} is longer than {LINE_MAX} bytes, or cut short")
                try:
                    yield line[:-1].decode()
                except UnicodeDecodeError:
                    raise Refused(f"{name}, line {number} is not UTF-8") from None
