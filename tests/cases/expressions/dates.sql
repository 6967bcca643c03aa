-- Functions of times, in expressions: units, NULL, and DATE, TIME and TIMESTAMP kept apart.
--@test: adding and taking away
CREATE STREAM s (id INT KEY, d DATE, t TIME, ts TIMESTAMP, n INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, DATEADD(DAYS, n, d) AS da, DATESUB(DAYS, 1, d) AS ds, TIMEADD(MINUTES, n, t) AS ta, TIMESUB(HOURS, 1, t) AS tsu, TIMESTAMPADD(SECONDS, n, ts) AS tsa, TIMESTAMPSUB(DAY, 1, ts) AS tss FROM s;
ASSERT STREAM o (id INT KEY, da DATE, ds DATE, ta TIME, tsu TIME, tsa TIMESTAMP, tss TIMESTAMP) WITH (KAFKA_TOPIC='O', VALUE_FORMAT='JSON');
INSERT INTO s (id, d, t, ts, n) VALUES (1, '2020-02-28', '23:59', '2020-02-29T00:00:00', 2);
INSERT INTO s (id, n) VALUES (2, 2);
ASSERT VALUES o (id, da, ds, ta, tsu, tsa, tss) VALUES (1, '2020-03-01', '2020-02-27', '00:01', '22:59', '2020-02-29T00:00:02', '2020-02-28T00:00:00');
ASSERT VALUES o (id, da, ds, ta, tsu, tsa, tss) VALUES (2, NULL, NULL, NULL, NULL, NULL, NULL);

--@test: text and numbers of times
CREATE STREAM s (id INT KEY, ts TIMESTAMP, d DATE) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, FORMAT_TIMESTAMP(ts, 'yyyy/MM/dd HH:mm') AS f, FORMAT_DATE(d, 'dd.MM.yy') AS fd, UNIX_TIMESTAMP(ts) AS u, FROM_UNIXTIME(1000) AS b, UNIX_DATE(d) AS ud, FROM_DAYS(1) AS fdays FROM s;
INSERT INTO s (id, ts, d) VALUES (1, '2020-02-29T12:34:56', '1970-01-11');
ASSERT VALUES o (id, f, fd, u, b, ud, fdays) VALUES (1, '2020/02/29 12:34', '11.01.70', 1582979696000, '1970-01-01T00:00:01', 10, '1970-01-02');
