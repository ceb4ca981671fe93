"""What the rules of tidy need to know about a C++ or Python text: code without comments and strings, includes, and where
functions begin and end. A reader of shapes, not a compiler: it is right for the code that .clang-format leaves behind.
"""
import ast
import re
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""
      //[^\n]*                                  # line comment
    | /\*.*?\*/                                 # block comment
    | R"(?P<delim>[^\s()\\]{0,16})\(.*?\)(?P=delim)"   # raw string
    | "(?:\\.|[^"\\\n])*"                       # string
    | (?<![0-9A-Fa-f])'(?:\\.|[^'\\\n])+'       # character, but not a digit separator
    """,
    re.VERBOSE | re.DOTALL,
)
_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(?P<path>"[^"]+"|<[^>]+>)', re.MULTILINE)


@dataclass(frozen=True)
class Function:
    name: str
    line: int   # of the line that opens its body's brace, or of `def`
    length: int  # lines from there to the closing brace


def blank(text):
    """The text with comments, strings and characters replaced by spaces; line numbers stay."""
    return _TOKEN.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), text)


def raw_string_lines(text):
    """The numbers of all lines that a raw string touches."""
    lines = set()
    for match in _TOKEN.finditer(text):
        if match.group().startswith('R"'):
            first = text.count("\n", 0, match.start()) + 1
            lines.update(range(first, first + match.group().count("\n") + 1))
    return lines


def includes(text):
    """(line, path, quoted) of each include, in order."""
    # A commented-out include is not one: look for it in the raw line, but only where code is left.
    code = blank(text)
    found = []
    for match in _INCLUDE.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        if "#" in code[match.start():match.end()]:
            path = match.group("path")
            found.append((line, path[1:-1], path[0] == '"'))
    return found


_CONSTRUCTOR = re.compile(r"\)\s*(?:noexcept(?:\([^()]*\))?\s*)?:(?!:)")
_NAME = re.compile(r"([~\w:]+|operator\s*[^\s\w(]+)\s*\(")


def _opens_function(statement):
    """Whether a brace after this statement text, outside any function, opens a function's body."""
    statement = statement.strip()
    if "(" not in statement or not statement:
        return False
    if re.match(r"(?:inline\s+)?namespace\b|extern\s*$", statement):
        return False
    if _CONSTRUCTOR.search(statement) and not re.search(r"\?|\bfor\s*\(", statement):
        return statement[-1] in ")}"  # after a member's initialiser, not before one
    if statement[-1] == ")" or re.search(r"\)\s*(?:const|noexcept|override|final|mutable|try|&|&&|\s)+$", statement):
        return True
    return re.search(r"\)[^()=]*->[^=;]*$", statement) is not None


def _matching(code, start):
    depth = 0
    for position in range(start, len(code)):
        if code[position] == "{":
            depth += 1
        elif code[position] == "}":
            depth -= 1
            if depth == 0:
                return position
    return len(code) - 1


def cpp_functions(text):
    """Every outermost function with a body; lambdas and local classes count with the function they stand in."""
    code = re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", lambda m: re.sub(r"[^\n]", " ", m.group()), blank(text),
                  flags=re.MULTILINE)
    functions, statement, parens, position = [], "", 0, 0
    while position < len(code):
        char = code[position]
        if char == "(":
            parens += 1
        elif char == ")":
            parens -= 1
        if char == "{":
            end = _matching(code, position)
            if parens == 0 and _opens_function(statement):
                line = code.count("\n", 0, position) + 1
                name = _NAME.search(statement)
                length = code.count("\n", position, end) + 1
                functions.append(Function(name.group(1) if name else "?", line, length))
                statement, position = "", end + 1
                continue
            if parens > 0 or _is_data(statement):
                statement += "{}"
                position = end + 1
                continue
            statement = ""  # a namespace or a class: look inside
        elif char == "}" or (char == ";" and parens == 0):
            statement = ""
        else:
            statement += char
        position += 1
    return functions


def _is_data(statement):
    """`int a = {`, `std::array<int, 3> kTable{`, a member's initialiser: values, in which no function body opens."""
    statement = statement.strip()
    if re.search(r"\b(?:namespace|class|struct|union|enum)\b", statement) and "=" not in statement:
        return False
    return bool(statement) and not re.search(r"\bextern\s*$", statement)


def python_functions(text):
    """Every function of a Python text, nested ones as well."""
    tree = ast.parse(text)
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return [
        Function(node.name, node.lineno, node.end_lineno - node.lineno + 1)
        for node in ast.walk(tree)
        if isinstance(node, kinds)
    ]
