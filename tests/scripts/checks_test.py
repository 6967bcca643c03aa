#!/usr/bin/env python3
"""The checks must fail when their rule is broken: each rule is broken here in a temporary tree."""
import pathlib
import tempfile
import unittest

import layers
import ratchets
import tidy

GOOD = {
    "engine/base/status.h": "// Outcomes.\n#pragma once\n#include <string>\n",
    "engine/types/value.h": '// A value.\n#pragma once\n#include "engine/base/status.h"\n',
    "engine/log/kafka/kafka_log.cpp": '#include "engine/log/log.h"\n#include <librdkafka/rdkafka.h>\n',
    "server/routes/info.cpp": '#include "engine/session/session.h"\n#include "server/net/http.h"\n',
    "cli/main.cpp": '#include "server/server.h"\n#include "engine/types/value.h"\n',
}


class ChecksTest(unittest.TestCase):
    def run_check(self, check, extra):
        with tempfile.TemporaryDirectory() as root:
            for path, text in {**GOOD, **extra}.items():
                file = pathlib.Path(root) / path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text)
            return check(root)[0]

    def fails(self, check, path, text, message):
        problems = self.run_check(check, {path: text})
        self.assertEqual(len(problems), 1, problems)
        self.assertIn(message, problems[0])
        self.assertTrue(problems[0].startswith(path), problems[0])

    def test_good_tree_passes(self):
        self.assertEqual(self.run_check(layers.check, {}), [])
        self.assertEqual(self.run_check(tidy.check, {}), [])

    def test_table_has_no_cycle(self):
        self.assertEqual(layers.has_cycle(), [])

    def test_lower_layer_may_not_include_higher(self):
        self.fails(layers.check, "engine/types/bad.h", '#include "engine/exec/operator.h"\n',
                   "engine/types may not include engine/exec")

    def test_engine_may_not_include_server(self):
        self.fails(layers.check, "engine/session/bad.cpp", '#include "server/server.h"\n',
                   "may not include server")

    def test_siblings_are_apart(self):
        self.fails(layers.check, "engine/serde/bad.cpp", '#include "engine/log/log.h"\n',
                   "engine/serde may not include engine/log")

    def test_net_sees_no_session(self):
        self.fails(layers.check, "server/net/bad.cpp", '#include "engine/session/session.h"\n',
                   "server/net may not include")

    def test_product_does_not_include_tests(self):
        self.fails(layers.check, "cli/bad.cpp", '#include "tests/support/clock.h"\n', "no part of the product")

    def test_libraries_stay_in_their_folder(self):
        for path, header in [("engine/runtime/a.cpp", "librdkafka/rdkafka.h"),
                             ("engine/exec/a.cpp", "rocksdb/db.h"),
                             ("engine/log/kafka/a.cpp", "rocksdb/db.h"),
                             ("engine/plan/a.cpp", "antlr4-runtime/antlr4-runtime.h"),
                             ("server/routes/a.cpp", "boost/beast/http.hpp"),
                             ("cli/a.cpp", "boost/asio.hpp"),
                             ("server/model/a.cpp", "simdjson.h"),
                             ("engine/exec/a.cpp", "nlohmann/json.hpp")]:
            with self.subTest(path=path, header=header):
                self.fails(layers.check, path, f"#include <{header}>\n", "may be included only in")

    def test_unknown_folder(self):
        self.fails(layers.check, "engine/extras/a.cpp", "", "not in the table")

    def test_include_from_the_root(self):
        self.fails(layers.check, "engine/types/a.cpp", '#include "value.h"\n', "from the root")

    def test_tests_are_free(self):
        self.assertEqual(self.run_check(layers.check, {"tests/unit/a.cpp": "#include <librdkafka/rdkafka.h>\n"}), [])

    def test_tidy_rules(self):
        for path, text, message in [
                ("engine/base/long.cpp", "int x;\n" * 801, "801 lines"),
                ("engine/base/a.cpp", "// TO" + "DO\n", "whole matter"),
                ("engine/base/a.cpp", "// TO" + "DO: fix\n", "whole matter"),
                ("engine/base/a.cpp", "// FIX" + "ME later, when the window store can do it\n", "whole matter"),
                ("docs/a.md", "see /ho" + "me/someone/notes\n", "absolute path"),
                ("scripts/a", "cd /wo" + "rk/main\n", "absolute path"),
                ("engine/base/a.h", "// A.\nint x;\n", "#pragma once"),
                ("engine/base/a.h", "#pragma once\n", "opens by saying"),
                ("engine/base/a.h", "// A.\n#pragma once\nusing namespace std;\n", "using namespace"),
                ("engine/base/string_utils.cpp", "", "the name"),
                ("server/a.cpp", 'if (error.message().starts_with("No")) x();\n', "error's words"),
                ("engine/base/a.cpp", 'std::string_view(error.what()).find("No");\n', "error's words"),
                ("engine/base/a.cpp", "\tint x;\n", "a tab")]:
            with self.subTest(path=path, message=message):
                self.fails(tidy.check, path, text, message)

    def test_tidy_allows(self):
        self.assertEqual(self.run_check(tidy.check, {
            "engine/base/a.cpp": "// TO" + "DO: take the lock once the store has more than one reader.\n",
            "docs/a.md": "pages such as /home and /mobile/offers; https://example.org/root/x\n"}), [])


class RatchetsTest(unittest.TestCase):
    """Lists of long functions and unused names: what is on them may stay, nothing may come."""

    def check(self, files, long="", unused=""):
        with tempfile.TemporaryDirectory() as root:
            folder = pathlib.Path(root)
            for path, text in {**files, "long_functions.txt": long, "unused_names.txt": unused}.items():
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                (folder / path).write_text(text)
            return ratchets.check(folder, folder)[0]

    def function(self, lines):
        return "int answer(int x) {\n" + "    ++x;\n" * (lines - 2) + "}\n"

    def test_a_long_function_is_refused_and_a_listed_one_may_not_grow(self):
        self.assertEqual(self.check({"engine/a.cpp": self.function(70)}), [])
        self.assertEqual(len(self.check({"engine/a.cpp": self.function(71)})), 1)
        self.assertEqual(self.check({"engine/a.cpp": self.function(75)}, "engine/a.cpp answer 75\n"), [])
        self.assertEqual(len(self.check({"engine/a.cpp": self.function(76)}, "engine/a.cpp answer 75\n")), 1)

    def test_a_method_in_a_class_counts_too(self):
        method = "class A {\n    int answer() const {\n" + "        x();\n" * 70 + "    }\n};\n"
        self.assertEqual(len(self.check({"engine/a.cpp": method})), 1)

    def test_what_nobody_calls_is_refused(self):
        header = "// A.\n#pragma once\nint answer(int x);\n"
        source = '#include "engine/a.h"\nint answer(int x) {\n    return x;\n}\n'
        files = {"engine/a.h": header, "engine/a.cpp": source}
        self.assertEqual(len(self.check(files)), 1)
        self.assertEqual(self.check(files, unused="engine/a.h answer for users' libraries\n"), [])
        self.assertEqual(self.check({**files, "engine/b.cpp": "int b = answer(1);\n"}), [])

    def test_what_has_become_better_leaves_the_list(self):
        self.assertEqual(len(self.check({"engine/a.cpp": self.function(5)}, "engine/a.cpp answer 75\n")), 1)


if __name__ == "__main__":
    unittest.main()
