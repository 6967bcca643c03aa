#!/usr/bin/env python3
"""Statements that are wide, deep, long, wrong or costly. Each is taken, or refused with a reason. Topics in memory: no broker.

    sql_test.py MILLRACE [--small]
"""
import json
import pathlib
import re

from beside import DELIMITED, MB, Hostile, Settings, main, side_by_side

TESTS = pathlib.Path(__file__).resolve().parents[1]
# Behind what is only to be looked at: a script with a mistake in its last statement leaves nothing behind.
NOTHING_OF_IT = "\n; DROP STREAM there_is_none;"
WITH = "WITH (KAFKA_TOPIC='{0}', VALUE_FORMAT='JSON', PARTITIONS=1)"
EVIL = "CREATE STREAM evil (id VARCHAR KEY, s VARCHAR, n INT, a ARRAY<INT>) " + WITH.format("evil") + ";"
COSTLY = ["LPAD(s, 1000000000, 'x')", "RPAD('', 2147483647, s)", "REPLACE(LPAD(s, 1000000, 'a'), 'a', LPAD(s, 100000, 'b'))",
          "REGEXP_REPLACE(LPAD(s, 100000, 'a'), '(a*)*b', 'x')", "REGEXP_EXTRACT('(a+)+$', LPAD('b', 50000, 'a'))",
          "GENERATE_SERIES(0, 2147483646)", "GENERATE_SERIES(CAST(0 AS BIGINT), CAST(9223372036854775806 AS BIGINT))",
          "REDUCE(GENERATE_SERIES(0, 90000), '', (t, x) => t + LPAD('x', 1000, 'y'))",
          "TRANSFORM(GENERATE_SERIES(0, 90000), x => REDUCE(GENERATE_SERIES(0, 90000), 0, (t, y) => t + y))",
          "FILTER(GENERATE_SERIES(0, 90000), x => ARRAY_CONTAINS(GENERATE_SERIES(0, 90000), -x))",
          "ARRAY_JOIN(TRANSFORM(GENERATE_SERIES(0, 90000), x => LPAD('x', 10000, 'y')), ',')",
          "SPLIT(LPAD('', 10000000, ','), ',')", "CONCAT(LPAD('', 9000000, 'x'), LPAD('', 9000000, 'x'))",
          "INITCAP(LPAD('', 15000000, 'ab '))", "ENCODE(LPAD('', 10000000, 'x'), 'utf8', 'base64')",
          "CAST(LPAD('', 1000000, '9') AS DOUBLE)", "CAST(LPAD('', 1000000, '9') AS DECIMAL(38, 0))",
          "EXTRACTJSONFIELD(LPAD('', 1000000, '['), '$.a')", "JSON_ARRAY_LENGTH(LPAD('', 5000000, '[1,'))",
          "SUBSTRING(LPAD(s, 16000000, 'x'), -1)", "LEN(REPLACE(LPAD('', 10000000, 'aa'), 'a', 'aaaaaaaaaaaaaaaa'))"]
COSTLY_TABLE = ["EXPLODE(GENERATE_SERIES(0, 2147483646))", "EXPLODE(SPLIT(LPAD('', 3000000, ','), ','))",
                "EXPLODE(TRANSFORM(GENERATE_SERIES(0, 50000), x => LPAD('', 10000, 'x')))"]


def listed(pattern, count, between=", "):
    return between.join(pattern.replace("#", str(i)) for i in range(count))


def nested(begin, middle, end, depth):
    return begin * depth + middle + end * depth


