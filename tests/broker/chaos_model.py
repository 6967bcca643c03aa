"""Sixty-five queries of thirteen kinds over a few topics, and what each of them has to have written.

The truth is made from the records of the source topics alone, by the definitions and slowly; nothing of the product
is used. A kind is the statement of its I-th query and a judge that gives "" or what is wrong.
"""
import collections
import json

VARIANTS = 5
KEYS, GROUPS, PRODUCTS = 200, 97, 40
SESSION_GAP, TUMBLE, HOP, ADVANCE, FINAL_GRACE = 1_000, 10_000, 20_000, 10_000, 5_000
DAY = 86_400_000

SOURCES = """
CREATE STREAM events (k VARCHAR KEY, id BIGINT, v INT, g VARCHAR) WITH (KAFKA_TOPIC='chaos_events', KEY_FORMAT='KAFKA', VALUE_FORMAT='JSON', PARTITIONS=4);
CREATE STREAM orders (k VARCHAR KEY, oid BIGINT, eid BIGINT) WITH (KAFKA_TOPIC='chaos_orders', VALUE_FORMAT='JSON', PARTITIONS=4);
CREATE TABLE users (k VARCHAR PRIMARY KEY, name VARCHAR) WITH (KAFKA_TOPIC='chaos_users', VALUE_FORMAT='JSON', PARTITIONS=4);
CREATE TABLE prices (p VARCHAR PRIMARY KEY, price BIGINT) WITH (KAFKA_TOPIC='chaos_prices', VALUE_FORMAT='JSON', PARTITIONS=4);
CREATE TABLE accounts (a VARCHAR PRIMARY KEY, p VARCHAR) WITH (KAFKA_TOPIC='chaos_accounts', VALUE_FORMAT='JSON', PARTITIONS=4);
"""
TOPICS = ["chaos_events", "chaos_orders", "chaos_users", "chaos_prices", "chaos_accounts"]

Record = collections.namedtuple("Record", "partition time key value")


class Inputs:
    """What stands in the source topics."""

    def __init__(self, records_of):
        self.events = records_of("chaos_events")
        self.orders = records_of("chaos_orders")
        self.users = last_values(records_of("chaos_users"))
        self.prices = last_values(records_of("chaos_prices"))
        self.accounts = last_values(records_of("chaos_accounts"))
        self.ids = {event.value["id"] for event in self.events}

    def mine(self, variant):
        return [event for event in self.events if event.value["v"] % VARIANTS == variant]


def last_values(records):
    last = {}
    for record in records:
        last[record.key] = record.value
    return {key: value for key, value in last.items() if value is not None}


def differences(expected, found):
    """Of two multisets of rows, in words; "" when they are equal."""
    expected, found = collections.Counter(expected), collections.Counter(found)
    lost, more = expected - found, found - expected
    if not lost and not more:
        return ""
    return (f"{sum(lost.values())} missing, {sum(more.values())} too many of {sum(expected.values())}; "
            f"missing {list(lost)[:3]}, too many {list(more)[:3]}")


def rows(records, *names):
    return [tuple(record.value[name] for name in names) for record in records]


def table(records, *names):
    return [tuple(value[name] for name in names) for value in last_values(records).values()]


def windows(events, size, advance):
    counts = collections.Counter()
    for event in events:
        start = event.time - event.time % advance
        while start > event.time - size:
            if start >= 0:
                counts[event.key, start] += 1
            start -= advance
    return [(key, start, count) for (key, start), count in counts.items()]


def sessions(events):
    times = collections.defaultdict(list)
    for event in events:
        times[event.key].append(event.time)
    for key, moments in times.items():
        moments.sort()
        start, last, count = moments[0], moments[0], 0
        for moment in moments:
            if moment - last > SESSION_GAP:
                yield key, start, last, count
                start, count = moment, 0
            last, count = moment, count + 1
        yield key, start, last, count


def closed(events):
    """Windows that EMIT FINAL has given: their grace is over by the time of their partition."""
    newest = collections.defaultdict(int)
    for event in events:
        newest[event.partition] = max(newest[event.partition], event.time)
    partition = {event.key: event.partition for event in events}
    return [row for row in windows(events, TUMBLE, TUMBLE) if row[1] + TUMBLE + FINAL_GRACE <= newest[partition[row[0]]]]


def groups(events, group):
    sums = collections.defaultdict(lambda: [0, 0])
    for event in events:
        sums[group(event)][0] += 1
        sums[group(event)][1] += event.value["v"]
    return [(key, count, total) for key, (count, total) in sums.items()]


def priced(inputs, variant):
    return [(account, value["p"], inputs.prices[value["p"]]["price"]) for account, value in inputs.accounts.items()
            if value["p"] in inputs.prices and inputs.prices[value["p"]]["price"] % VARIANTS == variant]


def named_counts(inputs, variant):
    return [(key, inputs.users[key]["name"], count)
            for key, count, _ in groups(inputs.mine(variant), lambda event: event.key) if key in inputs.users]


