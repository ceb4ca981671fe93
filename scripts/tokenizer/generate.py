#!/usr/bin/env python3
"""Lays out the token tables that the daemon maps read-only: nothing is built at run time, and only touched pages
become resident. Usage: generate.py RANKS_DIR OUT_DIR (standard library only, about ten seconds).

A table file is little-endian: a header of 16 u32 (see `HEADER`), then its sections in the order of `write_table`.
src/llm/rank_table.cpp reads it; the two hash functions must be the same there and here.

Before anything is written, the ranks are compared with the SHA-256 that OpenAI publishes for its rank files, and two
properties are checked on which src/llm/bpe.cpp rests: merging a token's own bytes yields that token, and the two
parts it is finally merged from have lower ranks than it."""
import array
import base64
import hashlib
import json
import pathlib
import sys

# From openai/tiktoken, tiktoken_ext/openai_public.py (`expected_hash`), over lines of "base64 rank".
PUBLISHED = {
    "o200k_base": "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d",
    "cl100k_base": "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7",
}
HEADER = ("magic", "version", "tokens", "longest", "word_slots", "pair_slots", "sorted", "longest_probe")
MAGIC, VERSION = 0x52544B50, 2
RANK_BITS = 18  # a hash slot is a 14-bit fingerprint over an 18-bit rank
EMPTY = 0xFFFFFFFF
NONE = 0xFFFFFFFF
MASK = (1 << 64) - 1
MULTIPLIER = 0x9E3779B97F4A7C15
CLASSES = {"upper": 1, "lower": 2, "letter": 3, "mark": 4, "number": 5, "space": 6}
NEWLINE, BLOCK = 7, 128


def fail(message: str) -> None:
    sys.exit(f"generate.py: {message}")


def load_ranks(folder: pathlib.Path, name: str) -> list[bytes]:
    """The package stores runs: '! first token token ...', tokens in base64."""
    tokens: dict[int, bytes] = {}
    for line in json.loads((folder / f"{name}.json").read_text())["bpe_ranks"].split("\n"):
        mark, first, *words = line.split(" ")
        if mark != "!":
            fail(f"{name}.json is not in the known format")
        for i, word in enumerate(words):
            tokens[int(first) + i] = base64.b64decode(word)
    if set(tokens) != set(range(len(tokens))):
        fail(f"{name}: ranks are not dense")
    ordered = [tokens[i] for i in range(len(tokens))]
    text = b"".join(base64.b64encode(t) + b" %d\n" % i for i, t in enumerate(ordered))
    if hashlib.sha256(text).hexdigest() != PUBLISHED[name]:
        fail(f"{name}: these are not the ranks that OpenAI publishes")
    if {len(t) for t in ordered[:256]} != {1} or any(len(t) == 1 for t in ordered[256:]):
        fail(f"{name}: the first 256 tokens should be the single bytes")
    return ordered


def final_merge(token: bytes, rank: int, rank_of: dict[bytes, int]) -> tuple[int, int]:
    """Byte-pair encoding of the token's bytes with lower-ranked tokens only; must end in two parts."""
    parts = [token[i:i + 1] for i in range(len(token))]
    while True:
        best, at = rank, -1
        for i in range(len(parts) - 1):
            candidate = rank_of.get(parts[i] + parts[i + 1], rank)
            if candidate < best:
                best, at = candidate, i
        if at < 0:
            break
        parts[at:at + 2] = [parts[at] + parts[at + 1]]
    if len(parts) != 2 or max(rank_of[p] for p in parts) >= rank:
        fail(f"token {rank} {token!r} is not the merge of two lower tokens; src/llm/bpe.cpp would miscount")
    return rank_of[parts[0]], rank_of[parts[1]]


def hash_word(word: bytes) -> int:
    x = len(word) * MULTIPLIER & MASK
    for i in range(0, len(word), 8):
        x = (x ^ int.from_bytes(word[i:i + 8], "little")) * MULTIPLIER & MASK
        x ^= x >> 32
    return x


def hash_pair(left: int, right: int) -> int:
    x = (left << 32 | right) * MULTIPLIER & MASK
    x = (x ^ x >> 32) * MULTIPLIER & MASK
    return x ^ x >> 32