class SqlTest(Hostile):
    def looked_at(self, text):
        """Refused, if only for the statement behind it."""
        answer = self.statement(text + NOTHING_OF_IT)
        self.assertGreaterEqual(answer.status, 400, text[:300])
        return answer

    def ask(self, sql, properties=None, seconds=3):
        """A query, and no more of its rows than come in time."""
        answer = self.server.query(sql, properties, DELIMITED, for_seconds=seconds)
        self.assertNotIn(answer.status, (500, 503), (sql[:300], answer.text()[:300]))
        return answer

    def test_wide_statements(self):
        wide = f"CREATE STREAM wide ({listed('c# INT', 4000)}) {WITH.format('wide')};"
        self.made(wide)
        for text in (f"CREATE STREAM w1 AS SELECT {listed('c#', 4000)} FROM wide;", "CREATE STREAM w2 AS SELECT * FROM wide;",
                     f"CREATE TABLE w3 AS SELECT c0, {listed('SUM(c#) AS s#', 500)} FROM wide GROUP BY c0;",
                     f"CREATE STREAM w4 AS SELECT * FROM wide WHERE {listed('c# = 1', 900, ' OR ')};",
                     f"CREATE STREAM w5 AS SELECT * FROM wide WHERE {listed('c0 = #', 20_000, ' OR ')};",
                     f"CREATE STREAM w6 AS SELECT * FROM wide WHERE c0 IN ({listed('#', 50_000)});",
                     f"CREATE STREAM w7 AS SELECT {listed('c0 + # AS x#', 2000)} FROM wide;",
                     f"CREATE STREAM w8 AS SELECT {listed('#', 20_000, ' + ')} AS x FROM wide;",
                     f"CREATE STREAM w9 AS SELECT CASE {listed('WHEN c0 = # THEN #', 5000, ' ')} END AS x FROM wide;",
                     f"CREATE STREAM w10 AS SELECT ARRAY[{listed('#', 20_000)}] AS x FROM wide;",
                     f"CREATE STREAM w11 AS SELECT CONCAT({listed('CAST(c# AS STRING)', 2000)}) AS x FROM wide;",
                     f"CREATE STREAM w12 ({listed('c# INT', 50_000)}) {WITH.format('w12')};",
                     f"CREATE STREAM w13 (r STRUCT<{listed('f# INT', 5000)}>) {WITH.format('w13')};",
                     f"INSERT INTO wide ({listed('c#', 4000)}) VALUES ({listed('#', 4000)});",
                     f"INSERT INTO wide VALUES ({listed('#', 10)});"):
            self.looked_at(text)
        self.ask(f"SELECT {listed('c#', 4000)} FROM wide EMIT CHANGES;", seconds=1)
        self.made("DROP STREAM wide DELETE TOPIC;")

    def test_deep_statements(self):
        for depth in (150, 2000, 20_000):
            for expression in (nested("(", "n", ")", depth), nested("ABS(", "n", ")", depth), nested("NOT ", "TRUE", "", depth),
                               nested("- ", "n", "", depth), nested("CAST(", "n", " AS INT)", depth), nested("ARRAY[", "n", "]", depth),
                               nested("CASE WHEN n = 1 THEN ", "n", " END", depth), nested("STRUCT(a := ", "n", ")", depth),
                               nested("TRANSFORM(ARRAY[1], x => ", "1", ")", depth), nested("MAP('a' := ", "n", ")", depth),
                               "id" + "->a" * depth, "id" + "[1]" * depth):
                self.looked_at(f"CREATE STREAM deep AS SELECT id, {expression} AS x FROM beside;")
            for kind in (nested("ARRAY<", "INT", ">", depth), nested("MAP<STRING, ", "INT", ">", depth),
                         nested("STRUCT<a ", "INT", ">", depth)):
                self.looked_at(f"CREATE STREAM deep (x {kind}) {WITH.format('deep')};")
                self.looked_at(f"CREATE TYPE deep AS {kind};")
            self.ask(f"SELECT {nested('(', 'n', ')', depth)} FROM beside EMIT CHANGES LIMIT 1;", seconds=1)

    def test_types_that_double(self):
        text = "CREATE TYPE d0 AS STRUCT<a INT, b INT>;"
        for i in range(1, 60):
            text += f"CREATE TYPE d{i} AS STRUCT<a d{i - 1}, b d{i - 1}>;"
        self.looked_at(text)

    def test_long_literals(self):
        literal = "x" * (3 * MB)
        self.statement(f"CREATE STREAM long AS SELECT id, '{literal}' AS t, n FROM beside;")
        self.statement("DROP STREAM IF EXISTS long DELETE TOPIC;")
        self.refused(f"CREATE STREAM longer AS SELECT id, '{literal}' AS t, '{literal}' AS u FROM beside;", "The command topic")
        self.refused(f"CREATE STREAM {literal} (n INT) {WITH.format('t')};")
        self.refused(f"CREATE STREAM s (n INT) {WITH.format(literal)};")
        self.refused(f"CREATE STREAM s (`{literal}` INT) WITH (NOPE='{literal}');")
        self.statement(f"INSERT INTO users (id, name) VALUES ('long', '{literal}');")
        self.looked_at(f"SET 'auto.offset.reset'='{literal}';")
        self.looked_at(f"DEFINE v = '{literal}'; CREATE STREAM s AS SELECT id, '${{v}}${{v}}${{v}}' AS t FROM beside;")
        self.looked_at("/*" + literal + "*/ SHOW STREAMS;")
        self.looked_at("SHOW STREAMS;" + ";" * (3 * MB))
        self.looked_at("SHOW STREAMS;" * 150_000)
        self.looked_at("-- " + literal + "\n;")
        self.looked_at("'" * (2 * MB) + "'")
        self.looked_at(f"CREATE STREAM s AS SELECT * FROM beside WHERE id LIKE '{'%_' * MB}';")
        self.ask(f"SELECT '{literal}' AS t FROM beside EMIT CHANGES LIMIT 2;")
        self.ask(f"SELECT * FROM latest WHERE id = '{literal}';")

    def test_numbers(self):
        digits = "9" * 100_000
        for number in (digits, "-" + digits, digits + "." + digits, "1e" + digits, "1e-" + digits, "0." + "0" * 100_000 + "1",
                       "9223372036854775808", "-9223372036854775809", "1e309", "0x7f", "1.", ".5", "1e", "--1", "1_000"):
            self.looked_at(f"CREATE STREAM num AS SELECT id, {number} AS x FROM beside;")
            self.looked_at(f"CREATE STREAM num AS SELECT id, n FROM beside WHERE n = {number};")
            self.looked_at(f"INSERT INTO beside (id, n) VALUES ('a', {number});")
            self.looked_at(f"CREATE TABLE num AS SELECT g, COUNT(*) FROM beside WINDOW TUMBLING (SIZE {number} SECONDS) GROUP BY g;")
            self.looked_at(f"CREATE STREAM num (n INT) WITH (KAFKA_TOPIC='num', VALUE_FORMAT='JSON', PARTITIONS={number});")
            self.looked_at(f"CREATE STREAM num (d DECIMAL({number}, 2)) {WITH.format('num')};")
            self.ask(f"SELECT n FROM beside LIMIT {number};", seconds=1)
            self.ask(f"SELECT * FROM counted WHERE g = 1 AND WINDOWSTART > {number};", seconds=1)

    def test_wrong_numbers_of_values(self):
        self.refused("INSERT INTO beside VALUES ('a');", "Expected a value for each column.")
        self.refused("INSERT INTO beside (id, n) VALUES ('a');", "Expected Columns: [`ID`, `N`]")

    def test_junk(self):
        marks = "\x00\x01\x7f\u00a0\u2028\u200b\ufeff\u202e\ud83d\ude00 ;'\"`$%{}\\/*-"
        for mark in marks:
            for text in (f"SHOW{mark}STREAMS;", f"SELECT {mark} FROM beside;", f"CREATE STREAM {mark} AS SELECT * FROM beside;", mark,
                         f"SELECT '{mark}' FROM beside", f"DEFINE {mark} = '{mark}';", f"SET '{mark}'='{mark}';"):
                body = json.dumps({"ksql": text + NOTHING_OF_IT}, ensure_ascii=True)
                self.answered(self.server.request("POST", "/ksql", body), text)
        for _ in range(Settings.rounds(300)):
            junk = self.random.randbytes(self.random.randint(1, 200)).decode("latin-1")
            self.statement(junk + NOTHING_OF_IT)

    def pieces(self):
        """Statements that somebody wrote: of the parser's corpus, and scripts of tests/cases up to what only a test has."""
        found = [line[1:] for line in (TESTS / "fuzz/corpus/parser_fuzz/seeds.txt").read_text(encoding="utf-8", errors="replace").split("\n")
                 if line[:1] == "0"]
        for path in sorted((TESTS / "cases").rglob("*.sql")):
            for script in re.split(r"(?m)^--@test.*$", path.read_text(encoding="utf-8"))[1:]:
                found.append(re.split(r"(?mi)^\s*(?:ASSERT|INSERT INTO \S+ (?:\([^)]*\) )?VALUES|RUN)", script)[0].strip())
        return [piece for piece in found if piece and not re.search("(?i)terminate|pause", piece)]

    def mutated(self, text, words):
        tokens = re.findall(r"\w+|\s+|.", text)
        for _ in range(self.random.randint(1, 4)):
            at, kind = self.random.randrange(len(tokens) + 1), self.random.randrange(5)
            if kind == 0:
                del tokens[at:at + self.random.randint(1, 3)]
            elif kind == 1:
                tokens.insert(at, self.random.choice(words))
            elif kind == 2 and at < len(tokens):
                tokens[at] = self.random.choice(words)
            elif kind == 3:
                tokens[at:at] = tokens[self.random.randrange(len(tokens) + 1):][:self.random.randint(1, 20)]
            elif at < len(tokens):
                tokens[at:at + 1] = [tokens[at]] * self.random.randint(2, 50)
        return "".join(tokens)

    def test_statements_of_others_changed(self):
        pieces = self.pieces()
        self.assertGreater(len(pieces), 300)
        words = sorted({word for piece in pieces for word in re.findall(r"\w+|\S", piece)})
        for piece in self.random.sample(pieces, Settings.rounds(len(pieces))):
            text = self.mutated(piece, words)
            if re.search("(?i)terminate|pause", text):
                continue
            self.statement(text + NOTHING_OF_IT)
            if text.lstrip()[:6].upper() == "SELECT":
                self.ask(text, seconds=0.2)

    def test_loops(self):
        loop = f"CREATE STREAM a1 (n INT) {WITH.format('a1')}; CREATE STREAM a2 AS SELECT * FROM a1;"
        self.refused(loop + "INSERT INTO a1 SELECT * FROM a2;", "read what it writes")
        self.refused(loop + "INSERT INTO a1 SELECT * FROM a1;", "read what it writes")

    def test_rows_that_take_memory_or_time(self):
        """Each expression in a query of its own; behind the rows that ask for too much a good one still comes."""
        self.made(EVIL)
        tables = [f"CREATE STREAM e{i} AS SELECT id, CASE WHEN n > 0 THEN CAST({each} AS STRING) ELSE 'good' END AS x FROM evil;"
                  for i, each in enumerate(COSTLY)]
        streams = [f"CREATE STREAM f{i} AS SELECT id, {each} AS x FROM evil WHERE n > 0;" for i, each in enumerate(COSTLY_TABLE)]
        for text in tables[::5 if Settings.small else 1] + streams:
            answer = self.statement(text)
            if answer.status != 200:  # It does not fit the function's types: not what is tried here.
                self.assertNotIn("Unknown", answer.json()["message"])
                continue
            name = text.split()[2]
            self.produce("evil", [json.dumps({"s": "aab", "n": 1, "a": [1, 2]})] * 3 + [json.dumps({"s": "good", "n": 0})], ["k"])
            if name[0] == "e":
                answer = self.server.query(f"SELECT id FROM {name} WHERE x = 'good' EMIT CHANGES LIMIT 1;",
                                           {"auto.offset.reset": "earliest"}, DELIMITED, for_seconds=60)
                self.assertIn('["k"]', answer.text(), text)
            self.made(f"DROP STREAM {name} DELETE TOPIC;")
        answer = self.statement("CREATE STREAM asks AS SELECT id, LEN(LPAD(s, 60000000, 'x')) AS x FROM evil;",
                                {"millrace.row.bytes.max": str(1 << 40)})  # Of the budget a row has its part, whoever asks for more.
        self.assertEqual(answer.status, 200)
        self.produce("evil", [json.dumps({"s": "aab", "n": 1})] * 5, ["k"])
        answer = self.server.query("SELECT x FROM asks EMIT CHANGES LIMIT 1;", {"auto.offset.reset": "earliest"}, DELIMITED, for_seconds=10)
        self.assertIn("[null]", answer.text())
        self.made("DROP STREAM asks DELETE TOPIC;")
        for each in COSTLY[::5 if Settings.small else 2]:
            self.ask(f"SELECT {each} AS x FROM evil LIMIT 1;", seconds=2)
            self.ask(f"SELECT id, {each} AS x FROM latest;", seconds=2)
            self.statement(f"INSERT INTO evil (id, s) VALUES ('x', CAST({each} AS STRING));".replace("(s,", "('s',"))
        self.made("DROP STREAM evil DELETE TOPIC;")

    def test_wide_statements_at_once(self):
        text = f"CREATE STREAM many AS SELECT id, {listed('n + # AS x#', 800)} FROM beside WHERE n IN ({listed('#', 5000)});" + NOTHING_OF_IT

        def ask():
            for _ in range(Settings.rounds(5)):
                self.assertLess(self.server.ksql(text).status, 500)
        side_by_side([ask] * 8)


if __name__ == "__main__":
    main()