# Name: (statement, rows as they must be, rows as they are). {i}: which of its kind.
KINDS = {
    "FILTERED": (
        "CREATE STREAM filtered_{i} AS SELECT k, id, v FROM events WHERE v % 5 = {i} EMIT CHANGES;",
        lambda inputs, i: [(event.value["id"], event.value["v"]) for event in inputs.mine(i)],
        lambda records: rows(records, "ID", "V")),
    "COPIED": (
        "CREATE STREAM copied_{i} AS SELECT k, id FROM filtered_{i} EMIT CHANGES;",
        lambda inputs, i: [(event.value["id"],) for event in inputs.mine(i)],
        lambda records: rows(records, "ID")),
    "REKEYED": (
        "CREATE STREAM rekeyed_{i} AS SELECT g, id FROM events WHERE v % 5 = {i} PARTITION BY g EMIT CHANGES;",
        lambda inputs, i: [(event.value["g"], event.value["id"]) for event in inputs.mine(i)],
        lambda records: [(record.key, record.value["ID"]) for record in records]),
    "ENRICHED": (
        "CREATE STREAM enriched_{i} AS SELECT e.k AS k, id, name FROM events e LEFT JOIN users u ON e.k = u.k"
        " WHERE v % 5 = {i} EMIT CHANGES;",
        lambda inputs, i: [(event.value["id"], inputs.users.get(event.key, {}).get("name")) for event in inputs.mine(i)],
        lambda records: rows(records, "ID", "NAME")),
    "PAIRED": (
        "CREATE STREAM paired_{i} AS SELECT e.id AS id, AS_VALUE(e.id) AS eid, oid FROM events e JOIN orders o"
        " WITHIN 1 HOUR GRACE PERIOD 1 DAY ON e.id = o.eid WHERE oid % 5 = {i} EMIT CHANGES;",
        lambda inputs, i: [(order.value["eid"], order.value["oid"]) for order in inputs.orders
                           if order.value["oid"] % VARIANTS == i and order.value["eid"] in inputs.ids],
        lambda records: rows(records, "EID", "OID")),
    "COUNTED": (
        "CREATE TABLE counted_{i} AS SELECT k, AS_VALUE(k) AS kk, COUNT(*) AS n, SUM(v) AS s FROM events"
        " WHERE v % 5 = {i} GROUP BY k EMIT CHANGES;",
        lambda inputs, i: groups(inputs.mine(i), lambda event: event.key),
        lambda records: table(records, "KK", "N", "S")),
    "GROUPED": (
        "CREATE TABLE grouped_{i} AS SELECT g, AS_VALUE(g) AS gg, COUNT(*) AS n, SUM(v) AS s FROM events"
        " WHERE v % 5 = {i} GROUP BY g EMIT CHANGES;",
        lambda inputs, i: groups(inputs.mine(i), lambda event: event.value["g"]),
        lambda records: table(records, "GG", "N", "S")),
    "TUMBLED": (
        "CREATE TABLE tumbled_{i} AS SELECT k, AS_VALUE(k) AS kk, WINDOWSTART AS ws, COUNT(*) AS n FROM events"
        " WINDOW TUMBLING (SIZE 10 SECONDS) WHERE v % 5 = {i} GROUP BY k EMIT CHANGES;",
        lambda inputs, i: windows(inputs.mine(i), TUMBLE, TUMBLE),
        lambda records: table(records, "KK", "WS", "N")),
    "HOPPED": (
        "CREATE TABLE hopped_{i} AS SELECT k, AS_VALUE(k) AS kk, WINDOWSTART AS ws, COUNT(*) AS n FROM events"
        " WINDOW HOPPING (SIZE 20 SECONDS, ADVANCE BY 10 SECONDS) WHERE v % 5 = {i} GROUP BY k EMIT CHANGES;",
        lambda inputs, i: windows(inputs.mine(i), HOP, ADVANCE),
        lambda records: table(records, "KK", "WS", "N")),
    "VISITED": (
        "CREATE TABLE visited_{i} AS SELECT k, AS_VALUE(k) AS kk, WINDOWSTART AS ws, WINDOWEND AS we, COUNT(*) AS n"
        " FROM events WINDOW SESSION (1 SECONDS) WHERE v % 5 = {i} GROUP BY k EMIT CHANGES;",
        lambda inputs, i: sessions(inputs.mine(i)),
        lambda records: table(records, "KK", "WS", "WE", "N")),
    "PRICED": (
        "CREATE TABLE priced_{i} AS SELECT a, AS_VALUE(a) AS aa, prices.p AS p, price FROM accounts JOIN prices"
        " ON accounts.p = prices.p WHERE price % 5 = {i} EMIT CHANGES;",
        priced,
        lambda records: table(records, "AA", "P", "PRICE")),
    "NAMED": (
        "CREATE TABLE named_{i} AS SELECT c.k AS k, kk, name, n FROM counted_{i} c JOIN users u ON c.k = u.k EMIT CHANGES;",
        named_counts,
        lambda records: table(records, "KK", "NAME", "N")),
    "FINAL": (
        "CREATE TABLE final_{i} AS SELECT k, AS_VALUE(k) AS kk, WINDOWSTART AS ws, COUNT(*) AS n FROM events"
        " WINDOW TUMBLING (SIZE 10 SECONDS, RETENTION 1 HOUR, GRACE PERIOD 5 SECONDS) WHERE v % 5 = {i} GROUP BY k EMIT FINAL;",
        lambda inputs, i: closed(inputs.mine(i)),
        lambda records: rows(records, "KK", "WS", "N")),
}


def results():
    """(kind, variant, topic) of every query."""
    return [(kind, i, f"{kind}_{i}") for kind in KINDS for i in range(VARIANTS)]


def statements():
    return SOURCES + "\n".join(statement.format(i=i) for statement, _, _ in KINDS.values() for i in range(VARIANTS))


def records_from(dump):
    return [Record(partition, time, key, None if value is None else json.loads(value))
            for partition, time, key, value in dump]


def judge(inputs, kind, variant, records):
    """"" or what is wrong with the records of one query's topic."""
    _, expected, found = KINDS[kind]
    return differences(expected(inputs, variant), found(records))