class Slots:
    """Open addressing, two thirds full; the longest probe sequence is known, so no input can make a lookup slow."""

    def __init__(self, count: int) -> None:
        self.size = count * 3 // 2 + 1
        self.slots = array.array("I", [EMPTY]) * self.size

    def insert(self, digest: int, rank: int) -> None:
        at = (digest >> 32) * self.size >> 32
        while self.slots[at] != EMPTY:
            at = at + 1 if at + 1 < self.size else 0
        self.slots[at] = (digest & 0x3FFF) << RANK_BITS | rank

    def longest_run(self) -> int:
        longest = run = 0
        for slot in self.slots + self.slots[:1024]:
            run = 0 if slot == EMPTY else run + 1
            longest = max(longest, run)
        return longest


def u32(values) -> bytes:
    data = array.array("I", values)
    if sys.byteorder == "big":
        data.byteswap()
    return data.tobytes()


def write_table(path: pathlib.Path, tokens: list[bytes]) -> None:
    rank_of = {token: rank for rank, token in enumerate(tokens)}
    parts = [(rank, rank) for rank in range(256)]
    parts += [final_merge(token, 256 + i, rank_of) for i, token in enumerate(tokens[256:])]
    words, pairs = Slots(len(tokens)), Slots(len(tokens) - 256)
    for rank, token in enumerate(tokens):
        words.insert(hash_word(token), rank)
    for rank, (left, right) in enumerate(parts[256:], 256):
        pairs.insert(hash_pair(left, right), rank)

    shorter = []  # the longest token that is a proper prefix of the token
    for token in tokens:
        length = len(token) - 1
        while length and token[:length] not in rank_of:
            length -= 1
        shorter.append(rank_of[token[:length]] if length else NONE)

    order = sorted((t, r) for r, t in enumerate(tokens) if len(t) > 1)
    entries = array.array("I")  # pairs of u32: rank, then bytes 2..5 of the token as a big-endian sort key
    first = [0] * 65537         # by the first two bytes
    for token, rank in order:
        entries.extend((rank, int.from_bytes(token[2:6].ljust(4, b"\0"), "big")))
        first[(token[0] << 8 | token[1]) + 1] += 1
    for i in range(65536):
        first[i + 1] += first[i]

    rows, at = array.array("I"), 0  # four u32 a token: offset and length of its bytes, shorter prefix, left, right
    for token, prefix, (left, right) in zip(tokens, shorter, parts):
        rows.extend((at << 8 | len(token), prefix, left, right))
        at += len(token)

    probe = max(words.longest_run(), pairs.longest_run())
    if len(tokens) >= (1 << RANK_BITS) - 1 or at >= 1 << 24 or probe > 128:
        fail(f"{path.name}: {len(tokens)} tokens, longest probe {probe}: the table layout does not fit")
    header = [MAGIC, VERSION, len(tokens), max(map(len, tokens)), words.size, pairs.size, len(order), probe]
    by_byte = [rank_of[bytes([b])] for b in range(256)]
    path.write_bytes(b"".join([
        u32(header + [0] * (16 - len(header))), u32(by_byte), u32(words.slots), u32(pairs.slots), u32(rows),
        u32(entries), u32(first), b"".join(tokens)]))


def write_classes(source: pathlib.Path, path: pathlib.Path) -> None:
    """Two stages: u16 block number by code point / 128, then a byte a code point."""
    classes = bytearray(0x110000)
    for line in source.read_text().splitlines():
        if line.startswith("#"):
            continue
        name, *ranges = line.split(" ")
        for item in ranges:
            low, _, high = item.partition("-")
            for code in range(int(low, 16), int(high or low, 16) + 1):
                classes[code] = CLASSES[name]
    classes[0x0A] = classes[0x0D] = NEWLINE
    blocks: dict[bytes, int] = {}
    index = [blocks.setdefault(bytes(classes[i:i + BLOCK]), len(blocks)) for i in range(0, 0x110000, BLOCK)]
    data = array.array("H", index)
    if sys.byteorder == "big":
        data.byteswap()
    path.write_bytes(data.tobytes() + b"".join(blocks))


def main() -> None:
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    ranks, out = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    out.mkdir(parents=True, exist_ok=True)
    for name in PUBLISHED:
        write_table(out / f"{name}.bin", load_ranks(ranks, name))
    write_classes(pathlib.Path(__file__).parent / "unicode_classes.txt", out / "unicode.bin")


if __name__ == "__main__":
    main()
