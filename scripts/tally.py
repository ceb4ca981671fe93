"""Counts the tests in the log of one phase of test.sh, and shows what failed.

    tally.py KIND LOG EXIT_CODE           prints "PASSED FAILED"
    tally.py KIND LOG EXIT_CODE --show    prints the lines of the log that a person wants to see

Kinds: build (counts nothing unless it fails), one (the phase is one test), ctest, gtest, unittest, pytest, node, fuzz.
A phase that exited non-zero never has 0 failures.
"""
import re
import sys

SHOWN_LINES_MAX = 120


def total(pattern, text):
    return sum(int(number) for number in re.findall(pattern, text))


def last(pattern, text):
    found = re.findall(pattern, text)
    return int(found[-1]) if found else 0


def count_gtest(text):
    return total(r"\[  PASSED  \] (\d+) test", text), total(r"\[  FAILED  \] (\d+) test", text)


def count_ctest(text):
    passed, failed = count_gtest(text)
    # A binary that crashed has no closing line; ctest knows that it failed.
    return passed, max(failed, last(r"(\d+) tests? failed out of", text))


def count_unittest(text):
    ran, failed = total(r"Ran (\d+) tests? in", text), total(r"(?:failures|errors)=(\d+)", text)
    # Tidy itself stands in the same phase, as one test more.
    tidy = re.search(r"^tidy: \d+ files, (\d+) findings$", text, re.MULTILINE)
    clean = tidy is not None and tidy.group(1) == "0"
    return ran - failed + (1 if clean else 0), failed + (0 if clean else 1)


def count_pytest(text):
    line = ([""] + re.findall(r"^=* ?(\d+ (?:passed|failed|error|skipped).*) in [\d.]+s.*$", text, re.MULTILINE))[-1]
    return last(r"(\d+) passed", line), last(r"(\d+) failed", line) + last(r"(\d+) errors?", line)


def count_node(text):
    return total(r"(?m)^(?:#|ℹ) pass (\d+)", text), total(r"(?m)^(?:#|ℹ) (?:fail|cancelled) (\d+)", text)


def count_fuzz(text):
    return len(re.findall(r"(?m)^FUZZ passed", text)), len(re.findall(r"(?m)^FUZZ failed", text))


COUNTERS = {
    "build": lambda text: (0, 0),
    "one": lambda text: (1, 0),
    "ctest": count_ctest,
    "gtest": count_gtest,
    "unittest": count_unittest,
    "pytest": count_pytest,
    "node": count_node,
    "fuzz": count_fuzz,
}


def count(kind, text, code):
    passed, failed = COUNTERS[kind](text)
    if code != 0 and failed == 0:
        return (0 if kind == "one" else passed), 1
    if code == 0 and passed == 0 and failed == 0 and kind != "build":
        return 0, 1  # a runner that ran nothing has not passed
    return passed, failed


TELLING = re.compile(
    r"error:|FAILED|\[  FAILED|Failure|FUZZ failed|Sanitizer|SUMMARY|^E  |not ok|AssertionError|Traceback|tidy:|: \w[\w-]*: ")


def show(text):
    lines = text.splitlines()
    chosen = [line for line in lines if TELLING.search(line)][:SHOWN_LINES_MAX]
    rest = lines[-30:]
    print("\n".join("    " + line[:400] for line in chosen + ["--- the end of the log:"] + rest))


def main(arguments):
    kind, path, code = arguments[0], arguments[1], int(arguments[2])
    with open(path, encoding="utf-8", errors="replace") as file:
        text = file.read()
    if "--show" in arguments:
        show(text)
    else:
        print(*count(kind, text, code))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
