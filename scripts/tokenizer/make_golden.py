#!/usr/bin/env python3
"""Writes the reference counts that tests/unit/llm checks against: golden.txt (short texts), golden_long.txt (long ones,
described instead of spelled) and golden_files.txt (the text files beside them). The encoder is OpenAI's own tiktoken
from PyPI with its own patterns; the ranks come from RANKS_DIR (see fetch_ranks.sh), so nothing is downloaded.
Usage: make_golden.py RANKS_DIR. check_golden.mjs compares the result with the npm encoders."""
import importlib.metadata
import pathlib
import random
import sys

import tiktoken
import tiktoken_ext.openai_public as openai_public

import generate

DATA = pathlib.Path(__file__).resolve().parents[2] / "tests/unit/llm/data"
NAMES = ("o200k_base", "cl100k_base")
BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
SCRIPTS = [
    (0x41, 0x5A), (0x61, 0x7A), (0xC0, 0x24F), (0x250, 0x2FF), (0x370, 0x3FF), (0x400, 0x52F), (0x531, 0x58A),
    (0x591, 0x5F4), (0x600, 0x6FF), (0x700, 0x74F), (0x780, 0x7B1), (0x900, 0x97F), (0x980, 0x9FE), (0xA01, 0xA76),
    (0xB82, 0xBFA), (0xC00, 0xC7F), (0xD00, 0xD7F), (0xE01, 0xE5B), (0xE81, 0xEDF), (0xF00, 0xFDA), (0x1000, 0x109F),
    (0x10A0, 0x10FF), (0x1100, 0x11FF), (0x1200, 0x139F), (0x13A0, 0x13FD), (0x1780, 0x17F9), (0x1800, 0x18AA),
    (0x1E00, 0x1FFF), (0x2000, 0x206F), (0x2070, 0x218B), (0x2C00, 0x2D2D), (0x3000, 0x30FF), (0x3400, 0x4DBF),
    (0x4E00, 0x5200), (0x4E00, 0x9FFF), (0xA640, 0xA69F), (0xAC00, 0xAD00), (0xAC00, 0xD7A3), (0xFB00, 0xFB4F),
    (0xFE20, 0xFE2F), (0xFF01, 0xFFEE), (0x10300, 0x1034A), (0x10400, 0x1044F), (0x1D400, 0x1D7FF),
    (0x1E900, 0x1E95F), (0x1F300, 0x1F64F), (0x1F900, 0x1F9FF), (0x20000, 0x20100)]
BY_CLASS = [" ", "  ", "\n", "\r", "\r\n", "\t", "\u00a0", "\u0085", "\u2028", "\u3000", "\v", "\f", "a", "B", "'", "s",
            "S", "ll", "LL", "Re", "vE", "'d", "'M", "\u2019s", "\u4e2d", "\u0301", "1", "/", "!", "\U0001F600", "\u200d",
            "\ufe0f", "\u017f", "\u00e9", "\u00c9", "\u01c5", "\u02b0", "\u00aa", "\u0663", "\u00bd", "\u2167", "-",
            "_", ".", "\ufeff", "\u20e3", "\U0001F3FD", "\U000E0067", "\u0e33", "\u093f", "\ue000", "\U0010FFFF"]
EMOJI = ["\U0001F468", "\U0001F469\U0001F3FD", "\U0001F467", "\u200d", "\u200d", "\ufe0f", "\u2764\ufe0f", "\U0001F1E9",
         "\U0001F1EA", "\U0001F3FB", "\U0001F3FF", "1\ufe0f\u20e3", "\U0001F44B", "\u2640", "\U0001F3F4", " ", "!", "a"]
WORDS = ["the", "The", "THE", "request", "it's", "IT'S", "don't", "we'Ll", "token", "XMLHttp", "fooBar", "x1", "0xff", "1234",
         "3.14", "https://", "www.", "/v1/chat", "?q=", "&amp;", "user@", ".com", "\n", "\r\n", "\n\n", "    ", "\t", "()", "{}",
         "[0]", "==", "!=", "->", "// ", "/*", "*/", "# ", "\"", "\\n", "</p>", "<br/>", "...", "---", "\u2014", "\u00e9t\u00e9", "\u4f60\u597d",
         "\u043f\u0440\u0438\u0432\u0435\u0442", "\U0001F680", ",", ";", ":", "$", "%s", "_", "__init__", "|", "||", "\u20ac", "100%"]
