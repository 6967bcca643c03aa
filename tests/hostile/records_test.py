#!/usr/bin/env python3
"""Records that nobody's schema fits, and values that functions make much of. Topics in memory: no broker.

    records_test.py MILLRACE [--small]
"""
import json

from beside import DELIMITED, Hostile, Settings, main, rows, wait_until

COLUMNS = ("i INT, l BIGINT, d DOUBLE, p DECIMAL(9,3), b BOOLEAN, s VARCHAR, da DATE, ti TIME, ts TIMESTAMP, y BYTES, a ARRAY<INT>, "
           "m MAP<VARCHAR, INT>, r STRUCT<f INT, g VARCHAR, h ARRAY<DOUBLE>>")
NAMES = ("I", "L", "D", "P", "B", "S", "DA", "TI", "TS", "Y", "A", "M", "R")
EARLIEST = {"auto.offset.reset": "earliest"}
SKIP = {"ksql.fail.on.production.error": "false"}  # What is too large for a topic between tasks ends no query.
LONG_MAX, LONG_MIN = 2**63 - 1, -2**63
LARGE = 1_045_000  # A topic takes a record of 1 MB with all that belongs to it.
VALUES = ["null", "true", "0", "-0", "1e400", "-1e400", "1e-400", "NaN", "Infinity", '"NaN"', '"-Infinity"', '"1d"', '" 1 "', '"0x1p3"', '""',
          "9223372036854775808", "-9223372036854775809", "18446744073709551616", "1.7976931348623157e309", "99999999999999999999.999",
          "2147483648", "86400000", "-1", "1.5", "[]", "{}", "[[[]]]", '{"a":{"b":[]}}', '"\\u0000"', '"\\ud800"', '"\\udc00\\ud800"',
          '["1",2,null,3.9,{}]', '{"F":{"F":1}}', '{"h":["NaN",1e999,[]]}', '{"":1,"a":"x"}', '{"null":null}', '"2021-02-30"', '"99:99"',
          '"AQI"', '"\\uffff"']
TEXTS = ["", " ", "null", "nul", "{", "}", "[", "[]", "1", '"x"', "{}{}", "{]", '{"I":}', '{"I":1', '{"I" 1}', '{,}', '{"I":1,}', '{"I":01}',
         '{"I":1}garbage', "\x00", "{}\x00", "\ufeff{}", '{"\\u0049":1}', '{"I":1,"I":2,"i":3}', "'I':1", "<xml/>", "true", "-", '{"S":"',
         '{"S":"\\', '{"S":"\\u12', "\x7f" * 100]


