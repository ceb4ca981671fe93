#!/usr/bin/env python3
"""Writes unicode_classes.txt: how the regular-expression engine inside OpenAI's own tiktoken classifies every code
point. Asking the engine itself, instead of a Unicode file, makes our pre-tokenizer agree with it by construction.
Needs PyPI tiktoken; run by hand when tiktoken moves to a newer Unicode version."""
import importlib.metadata
import pathlib

import tiktoken

CLASSES = {"upper": r"[\p{Lu}\p{Lt}]", "lower": r"\p{Ll}", "letter": r"[\p{Lm}\p{Lo}]", "mark": r"\p{M}",
           "number": r"\p{N}", "space": r"\s"}


def members(pattern: str, text: str) -> list[int]:
    """With bytes as the only tokens, the encoding of a text is the bytes of what the pattern matched."""
    ranks = {bytes([i]): i for i in range(256)}
    encoding = tiktoken.Encoding("probe", pat_str=pattern, mergeable_ranks=ranks, special_tokens={})
    return [ord(c) for c in bytes(encoding.encode_ordinary(text)).decode()]


def main() -> None:
    text = "".join(chr(c) for c in range(0x110000) if not 0xD800 <= c <= 0xDFFF)
    name_of: dict[int, str] = {}
    for name, pattern in CLASSES.items():
        for code in members(pattern, text):
            assert code not in name_of, f"U+{code:04X} is both {name_of[code]} and {name}"
            name_of[code] = name
    assert set(members(r"\p{L}", text)) == {c for c, n in name_of.items() if n in ("upper", "lower", "letter")}
    folds = {letter: members(f"(?i:{letter})", text) for letter in "dlmrstve"}
    extra = {hex(c) for codes in folds.values() for c in codes if c > 127}
    assert extra == {"0x17f"}, extra  # the scanner knows of one non-ASCII letter in the contractions: U+017F

    lines = [f"# code point ranges by class, as tiktoken {importlib.metadata.version('tiktoken')} sees them "
             "(Unicode 16.0); written by probe_classes.py",
             "# what is not listed is `other`: punctuation, symbols, controls, formats, unassigned"]
    for name in CLASSES:
        ranges: list[list[int]] = []
        for code in sorted(c for c, n in name_of.items() if n == name):
            if ranges and ranges[-1][1] == code - 1:
                ranges[-1][1] = code
            else:
                ranges.append([code, code])
        words = [f"{a:X}" if a == b else f"{a:X}-{b:X}" for a, b in ranges]
        line = name
        for word in words:
            if len(line) + len(word) + 1 > 100:
                lines.append(line)
                line = name
            line += " " + word
        lines.append(line)
    (pathlib.Path(__file__).parent / "unicode_classes.txt").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
