"""Reads the source tree and fails where it breaks a rule of the house (tests/tidy/rules.py).

    tests/tidy/tidy.py [ROOT]     prints `path:line: rule: message` for each finding; exit 1 when there is one

tests/tidy/excused.txt lists what is excused for now; the list may only shrink.
"""
import re
import subprocess
import sys
from pathlib import Path

import rules

EXCUSED = "tests/tidy/excused.txt"
TEXT_MAX_BYTES = 2_000_000


def read_tree(root):
    """Path to text of every file that is, or could be, committed. Binary files and fixtures' data are left out."""
    listed = subprocess.run(
        ["git", "-C", str(root), "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        check=True, capture_output=True, text=True).stdout
    tree = {}
    for path in sorted(set(filter(None, listed.split("\0")))):
        file = root / path
        if file.is_symlink() or not file.is_file() or file.stat().st_size > TEXT_MAX_BYTES:
            continue
        if path.startswith(("tests/fuzz/corpus/", "tests/fixtures/")):
            continue
        try:
            tree[path] = file.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
    return tree


def read_excused(text):
    """(declared number, set of "rule path"). A line is `rule path  reason`; the number keeps the list honest."""
    number = re.search(r"^# at most: (\d+)$", text, re.MULTILINE)
    rows = [line.split(None, 2) for line in text.splitlines() if line and not line.startswith("#")]
    bad = [row for row in rows if len(row) < 3]
    if number is None or bad:
        raise ValueError(f"{EXCUSED}: wants `# at most: N` and lines of `rule path reason`")
    return int(number.group(1)), {(row[0], row[1]) for row in rows}


def judge(tree):
    """The findings that no excuse covers, and those about the excuses themselves."""
    findings = [finding for rule in rules.RULES for finding in rule(tree)]
    at_most, excused = read_excused(tree.get(EXCUSED, "# at most: 0\n"))
    found = {(finding.rule, finding.path) for finding in findings}
    left = [finding for finding in findings if (finding.rule, finding.path) not in excused]
    for rule, path in sorted(excused - found):
        left.append(rules.Finding(EXCUSED, 1, "excused", f"`{rule} {path}` is no longer needed: take it out"))
    if len(excused) != at_most:
        left.append(rules.Finding(EXCUSED, 1, "excused", f"says {at_most}, lists {len(excused)}; it may only shrink"))
    return left


def main(arguments):
    root = Path(arguments[0] if arguments else Path(__file__).resolve().parents[2])
    tree = read_tree(root)
    findings = judge(tree)
    for finding in findings:
        print(finding)
    print(f"tidy: {len(tree)} files, {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
