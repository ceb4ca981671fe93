"""Tidy's own tests: each rule finds the breach made for it in a small tree, and is silent on the whole one."""
import unittest
from unittest.mock import patch

import rules  # noqa: F401  (finds scripts/docs.py)
import docs
import source
import tidy

GOOD_HEADER = "// Counts things.\n#pragma once\n\n#include \"core/clock.hpp\"\n\nint count();\n"
GOOD_SOURCE = "#include \"http/count.hpp\"\n\nint count() { return 1; }\n"
CLOCK = "// Tells the time.\n#pragma once\n"
CLOCK_SOURCE = "// Uses the clock.\n#include \"core/clock.hpp\"\n#include \"http/count.hpp\"\n"


def good_tree(**changes):
    tree = {
        "CMakeLists.txt": "# The build.\npontage_room(core )\npontage_room(http )\npontage_room(transport )\n",
        "src/core/clock.hpp": CLOCK,
        "src/http/count.hpp": GOOD_HEADER,
        "src/http/count.cpp": GOOD_SOURCE,
        "tests/unit/http/count_test.cpp": "// Tests of count.\n#include \"http/count.hpp\"\n",
    }
    for path, text in changes.items():
        tree[path] = text
    return tree


def found(tree, rule):
    return [finding for finding in tidy.judge(tree) if finding.rule == rule]


class GoodTree(unittest.TestCase):
    def test_is_silent(self):
        tree = good_tree()
        tree["CMakeLists.txt"] += "# tests: http\n"
        self.assertEqual(tidy.judge(tree), [])


class BrokenTrees(unittest.TestCase):
    """One row a breach: the rule that must find it, and the file that breaks it."""

    ROWS = [
        ("floors", "src/core/clock.hpp", CLOCK + '#include "http/count.hpp"\n'),
        ("floors", "src/http/count.hpp", GOOD_HEADER + '#include "config/node.hpp"\n'),
        ("floors", "src/http/count.hpp", GOOD_HEADER + '#include "pontage/chain/chain.hpp"\n'),
        ("floors", "src/http/count.cpp", GOOD_SOURCE + "#include <boost/asio.hpp>\n"),
        ("floors", "src/nowhere/a.cpp", "// Nothing.\n"),
        ("file-length", "src/http/count.cpp", GOOD_SOURCE + "\n" * 400),
        ("function-length", "src/http/count.cpp", GOOD_SOURCE + "void f(int a) {" + "\n" * 61 + "}\n"),
        ("function-length", "src/http/count.cpp",
         GOOD_SOURCE + "A::A(int a) : a_{a}, b_(2) {\n" + "  { }\n" * 61 + "}\n"),
        ("function-length", "src/http/count.cpp",
         GOOD_SOURCE + "namespace n {\nclass B {\n auto f() const -> int {" + "\n" * 61 + "}\n};\n}\n"),
        ("function-length", "scripts/a.py", '"""Does."""\ndef f():\n' + "    pass\n" * 61),
        ("columns", "src/http/count.cpp", GOOD_SOURCE + "int a = " + "1 + " * 30 + "1;\n"),
        ("banned", "docs/a.md", "to be written: TO" + "DO\n"),
        ("banned", "src/http/count.cpp", GOOD_SOURCE + "using  namespace std;\n"),
        ("banned", "src/http/count.cpp", GOOD_SOURCE + "auto a = shared_from_this();\n"),
        ("banned", "src/http/count.cpp", GOOD_SOURCE + "void f() { std::cout << 1; }\n"),
        ("banned", "tests/unit/http/a_test.cpp", "// A.\nstd::this_thread::sleep_for(1s);\n"),
        ("banned", "tests/e2e/a.py", "time.sleep(1)\n"),
        ("pragma-once", "src/http/count.hpp", "// Counts.\nint count();\n"),
        ("heavy-header", "src/http/count.hpp", GOOD_HEADER + "#include <nlohmann/json.hpp>\n"),
        ("own-header", "src/http/count.cpp", '#include "core/clock.hpp"\n#include "http/count.hpp"\n'),
        ("opening", "src/http/other.cpp", "int a;\n"),
        ("opening", "src/http/count.hpp", "#pragma once\nint count();\n"),
        ("dead-file", "src/http/unused.hpp", "// Unused.\n#pragma once\n"),
        ("dead-file", "src/http/deep/a.cpp", "// Too deep for the glob.\n"),
        ("dead-file", "src/metrics/a.cpp", "// A room without a line in CMakeLists.txt.\n"),
        ("top-level", "notes.txt", "mine\n"),
    ]

    def test_each_breach_is_found(self):
        for rule, path, text in self.ROWS:
            with self.subTest(rule=rule, path=path):
                paths = [finding.path for finding in found(good_tree(**{path: text}), rule)]
                self.assertIn(path, paths)


