"""The rules of the house, one function each: take the tree, yield findings. CONTRIBUTING.md says why they exist."""
import re
import sys
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import source

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))
import docs  # noqa: E402

FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 60
COLUMNS_MAX = 100
HEADER_COMMENT_LINES_MAX = 12

# The floors of docs/architecture.md, from the ground up. A room includes only rooms of lower floors.
FLOORS = (
    ("core",),
    ("expr", "metrics", "http", "config"),
    ("llm", "transport"),
    ("dialects",),
    ("providers", "routing", "ledger"),
    ("observe",),
    ("chain",),
    ("middleware",),
    ("gateway", "admin", "simulate"),
    ("study",),
    ("app",),
)
FLOOR_OF = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}

TOP_LEVEL = {
    ".ci", ".clang-format", ".clang-tidy", ".dockerignore", ".gitignore", "CMakeLists.txt", "CMakePresets.json",
    "CONTRIBUTING.md", "LICENSE", "README.md", "config", "docker", "docs", "include", "scripts", "src", "tests",
}

# Written in pieces, so that this list does not find itself.
BANNED_EVERYWHERE = ("TO" + "DO", "FIX" + "ME", "X" + "XX", "HA" + "CK")
BANNED_CPP = (
    (re.compile(r"\busing\s+namespace\b"), "no `using namespace`: name what you use"),
    (re.compile(r"\bshared_from_this\b"), "no shared_from_this: unique_ptr owns, references borrow"),
)
STDOUT = re.compile(r"\bstd::c(?:out|err)\b")
SLEEPS = re.compile(r"\bsleep_(?:for|until)\b|\busleep\s*\(|\bnanosleep\s*\(|\btime\.sleep\b|\bsetTimeout\s*\(\s*resolve")
HEAVY_HEADERS = re.compile(r"^(?:nlohmann/json\.hpp|simdjson\.h|yaml-cpp/|spdlog/|prometheus/)")


@dataclass(frozen=True)
class Finding:
    path: str
    line: int
    rule: str
    message: str

    def __str__(self):
        return f"{self.path}:{self.line}: {self.rule}: {self.message}"


def is_cpp(path):
    return path.endswith((".cpp", ".hpp", ".cc", ".h"))


def is_code(path):
    return is_cpp(path) or path.endswith((".py", ".mjs", ".js", ".sh", ".lua", ".cmake", ".def"))


def room_of(path):
    """`src/http/sse.cpp` and `include/pontage/http/sse.hpp` are of the room `http`; anything else of none."""
    parts = PurePosixPath(path).parts
    if len(parts) > 2 and parts[0] == "src":
        return parts[1]
    if len(parts) > 3 and parts[:2] == ("include", "pontage"):
        return parts[2]
    return None


def room_included(path):
    parts = PurePosixPath(path).parts
    if len(parts) > 2 and parts[0] == "pontage":
        return parts[1]
    return parts[0] if len(parts) > 1 and parts[0] in FLOOR_OF else None


def top_level(tree):
    for entry in sorted({path.split("/")[0] for path in tree}):
        if entry not in TOP_LEVEL:
            yield Finding(entry, 1, "top-level", "not a place of this house: see the list in tests/tidy/rules.py")


def lengths(tree):
    for path, text in tree.items():
        if not is_code(path):
            continue
        lines = text.count("\n") + (not text.endswith("\n"))
        if lines > FILE_LINES_MAX:
            yield Finding(path, 1, "file-length", f"{lines} lines, at most {FILE_LINES_MAX}")
        if is_cpp(path):
            functions = source.cpp_functions(text)
        elif path.endswith(".py"):
            functions = source.python_functions(text)
        else:
            functions = []
        for function in functions:
            if function.length > FUNCTION_LINES_MAX:
                yield Finding(path, function.line, "function-length",
                              f"{function.name}: {function.length} lines, at most {FUNCTION_LINES_MAX}")


def columns(tree):
    for path, text in tree.items():
        if not is_cpp(path):
            continue
        raw = source.raw_string_lines(text)  # what stands in a literal cannot be broken
        for number, line in enumerate(text.splitlines(), 1):
            if len(line) > COLUMNS_MAX and number not in raw and not re.search(r"https?://", line):
                yield Finding(path, number, "columns", f"{len(line)} columns, at most {COLUMNS_MAX}")


def banned_words(tree):
    words = re.compile(r"\b(?:" + "|".join(BANNED_EVERYWHERE) + r")\b")
    for path, text in tree.items():
        if path == "LICENSE":
            continue
        for match in words.finditer(text):
            yield Finding(path, line_of(text, match), "banned", f"{match.group()}: finish it or file it")
        if is_cpp(path):
            yield from _banned_in_cpp(path, text)
        if path.startswith("tests/") and not path.startswith("tests/tidy/"):
            for match in SLEEPS.finditer(text):
                yield Finding(path, line_of(text, match), "banned", "no sleeping in tests: wait for an event")


def _banned_in_cpp(path, text):
    code = source.blank(text)
    for pattern, message in BANNED_CPP:
        for match in pattern.finditer(code):
            yield Finding(path, line_of(code, match), "banned", message)
    if room_of(path) not in (None, "app"):
        for match in STDOUT.finditer(code):
            yield Finding(path, line_of(code, match), "banned", "only app prints; log through observe")


def line_of(text, match):
    return text.count("\n", 0, match.start()) + 1


