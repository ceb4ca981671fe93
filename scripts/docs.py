"""Writes the parts of docs/ that come from the code, between the marks `<!-- NAME:begin -->` and `<!-- NAME:end -->`.

    scripts/docs.py                    rewrites what is out of date
    scripts/docs.py --check            exit 1 when something is (tests/tidy asks the same)
    scripts/docs.py --binary PONTAGE   also the tables of docs/configuration.md, as the binary prints them
"""
import re
import subprocess
import sys
from pathlib import Path

import catalogue

ROOT = Path(__file__).resolve().parents[1]
ERROR_CODES = "include/pontage/core/error_codes.def"
ERRORS_DOC = "docs/errors.md"
CONFIGURATION_DOC = "docs/configuration.md"
PROVIDERS_DOC = "docs/providers.md"
VENDORS = "config/providers.yaml"
MODELS = "config/models.yaml"
FAMILIES = "src/providers/providers.def"

_ROW = re.compile(
    r'^PONTAGE_ERROR\(\s*(?P<code>\w+)\s*,\s*(?P<status>\d+)\s*,\s*"(?P<type>\w+)"\s*,\s*(?P<text>(?:"(?:[^"\\]|\\.)*"\s*)+)\)',
    re.MULTILINE)


def error_rows(definitions):
    rows = []
    for match in _ROW.finditer(definitions):
        text = "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', match["text"])).replace('\\"', '"')
        rows.append((match["code"], match["status"], match["type"], text))
    return rows


def error_table(definitions):
    lines = ["| code | status | `type` | what it means, and what to do |", "|---|---|---|---|"]
    lines += [f"| `{code}` | {status} | `{kind}` | {text} |" for code, status, kind, text in error_rows(definitions)]
    return "\n".join(lines)


def provider_table(vendors, models, families):
    """A row a vendor; `families` is the text of providers.def: what is served is what has a family there."""
    served = set(re.findall(r"^PONTAGE_FAMILY\((\w+)\)", families, re.MULTILINE))
    counts = {}
    for row in catalogue.flow_rows(models):
        if "*" not in row["model"]:
            counts[row["provider"]] = counts.get(row["provider"], 0) + 1
    lines = ["| id | name | also | kind | key | address | models |", "|---|---|---|---|---|---|---|"]
    for row in catalogue.flow_rows(vendors):
        key = row.get("key", [])
        key = ", ".join(f"`{each}`" for each in ([key] if isinstance(key, str) else key)) or "none"
        kind = row["kind"] if row["kind"] in served else f"{row['kind']} (not served yet)"
        also = ", ".join(row.get("aliases", []))
        address = f"`{row['base_url']}`" if row["base_url"] else "in this process"
        lines.append(f"| `{row['id']}` | {row['name']} | {also} | {kind} | {key} | {address} | {counts.get(row['id'], '')} |")
    return "\n".join(lines)


def with_part(document, name, part):
    """The document with the text between the marks of `name` replaced; None when the marks are missing."""
    begin, end = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
    if begin not in document or end not in document:
        return None
    head, rest = document.split(begin, 1)
    return head + begin + "\n" + part + "\n" + end + rest.split(end, 1)[1]


# document, the name of its marks, what it is made from, how
PARTS = (
    (ERRORS_DOC, "errors", (ERROR_CODES,), error_table),
    (PROVIDERS_DOC, "providers", (VENDORS, MODELS, FAMILIES), provider_table),
)


def outdated(read):
    """(path, text as it should be) of each document that is out of date. `read` maps a path to its text, or to None."""
    for document, name, sources, make in PARTS:
        texts = [read(source) for source in sources]
        if read(document) is None or None in texts:
            continue
        wanted = with_part(read(document), name, make(*texts))
        if wanted != read(document):
            yield document, wanted


def write_configuration(binary):
    printed = subprocess.run([binary, "docs"], check=True, capture_output=True, text=True).stdout
    document = ROOT / CONFIGURATION_DOC
    document.write_text(with_part(document.read_text(encoding="utf-8"), "reference", printed.strip()), encoding="utf-8")
    print(f"{CONFIGURATION_DOC}: written")


def main(arguments):
    failed = False
    if len(arguments) == 2 and arguments[0] == "--binary":
        write_configuration(arguments[1])
    for path, text in outdated(lambda name: (ROOT / name).read_text(encoding="utf-8")):
        if text is None:
            print(f"{path}: its begin and end marks are missing", file=sys.stderr)
            failed = True
        elif arguments == ["--check"]:
            print(f"{path}: out of date; run scripts/docs.py", file=sys.stderr)
            failed = True
        else:
            (ROOT / path).write_text(text, encoding="utf-8")
            print(f"{path}: written")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