class NotBreaches(unittest.TestCase):
    ROWS = [
        ("floors", "src/http/count.cpp", GOOD_SOURCE + '// #include "chain/chain.hpp"\n'),
        ("floors", "src/transport/a.cpp", "// Sockets.\n#include <boost/asio.hpp>\n#include \"http/count.hpp\"\n"),
        ("banned", "src/http/count.cpp", GOOD_SOURCE + '// no std::cout here\nauto a = "using namespace";\n'),
        ("columns", "src/http/count.cpp", GOOD_SOURCE + "// see https://" + "a" * 120 + "\n"),
        ("columns", "src/http/count.cpp", GOOD_SOURCE + 'auto a = R"(' + "a" * 120 + ')";\n'),
        ("function-length", "src/http/count.cpp", GOOD_SOURCE + "constexpr int kTable[] = {\n" + "1,\n" * 80 + "};\n"),
        ("function-length", "src/http/count.cpp",
         GOOD_SOURCE + "namespace a {\n" + "void f() {\n}\n" * 60 + "}\n"),
        ("heavy-header", "src/http/count.hpp", GOOD_HEADER + "#include <nlohmann/json_fwd.hpp>\n"),
        ("opening", "src/http/count.cpp", GOOD_SOURCE),
    ]

    def test_each_passes(self):
        for rule, path, text in self.ROWS:
            with self.subTest(rule=rule, path=path):
                paths = [finding.path for finding in found(good_tree(**{path: text}), rule)]
                self.assertNotIn(path, paths)


class Excuses(unittest.TestCase):
    LONG = {"src/http/count.cpp": GOOD_SOURCE + "\n" * 400}

    def judge(self, excused, **changes):
        return tidy.judge(good_tree(**changes, **{tidy.EXCUSED: excused}))

    def test_an_excuse_covers_its_file_and_rule_only(self):
        left = self.judge("# at most: 1\nfile-length src/http/count.cpp one grammar\n", **self.LONG)
        self.assertNotIn("file-length", [finding.rule for finding in left])

    def test_an_excuse_that_is_not_needed_is_a_finding(self):
        left = self.judge("# at most: 1\nfile-length src/http/count.cpp one grammar\n")
        self.assertIn("excused", [finding.rule for finding in left])

    def test_the_number_must_agree(self):
        left = self.judge("# at most: 2\nfile-length src/http/count.cpp one grammar\n", **self.LONG)
        self.assertIn("excused", [finding.rule for finding in left])

    def test_an_excuse_needs_a_reason(self):
        with self.assertRaises(ValueError):
            self.judge("# at most: 1\nfile-length src/http/count.cpp\n", **self.LONG)


class Documents(unittest.TestCase):
    ROW = 'PONTAGE_ERROR(no_route, 404, "invalid_request_error", "No route.")\n'
    TABLE = docs.error_table(ROW)

    def findings(self, document):
        return found({docs.ERROR_CODES: "// Codes.\n" + self.ROW, docs.ERRORS_DOC: document}, "documents")

    def test_a_current_table_passes_and_any_other_does_not(self):
        current = f"<!-- errors:begin -->\n{self.TABLE}\n<!-- errors:end -->\n"
        self.assertIn("| `no_route` | 404 |", self.TABLE)
        self.assertEqual(self.findings(current), [])
        self.assertEqual(len(self.findings(current.replace("404", "400"))), 1)
        self.assertEqual(len(self.findings("no marks\n")), 1)

    def test_rows_of_the_catalogue_have_one_form(self):
        good = '  - { id: a, kind: openai, key: [A_KEY], base_url: "https://a/v1" }\n'
        self.assertEqual(found({docs.VENDORS: good}, "catalogue"), [])
        self.assertEqual(len(found({docs.VENDORS: good.replace("id: a", "id:  a")}, "catalogue")), 1)


class Functions(unittest.TestCase):
    def names(self, text):
        return [(function.name, function.length) for function in source.cpp_functions(text)]

    def test_shapes(self):
        self.assertEqual(self.names("int f() {\n return 1;\n}\n"), [("f", 3)])
        self.assertEqual(self.names("int a{1};\nint g(int b = 2) noexcept {\n}\n"), [("g", 2)])
        self.assertEqual(self.names("struct S {\n int a{1};\n void h() const {\n  if (a) {\n  }\n }\n};\n"), [("h", 4)])
        self.assertEqual(self.names("char c = '{';\nauto s = \"{\";\nvoid i() {\n}\n"), [("i", 2)])
        self.assertEqual(self.names("const int k = 1'000'000;\nvoid j() {\n}\n"), [("j", 2)])
        self.assertEqual(self.names("#define BRACE {\nvoid k() {\n}\n"), [("k", 2)])
        self.assertEqual(self.names("TEST(A, B) {\n}\n"), [("TEST", 2)])


class Main(unittest.TestCase):
    def test_exit_code_follows_the_findings(self):
        with patch.object(tidy, "read_tree", lambda root: good_tree(**{"notes.txt": "mine\n"})), patch("builtins.print"):
            self.assertEqual(tidy.main(["/"]), 1)


if __name__ == "__main__":
    unittest.main()