def floors(tree):
    for path, text in tree.items():
        room = room_of(path)
        if room is None or not is_cpp(path):
            continue
        if room not in FLOOR_OF:
            yield Finding(path, 1, "floors", f"room `{room}` stands on no floor")
            continue
        for line, included, quoted in source.includes(text):
            if included.startswith("boost/") and room != "transport":
                yield Finding(path, line, "floors", "only transport may see Asio, Beast or TLS streams")
            other = room_included(included) if quoted else None
            if other is None or other == room:
                continue
            if other not in FLOOR_OF:
                yield Finding(path, line, "floors", f"includes `{included}` of no known room")
            elif FLOOR_OF[other] >= FLOOR_OF[room]:
                yield Finding(path, line, "floors", f"{room} may not include {other}: it is not below it")


def headers(tree):
    for path, text in tree.items():
        if not path.endswith((".hpp", ".h")):
            continue
        if not re.search(r"^#pragma once$", text, re.MULTILINE):
            yield Finding(path, 1, "pragma-once", "a header opens with #pragma once")
        if not path.startswith(("src/", "include/")):
            continue
        for line, included, _ in source.includes(text):
            if HEAVY_HEADERS.match(included):
                yield Finding(path, line, "heavy-header", f"{included} belongs in .cpp files only")


def has_own_header(tree, path):
    stem = path.removesuffix(".cpp")
    return f"{stem}.hpp" in tree or f"include/pontage/{stem.removeprefix('src/')}.hpp" in tree


def own_header_first(tree):
    for path, text in tree.items():
        room = room_of(path)
        if room is None or not path.endswith(".cpp"):
            continue
        stem = path.removeprefix("src/").removesuffix(".cpp")
        candidates = [f"{stem}.hpp"] if f"src/{stem}.hpp" in tree else []
        if f"include/pontage/{stem}.hpp" in tree:
            candidates.append(f"pontage/{stem}.hpp")
        found = source.includes(text)
        if candidates and (not found or found[0][1] not in candidates):
            yield Finding(path, found[0][0] if found else 1, "own-header", f"{candidates[0]} comes first")


def opening_comment(tree):
    for path, text in tree.items():
        lines = text.splitlines()
        if path.endswith(".cpp") and has_own_header(tree, path):
            continue  # its header says it
        if is_cpp(path) or path.endswith(".def"):
            marks = ("//",)
        elif path.endswith((".sh", ".cmake")) or path == "CMakeLists.txt":
            marks = ("#",)
        elif path.endswith((".mjs", ".js")):
            marks = ("//",)
        else:
            continue
        if lines and lines[0].startswith("#!"):
            lines = lines[1:]
        count = 0
        while count < len(lines) and lines[count].startswith(marks):
            count += 1
        if count == 0:
            yield Finding(path, 1, "opening", "a file opens with a comment: what it answers for")
        elif count > HEADER_COMMENT_LINES_MAX and is_cpp(path):
            yield Finding(path, 1, "opening", f"{count} comment lines at the top, at most {HEADER_COMMENT_LINES_MAX}")


def dead_files(tree):
    included = set()
    for path, text in tree.items():
        if is_cpp(path) or path.endswith(".def"):
            for _, name, _quoted in source.includes(text):
                included.add(name)
                included.add(str(PurePosixPath(path).parent / name))
    cmake = "\n".join(text for path, text in tree.items() if path.endswith((".cmake", "CMakeLists.txt")))
    for path in tree:
        names = {path, path.removeprefix("src/"), path.removeprefix("include/"), path.removeprefix("tests/")}
        if path.endswith((".hpp", ".h", ".def")) and not names & included and PurePosixPath(path).name not in cmake:
            yield Finding(path, 1, "dead-file", "nothing includes it")
        if path.endswith((".cpp", ".cc")) and not _is_built(path, cmake):
            yield Finding(path, 1, "dead-file", "no CMake list or glob builds it")


def _is_built(path, cmake):
    parts = PurePosixPath(path).parts
    if parts[-1] in cmake:
        return True
    if parts[0] == "src":  # src/<room>/*.cpp, and the room has its line
        return len(parts) == 3 and (parts[1] == "app" or f"pontage_room({parts[1]} " in cmake)
    if parts[:2] == ("tests", "unit"):
        return len(parts) == 4 and re.search(rf"\b{parts[2]}\b", cmake) is not None
    if parts[:2] == ("tests", "fuzz"):
        return len(parts) == 3 and re.match(r"fuzz_[a-z]+_", parts[-1]) is not None
    if parts[:2] == ("tests", "bench"):
        return re.search(rf"foreach\(program[^)]*\b{parts[-1].rsplit('.', 1)[0]}\b", cmake) is not None
    return len(parts) == 3 and parts[0] == "tests" and parts[1] in ("conformance", "wire", "support")


def documents(tree):
    for path, _ in docs.outdated(tree.get):
        yield Finding(path, 1, "documents", "out of date: run scripts/docs.py")


def catalogue_form(tree):
    """The binary finds rows in these texts without parsing them: their form is exact."""
    for path in (docs.VENDORS, docs.MODELS):
        lines = tree.get(path, "").splitlines()
        for number, line in enumerate(lines, 1):
            if line.startswith("  - {") and docs.catalogue.flow_rows(line) and \
                    "  - " + docs.catalogue.flow(docs.catalogue.flow_rows(line)[0]) != line:
                yield Finding(path, number, "catalogue", "not as scripts/catalogue.py writes it")


RULES = (top_level, lengths, columns, banned_words, floors, headers, own_header_first, opening_comment, dead_files,
         documents, catalogue_form)