HAND = ["", " ", "  ", "a", "hello world", "Hello, World!", "'", "''", "'s", "'S", "'ll", "'LL", "'lL", "'re", "'RE", "'ve", "'VE",
        "'m", "'M", "'d", "'D", "'t", "'T", "'\u017f", "a'\u017f", "A'\u017fb", "'x", "'l", "'r", "'v", "\u2019s", "it\u2019s", "I'm", "I'M",
        "you'll've", "rock'n'roll", "'sfoo", "foo'sbar", "FOO'Sbar", "''s", " 's", "'s's's", "\u4e2d's", "\u0301's", "1's", "AB\u4e2d", "\u4e2dAB",
        "\u4e2dABc", "\u4e2dAB cd", "\u4e2dA\u4e2dB", "A\u0301B", "\u0301AB", "\u0301ABc", " \u0301", "!\u0301", "!\u0301A", "!!\u0301A", "\u0301", "\u0301\u0301",
        "\u0301 \u0301", "A\u01c5b", "\u01c5", "aB", "aBC", "ABC", "ABCd", "aBcD", "\u02b0A", "A\u02b0", "A\u02b0B", "A\u02b0Bc", "1", "12", "123",
        "1234", "1234567", "\u0661\u0662\u0663\u0664", "1\u0661\u00bd2", " 1", "  1", "-1", "a1b2", "/", "//", "a/b", "/\n", "/\n/", "!/\r\n/\n!", " /a",
        "\n/", "!\n", "!\n\n ", " \n", "\n ", " \n ", "  \n  ", "\n\n", "\r", "\r\n", "\r\r\n\n", "x\n", "x \n", "x\n y", "x  y", "x   y",
        "x\t\ty", "x \ty", "x\u00a0y", "x\u00a0\u00a0y", "x\u3000\u3000", "x\u0085y", "\u0085", "x\u2028\u2029y", "x\vy", "x\fy", "x\u200by", "\ufeffx",
        "\x00", "\x00\x00", "a\x00b", "\x7f", "\ufffd", "\ufffd\ufffd", "\U0010FFFF", "\ue000", "\u0378", "<|endoftext|>",
        "<|endofprompt|>", "<|im_start|>user", "<|fim_prefix|>x", "  <|endoftext|>\n"]


def load_encoders(ranks: pathlib.Path) -> list[tiktoken.Encoding]:
    openai_public.load_tiktoken_bpe = lambda url, expected_hash=None: {
        token: rank for rank, token in enumerate(
            generate.load_ranks(ranks, url.rsplit("/", 1)[-1].removesuffix(".tiktoken")))}
    return [tiktoken.Encoding(**getattr(openai_public, name)()) for name in NAMES]


def escape(text: str) -> str:
    out = "".join(c if " " <= c <= "~" and c != "\\" else f"\\{ord(c):x};" for c in text)
    return out[:-1] + "\\20;" if out.endswith(" ") else out  # no line ends in white space


def valid(code: int) -> int:
    return 0xFFFD if 0xD800 <= code <= 0xDFFF else code


def short_texts() -> list[str]:
    rng = random.Random(20240513)
    texts = list(HAND)

    def some(pool: list[str], low: int, high: int) -> str:
        return "".join(rng.choice(pool) for _ in range(rng.randint(low, high)))

    def word(low: int, high: int) -> str:
        return "".join(chr(valid(rng.randint(low, high))) for _ in range(rng.randint(1, 12)))

    texts += [some(BY_CLASS, 1, 14) for _ in range(3000)]
    texts += [some(WORDS, 1, 20) for _ in range(800)]
    texts += [some(EMOJI, 1, 10) for _ in range(300)]
    for span in SCRIPTS:
        texts += [rng.choice([" ", ", ", "-", "\n", "'s "]).join(word(*span) for _ in range(rng.randint(1, 4)))
                  for _ in range(20)]
    texts += [" ".join(word(*rng.choice(SCRIPTS)) for _ in range(3)) for _ in range(300)]
    texts += ["".join(chr(valid(rng.randint(0, 0x10FFFF if rng.random() < 0.3 else 0x33FF)))
                      for _ in range(rng.randint(1, 16))) for _ in range(600)]
    texts += ["".join(chr(rng.randint(0x20, 0x7E)) for _ in range(rng.randint(1, 60))) for _ in range(400)]
    texts += ["".join(rng.choice("abcd" if i % 2 else "ab") for _ in range(rng.randint(100, 700))) for i in range(30)]
    texts += ["".join(rng.choice(BASE64[:62]) for _ in range(rng.randint(40, 900))) for _ in range(30)]
    texts += ["".join(chr(rng.randint(0x61, 0x7A)) for _ in range(rng.randint(40, 900))) for _ in range(30)]
    return texts