class RecordsTest(Hostile):
    def check_goes_on(self, topic, good, *queries):
        """Behind all that a good row comes out of each: (query, a text in the row)."""
        self.produce(topic, [good], ['"goodkey"' if topic == "vjk" else "goodkey"])
        for sql, text in queries:
            answer = self.server.query(sql, EARLIEST, DELIMITED, for_seconds=60)
            self.assertIn(text, answer.text(), (topic, sql))

    def drop(self, *names):
        for name in names:
            self.made(f"DROP {name} DELETE TOPIC;")

    def test_json(self):
        self.made(f"CREATE STREAM vj (k VARCHAR KEY, {COLUMNS}) WITH (KAFKA_TOPIC='vj', VALUE_FORMAT='JSON', PARTITIONS=1);"
                  "CREATE STREAM vj_all AS SELECT * FROM vj; CREATE TABLE vj_counts AS SELECT s, COUNT(*) AS c, MAX(l) AS l FROM vj GROUP BY s;"
                  "CREATE STREAM vj_by AS SELECT * FROM vj PARTITION BY i;", {**EARLIEST, **SKIP})
        lines = TEXTS + [json.dumps({"I": 1})[:-1] + f',"{name}":{value}}}' for name in NAMES for value in VALUES]
        lines += ["[" * 100_000, '{"R":' * 50_000, '{"A":' + "[" * 2000 + "]" * 2000 + "}", '{"I":' + "9" * LARGE + "}", '{"D":0.' + "1" * LARGE + "}",
                  '{"P":' + "1" * LARGE + "}", '{"L":1e' + "9" * 100_000 + "}", '{"S":"' + "x" * LARGE + '"}', '{"A":[' + "1," * 300_000 + "1]}",
                  "{" + ",".join(f'"x{i}":{i}' for i in range(50_000)) + "}", '{"M":{' + ",".join(f'"x{i}":{i}' for i in range(50_000)) + "}}",
                  '{"M":{' + '"a":1,' * 50_000 + '"a":2}}', '{"S":"' + "\\u0000" * 100_000 + '"}', '{"Y":"' + "A" * LARGE + '"}',
                  '{"' + "n" * LARGE + '":1}']
        for _ in range(Settings.rounds(400)):
            whole = bytearray(b'{"I":1,"L":2,"D":3.5,"P":4.125,"B":true,"S":"x","A":[1,null],"M":{"k":1},"R":{"F":1,"H":[1.5]}}')
            for _ in range(self.random.randint(1, 5)):
                whole[self.random.randrange(len(whole))] = self.random.randrange(128)
            lines.append(whole.decode())
        self.produce("vj", lines, ["k", None, "", "x" * 1000])
        self.produce("vj", [None] * 50, [None, "", "k"])
        self.check_goes_on("vj", '{"I":77,"S":"goodtext","L":7}', ("SELECT k, s FROM vj_all WHERE s = 'goodtext' EMIT CHANGES LIMIT 1;", "goodtext"),
                           ("SELECT s, c FROM vj_counts WHERE s = 'goodtext' EMIT CHANGES LIMIT 1;", "goodtext"),
                           ("SELECT i, s FROM vj_by WHERE s = 'goodtext' EMIT CHANGES LIMIT 1;", "[77"))
        self.drop("STREAM vj_all", "TABLE vj_counts", "STREAM vj_by", "STREAM vj")

    def test_delimited(self):
        self.made("CREATE STREAM vd (k VARCHAR KEY, i INT, l BIGINT, d DOUBLE, p DECIMAL(9,3), b BOOLEAN, s VARCHAR, da DATE, ti TIME, ts TIMESTAMP, "
                  "y BYTES) WITH (KAFKA_TOPIC='vd', VALUE_FORMAT='DELIMITED', PARTITIONS=1); CREATE STREAM vd_all AS SELECT * FROM vd;", EARLIEST)
        lines = TEXTS + ["," * n for n in (1, 8, 9, 10, 100, 100_000)] + [",".join([value.replace(",", "")] * 10) for value in VALUES]
        lines += ['"', '""', '"""', '"a', 'a"b,c"d', '"a""b","c\n\nd",,,,,,,,', "1," + '"' * 100_000, "1\r\n2\r\n", "\n" * 1000, "x" * LARGE, "9" * LARGE + ",1"]
        self.produce("vd", lines, ["k", None])
        self.check_goes_on("vd", "77,1,1.5,1,true,goodtext,1,1,1,AQID", ("SELECT s FROM vd_all WHERE s = 'goodtext' EMIT CHANGES LIMIT 1;", "goodtext"))
        self.drop("STREAM vd_all", "STREAM vd")

    def test_keys(self):
        self.made("CREATE STREAM vk (k INT KEY, v VARCHAR) WITH (KAFKA_TOPIC='vk', KEY_FORMAT='KAFKA', VALUE_FORMAT='KAFKA', PARTITIONS=1);"
                  "CREATE STREAM vk_all AS SELECT * FROM vk;"
                  "CREATE STREAM vjk (k STRUCT<a INT, b VARCHAR> KEY, v VARCHAR) WITH (KAFKA_TOPIC='vjk', KEY_FORMAT='JSON', VALUE_FORMAT='JSON', "
                  "PARTITIONS=1); CREATE STREAM vjk_all AS SELECT * FROM vjk;"
                  "CREATE TABLE vt (k BIGINT PRIMARY KEY, v VARCHAR) WITH (KAFKA_TOPIC='vt', VALUE_FORMAT='JSON', PARTITIONS=1);"
                  "CREATE TABLE vt_all AS SELECT * FROM vt;", EARLIEST)
        keys = [None, "", "a", "abcd", "abcde", "\x00\x00\x00\x01", "abcdefgh", "\x00" * 8, "\x7f" * 9, "x" * LARGE] + TEXTS + VALUES + ["[" * 50_000]
        for topic in ("vk", "vjk", "vt"):
            self.produce(topic, ['{"V":"x"}', None, "junk"] * len(keys), keys)
        self.produce("vk", ["goodtext"], ["\x00\x00\x00\x01"])
        self.produce("vjk", ['{"V":"goodtext"}'], ['{"A":1,"B":"x"}'])
        self.produce("vt", ['{"V":"goodtext"}'], ["\x00" * 7 + "\x01"])
        for name in ("vk_all", "vjk_all", "vt_all"):
            answer = self.server.query(f"SELECT v FROM {name} WHERE v = 'goodtext' EMIT CHANGES LIMIT 1;", EARLIEST, DELIMITED, for_seconds=60)
            self.assertIn("goodtext", answer.text(), name)
        self.drop("STREAM vk_all", "STREAM vk", "STREAM vjk_all", "STREAM vjk", "TABLE vt_all", "TABLE vt")

    def test_timestamps(self):
        self.made("CREATE STREAM vw (k VARCHAR KEY, v INT) WITH (KAFKA_TOPIC='vw', VALUE_FORMAT='JSON', PARTITIONS=1);"
                  "CREATE STREAM vx (k VARCHAR KEY, v INT, moment BIGINT) WITH (KAFKA_TOPIC='vx', VALUE_FORMAT='JSON', PARTITIONS=1, TIMESTAMP='moment');"
                  "CREATE TABLE vw_tumbling AS SELECT k, COUNT(*) AS c FROM vw WINDOW TUMBLING (SIZE 1 SECOND) GROUP BY k;"
                  "CREATE TABLE vw_hopping AS SELECT k, COUNT(*) AS c FROM vw WINDOW HOPPING (SIZE 1 HOUR, ADVANCE BY 1 MINUTE) GROUP BY k;"
                  "CREATE TABLE vw_session AS SELECT k, COUNT(*) AS c FROM vw WINDOW SESSION (1 HOUR) GROUP BY k;"
                  "CREATE TABLE vw_final AS SELECT k, COUNT(*) AS c FROM vw WINDOW TUMBLING (SIZE 1 SECOND, GRACE PERIOD 0 SECONDS) GROUP BY k EMIT FINAL;"
                  "CREATE STREAM vw_joined AS SELECT a.k, a.v FROM vw a JOIN vx b WITHIN 1 HOUR ON a.k = b.k;"
                  "CREATE STREAM vw_text AS SELECT k, v, FORMAT_TIMESTAMP(FROM_UNIXTIME(ROWTIME), 'yyyy-MM-dd') AS t FROM vw;", EARLIEST)
        moments = [0, 1, -1, 1_700_000_000_000, LONG_MAX, LONG_MIN, LONG_MAX - 1, LONG_MIN + 1, LONG_MAX // 2, 253402300800000, -62135596800001,
                   2**31, 2**53, LONG_MAX - 3_600_000, LONG_MIN + 3_600_000]
        for moment in moments:
            for topic in ("vw", "vx"):
                answer = self.server.request("POST", "/millrace/produce", json.dumps(
                    {"topic": topic, "key": "k", "value": json.dumps({"v": 1, "moment": moment}), "timestamp": moment}))
                self.assertIn(answer.status, (200, 400), (moment, answer.text()))
        self.produce("vx", [json.dumps({"v": 1, "moment": at}) for at in ("x", None, 1.5, [], 2**64, "1")], ["k"])
        self.produce("vw", ['{"v":78}'], ["goodkey"], [LONG_MAX // 2])
        answer = self.server.query("SELECT k, v FROM vw_text WHERE v = 78 EMIT CHANGES LIMIT 1;", EARLIEST, DELIMITED, for_seconds=60)
        self.assertIn("goodkey", answer.text())
        for name in ("vw_tumbling", "vw_hopping", "vw_session"):
            for sql in (f"SELECT * FROM {name};", f"SELECT * FROM {name} WHERE k = 'k' AND WINDOWSTART >= {LONG_MIN + 1} AND WINDOWEND <= {LONG_MAX};"):
                answer = self.server.query(sql, None, DELIMITED)
                self.assertEqual(answer.status, 200, (sql, answer.text()))
        self.drop("STREAM vw_joined", "STREAM vw_text", "TABLE vw_tumbling", "TABLE vw_hopping", "TABLE vw_session", "TABLE vw_final",
                  "STREAM vw", "STREAM vx")

    def test_keys_that_are_null(self):
        self.made("CREATE STREAM vn (a VARCHAR KEY, b INT, c VARCHAR) WITH (KAFKA_TOPIC='vn', VALUE_FORMAT='JSON', PARTITIONS=2);"
                  "CREATE STREAM vn_by WITH (KEY_FORMAT='JSON') AS SELECT * FROM vn PARTITION BY b, c;"
                  "CREATE TABLE vn_counts WITH (KEY_FORMAT='JSON') AS SELECT b, c, COUNT(*) AS n FROM vn GROUP BY b, c;"
                  "CREATE STREAM vn_joined AS SELECT vn.c AS c, vn.a AS a, u.name FROM vn LEFT JOIN users u ON vn.c = u.id;", EARLIEST)
        self.produce("vn", [None, "{}", '{"b":null,"c":null}', '{"b":1}', '{"c":"k1"}'] * Settings.rounds(400), [None, "", "k1"])
        self.produce("vn", ['{"b":77,"c":"goodtext"}'], ["k"])
        wait_until("the counts", lambda: [77, "goodtext", 1] in rows(self.server, "SELECT b, c, n FROM vn_counts;"), 60)
        answer = self.server.query("SELECT b FROM vn_by WHERE c = 'goodtext' EMIT CHANGES LIMIT 1;", EARLIEST, DELIMITED, for_seconds=60)
        self.assertIn("77", answer.text())
        self.drop("STREAM vn_by", "TABLE vn_counts", "STREAM vn_joined", "STREAM vn")

    def test_texts_for_functions(self):
        calls = ["REGEXP_EXTRACT(s, s)", "REGEXP_REPLACE(s, s, s)", "REGEXP_SPLIT_TO_ARRAY(s, s)", "LPAD(s, n, s)", "RPAD(s, n, s)", "REPLACE(s, 'a', s)",
                 "SPLIT(s, 'a')", "SUBSTRING(s, n, n)", "INSTR(s, s, n)", "PARSE_TIMESTAMP(s, s)", "FORMAT_DATE(FROM_DAYS(n), s)",
                 "EXTRACTJSONFIELD(s, s)", "JSON_KEYS(s)", "CAST(s AS DECIMAL(38, 10))", "CAST(s AS BYTES)", "URL_DECODE_PARAM(s)", "ENCODE(s, 'hex', 'utf8')",
                 "TRANSFORM(GENERATE_SERIES(0, n), x => CONCAT(s, s))", "REDUCE(SPLIT(s, 'a'), s, (t, x) => t + x)", "SPLIT_TO_MAP(s, 'a', 'b')",
                 "TOPKDISTINCT(s, 3)", "LEVENSHTEIN(s, s)", "SOUNDEX(s)"]
        self.made("CREATE STREAM vf (k VARCHAR KEY, s VARCHAR, n INT) WITH (KAFKA_TOPIC='vf', VALUE_FORMAT='JSON', PARTITIONS=1);", EARLIEST)
        made = []
        for i, call in enumerate(calls):
            answer = self.statement(f"CREATE STREAM vf{i} AS SELECT k, n, {call} AS x FROM vf;", EARLIEST)
            made += [f"vf{i}"] if answer.status == 200 else []
        self.assertGreater(len(made), 12)
        self.made("CREATE STREAM vf_rows AS SELECT k, EXPLODE(GENERATE_SERIES(0, n)) AS e FROM vf;"
                  "CREATE TABLE vf_lists AS SELECT k, COLLECT_LIST(SUBSTRING(s, 1, 999)) AS l, COLLECT_SET(n) AS t, HISTOGRAM(SUBSTRING(s, 1, 9)) AS h FROM vf GROUP BY k;", EARLIEST)
        texts = ["a" * 200_000, "(a+)+$", "(" * 20_000, "[" * 20_000, "a{1000}{1000}", "(?:" * 5000, "\\", "$", "\ud83d\ude00" * 1000, "%" * 10_000, ".*" * 5000,
                 "\x00", "yyyy" * 3000, "''''", "[[[[", '{"a":' * 20_000, "$..*", "a,b=" * 50_000, "(a|b)*c" * 300]
        values = [json.dumps({"s": text, "n": n}) for text in texts for n in (0, 2_147_483_647, -2_147_483_648)[:1 if Settings.small else 3]]
        self.produce("vf", values, ["k1", "k2", None])
        self.produce("vf", ['{"s":"goodtext","n":78}'], ["goodkey"])
        for name in made:
            answer = self.server.query(f"SELECT k FROM {name} WHERE n = 78 EMIT CHANGES LIMIT 1;", EARLIEST, DELIMITED, for_seconds=100)
            self.assertIn("goodkey", answer.text(), name)
        wait_until("the lists", lambda: rows(self.server, "SELECT k, l FROM vf_lists WHERE k = 'goodkey';") == [["goodkey", ["goodtext"]]], 60)
        self.drop(*(f"STREAM {name}" for name in made), "STREAM vf_rows", "TABLE vf_lists", "STREAM vf")


if __name__ == "__main__":
    main()