def random_text(alphabet: str, count: int) -> str:
    """Knuth's MMIX generator, so that the C++ test can spell the same text."""
    out, x = [], 1
    for _ in range(count):
        x = (x * 6364136223846793005 + 1442695040888963407) & 0xFFFFFFFFFFFFFFFF
        out.append(alphabet[(x >> 33) % len(alphabet)])
    return "".join(out)


def long_texts() -> list[tuple[str, int, str]]:
    """(kind, count, unit): repeat the unit, the same and then a `b`, or random characters of the alphabet `unit`."""
    megabyte, much = 1_000_000, 200_000
    units = ["A", "ab", "aB", "Ab", "ABc", "\u4e2dA", "\U0001F468\u200d", "e\u0301", "\u0301A", "=", "!?", "1", "\u0e33", "a\u4e2d", "'s",
             "'", "/", "!\n", "/\n", "the ", " the", "\u00e9", "\U00020000", "\x00", "ab\n", "abcdefghijklmnopqrstuvwxyz", "\t",
             "\r\n", " \n", "\u00a0", "\u3000"]
    texts = [("repeat", much // len(unit.encode()), unit) for unit in units]
    texts += [("repeat", megabyte // len(unit.encode()), unit)
              for unit in ["a", " ", "\n", "-", "\U0001F600", "\u4e2d", "\u0301"]]
    texts += [("repeat_then_b", count, "a")
              for count in (1, 2, 7, 8, 63, 64, 65, 127, 128, 129, 500, 511, 512, 513, 4097, megabyte)]
    texts += [("repeat_then_b", count, " ") for count in (1, 2, 127, 128, 129, 130, 100_000)]
    texts += [("random", much, alphabet) for alphabet in (
        BASE64[26:52], "ab", "aab", "aA", "01", "a ", " \n", "\u4e2d\u6587\u5b57\u6bcd\u8868", "\u0301a", "=-", "!\u0301a")]
    return texts + [("random", megabyte, BASE64)]


def long_text(kind: str, count: int, unit: str) -> str:
    if kind == "random":
        return random_text(unit, count)
    return unit * count + ("b" if kind == "repeat_then_b" else "")


def main() -> None:
    encoders = load_encoders(pathlib.Path(sys.argv[1]))
    made_by = (f"# by scripts/tokenizer/make_golden.py with PyPI tiktoken {importlib.metadata.version('tiktoken')}, "
               "ranks of npm tiktoken 1.0.22; columns: o200k_base cl100k_base ")

    # A million blanks overflow the stack of tiktoken's engine; they are one piece, which a simpler pattern gives, too.
    blank_encoders = [tiktoken.Encoding(e.name, pat_str=" +", mergeable_ranks=e._mergeable_ranks, special_tokens={})
                      for e in encoders]

    def counts(text: str) -> str:
        usable = blank_encoders if text and not text.strip(" ") else encoders
        return " ".join(str(len(e.encode_ordinary(text))) for e in usable)

    short = [f"{counts(text)} {escape(text)}" for text in short_texts()]
    (DATA / "golden.txt").write_text("\n".join([made_by + "text (\\HEX; is a code point)"] + short) + "\n")
    long = [f"{counts(long_text(*item))} {item[0]} {item[1]} {escape(item[2])}" for item in long_texts()]
    (DATA / "golden_long.txt").write_text("\n".join([made_by + "kind count unit"] + long) + "\n")
    files = [f"{counts(path.read_bytes().decode())} {path.name}" for path in sorted(DATA.glob("*.txt"))
             if not path.name.startswith("golden")]
    (DATA / "golden_files.txt").write_text("\n".join([made_by + "file"] + files) + "\n")


if __name__ == "__main__":
    main()
