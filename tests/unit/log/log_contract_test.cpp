#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>
#include <future>
#include <thread>

#include "tests/unit/log/log_backends.h"

using namespace millrace;
using namespace millrace::test;

TEST_CASE("a record comes back as it was written", "[log]") {
    for (const Backend& backend : backends()) {
        DYNAMIC_SECTION(backend.name) {
            auto log = backend.open();
            const std::string topic = make_topic(*log, "round-trip");
            auto writer = log->writer({});
            const std::vector<Header> headers{
                {"trace", "abc"}, {"empty", ""}, {"none", std::nullopt}};
            ProducedRecord record;
            record.topic = topic;
            record.key = "k";
            record.value = ByteView("v\0w", 3);
            record.timestamp_ms = 1700000000123;
            record.headers = headers;
            REQUIRE(writer->write(record).is_ok());
            record.key = std::nullopt;
            record.value = "";
            record.headers = {};
            REQUIRE(writer->write(record).is_ok());
            record.key = "";
            record.value = std::nullopt;
            REQUIRE(writer->write(record).is_ok());
            REQUIRE(writer->flush(10000).is_ok());

            auto reader = log->reader({});
            const TopicPartition partition{topic, 0};
            REQUIRE(reader->assign({{partition, kOffsetEarliest}}).is_ok());
            auto seen = read_records(*reader, partition, 3);
            REQUIRE(seen.size() == 3);
            CHECK(seen[0].offset == 0);
            CHECK(seen[0].timestamp_ms == 1700000000123);
            CHECK(seen[0].key == "k");
            CHECK(seen[0].value == std::string("v\0w", 3));
            CHECK(seen[0].headers == headers);
            CHECK(seen[1].key == std::nullopt);
            CHECK(seen[1].value == "");
            CHECK(seen[1].headers.empty());
            CHECK(seen[2].offset == 2);
            CHECK(seen[2].key == "");
            CHECK(seen[2].value == std::nullopt);
            CHECK(reader->position(partition) == 3);
        }
    }
}

TEST_CASE("a key decides the partition as Java's producer does", "[log]") {
    for (const Backend& backend : backends()) {
        DYNAMIC_SECTION(backend.name) {
            auto log = backend.open();
            const std::string topic = make_topic(*log, "partitions", 4);
            auto writer = log->writer({});
            std::map<int32_t, std::vector<std::string>> expected;
            for (int i = 0; i < 40; ++i) {
                std::string key = "key" + std::to_string(i);
                ProducedRecord record;
                record.topic = topic;
                record.key = key;
                record.value = key;
                REQUIRE(writer->write(record).is_ok());
                expected[partition_for_key(key, 4)].push_back(key);
            }
            REQUIRE(writer->flush(10000).is_ok());
            for (int32_t i = 0; i < 4; ++i) {
                CHECK(committed_values(*log, {topic, i}) == expected[i]);
            }
        }
    }
}

TEST_CASE("records without a key go somewhere, once", "[log]") {
    for (const Backend& backend : backends()) {
        DYNAMIC_SECTION(backend.name) {
            auto log = backend.open();
            const std::string topic = make_topic(*log, "keyless", 3);
            auto writer = log->writer({});
            for (int i = 0; i < 30; ++i) REQUIRE(write_text(*writer, topic, -1, "x").is_ok());
            REQUIRE(writer->flush(10000).is_ok());
            size_t total = 0;
            for (int32_t i = 0; i < 3; ++i) total += committed_values(*log, {topic, i}).size();
            CHECK(total == 30);
        }
    }
}

TEST_CASE("a reader starts where it is told", "[log]") {
    for (const Backend& backend : backends()) {
        DYNAMIC_SECTION(backend.name) {
            auto log = backend.open();
            const std::string topic = make_topic(*log, "starts");
            const TopicPartition partition{topic, 0};
            auto writer = log->writer({});
            for (int i = 0; i < 10; ++i) {
                REQUIRE(write_text(*writer, topic, 0, std::to_string(i)).is_ok());
            }
            REQUIRE(writer->flush(10000).is_ok());
            auto middle = log->reader({});
            REQUIRE(middle->assign({{partition, 7}}).is_ok());
            CHECK(values_of(read_records(*middle, partition, 3)) ==
                  std::vector<std::string>{"7", "8", "9"});
            auto latest = log->reader({});
            REQUIRE(latest->assign({{partition, kOffsetLatest}}).is_ok());
            // Written after assign() has returned: part of what "latest" promises.
            REQUIRE(write_text(*writer, topic, 0, "new").is_ok());
            REQUIRE(writer->flush(10000).is_ok());
            auto seen = read_records(*latest, partition, 1);
            REQUIRE(seen.size() == 1);
            CHECK(seen[0].offset == 10);
            CHECK(seen[0].value == "new");
        }
    }
}

TEST_CASE("polls keep order, bounds and place", "[log]") {
    for (const Backend& backend : backends()) {
        DYNAMIC_SECTION(backend.name) {
            auto log = backend.open();
            const std::string topic = make_topic(*log, "order");
            const TopicPartition partition{topic, 0};
            auto writer = log->writer({});
            constexpr int64_t kRecords = 20000;
            for (int64_t i = 0; i < kRecords; ++i) {
                REQUIRE(write_text(*writer, topic, 0, "value " + std::to_string(i)).is_ok());
            }
            REQUIRE(writer->flush(20000).is_ok());
            auto reader = log->reader({});
            REQUIRE(reader->assign({{partition, kOffsetEarliest}}).is_ok());
            int64_t next = 0;
            bool right = true;
            std::vector<std::unique_ptr<LogBatch>> kept;  // Views live as long as their batch.
            const int64_t deadline = steady_ms() + 20000;
            while (next < kRecords && steady_ms() < deadline) {
                auto batch = reader->poll(partition, 777);
                if (!batch) {
                    reader->wait(50);
                    continue;
                }
                CHECK(batch->records().size() <= 777);
                CHECK(!batch->records().empty());
                next += static_cast<int64_t>(batch->records().size());
                kept.push_back(std::move(batch));
            }
            REQUIRE(next == kRecords);
            next = 0;
            for (const auto& batch : kept) {
                for (const LogRecord& record : batch->records()) {
                    right = right && record.offset == next &&
                            *record.value == "value " + std::to_string(next);
                    ++next;
                }
            }
            CHECK(right);
            reader->unassign({partition});
            CHECK(reader->poll(partition, 10) == nullptr);
            CHECK(reader->position(partition) == -1);
        }
    }
}

TEST_CASE("at_end turns true when all is read and false when more comes", "[log]") {
    for (const Backend& backend : backends()) {
        DYNAMIC_SECTION(backend.name) {
            auto log = backend.open();
            const std::string topic = make_topic(*log, "end");
            const TopicPartition partition{topic, 0};
            auto reader = log->reader({});
            REQUIRE(reader->assign({{partition, kOffsetEarliest}}).is_ok());
            auto read_to_end = [&] {
                size_t count = 0;
                const int64_t deadline = steady_ms() + 10000;
                while (steady_ms() < deadline) {
                    if (auto batch = reader->poll(partition, 10)) {
                        count += batch->records().size();
                    } else if (reader->at_end(partition)) {
                        break;
                    } else {
                        reader->wait(50);
                    }
                }
                return count;
            };
            CHECK(read_to_end() == 0);
            CHECK(reader->position(partition) == 0);
            auto writer = log->writer({});
            REQUIRE(write_text(*writer, topic, 0, "a").is_ok());
            REQUIRE(writer->flush(10000).is_ok());
            CHECK(read_records(*reader, partition, 1).size() == 1);
            CHECK(read_to_end() == 0);
            CHECK(reader->at_end(partition));
            CHECK(reader->position(partition) == 1);
        }
    }
}

TEST_CASE("wait ends with a record, with wake, or with time", "[log]") {
    for (const Backend& backend : backends()) {
        DYNAMIC_SECTION(backend.name) {
            auto log = backend.open();
            const std::string topic = make_topic(*log, "wait");
            const TopicPartition partition{topic, 0};
            auto reader = log->reader({});
            REQUIRE(reader->assign({{partition, kOffsetEarliest}}).is_ok());
            // Whatever the start brings (an end-of-partition event) is taken first.
            CHECK(read_records(*reader, partition, 1, 1500).empty());
            int64_t began = steady_ms();
            reader->wait(100);
            CHECK(steady_ms() - began >= 95);

            std::thread writing([&] {
                std::this_thread::sleep_for(std::chrono::milliseconds(50));
                auto writer = log->writer({});
                (void)write_text(*writer, topic, 0, "x");
                (void)writer->flush(10000);
            });
            began = steady_ms();
            std::unique_ptr<LogBatch> batch;
            int waits = 0;
            while (!batch && steady_ms() - began < 10000) {
                reader->wait(10000);
                ++waits;
                batch = reader->poll(partition, 10);
            }
            writing.join();
            CHECK(batch != nullptr);
            CHECK(steady_ms() - began < 5000);
            CHECK(waits <= 3);

            std::thread waking([&] {
                std::this_thread::sleep_for(std::chrono::milliseconds(50));
                reader->wake();
            });
            began = steady_ms();
            reader->wait(10000);
            reader->wait(10);
            CHECK(steady_ms() - began < 5000);
            waking.join();
        }
    }
}

TEST_CASE("an unread partition holds nobody back", "[log]") {
    for (const Backend& backend : backends()) {
        DYNAMIC_SECTION(backend.name) {
            auto log = backend.open();
            const std::string topic = make_topic(*log, "back-pressure", 2);
            ReaderOptions options;
            options.partition_buffer_bytes = 64 * 1024;
            auto reader = log->reader(options);
            REQUIRE(reader->assign({{{topic, 0}, kOffsetEarliest}, {{topic, 1}, kOffsetEarliest}})
                        .is_ok());
            auto writer = log->writer({});
            const std::string value(1000, 'x');
            for (int i = 0; i < 2000; ++i) {
                REQUIRE(write_text(*writer, topic, i % 2, value).is_ok());
            }
            REQUIRE(writer->flush(20000).is_ok());
            CHECK(read_records(*reader, {topic, 1}, 1000, 20000).size() == 1000);
            auto held = read_records(*reader, {topic, 0}, 1000, 20000);
            REQUIRE(held.size() == 1000);
            for (size_t i = 0; i < held.size(); ++i) {
                if (held[i].offset != static_cast<int64_t>(i)) FAIL("gap at " << i);
            }
        }
    }
}

TEST_CASE("a partition can be given up unread and taken again elsewhere", "[log]") {
    for (const Backend& backend : backends()) {
        DYNAMIC_SECTION(backend.name) {
            auto log = backend.open();
            const std::string topic = make_topic(*log, "again", 2);
            auto writer = log->writer({});
            for (int i = 0; i < 5000; ++i) {
                REQUIRE(write_text(*writer, topic, i % 2, std::to_string(i / 2)).is_ok());
            }
            REQUIRE(writer->flush(20000).is_ok());
            auto reader = log->reader({});
            const TopicPartition partition{topic, 0};
            REQUIRE(reader->assign({{partition, kOffsetEarliest}, {{topic, 1}, kOffsetEarliest}})
                        .is_ok());
            for (int64_t start : {2000, 10, 2490, 700}) {
                // Most of it is left in the reader's queue when the partition goes.
                CHECK(!read_records(*reader, partition, 1).empty());
                reader->unassign({partition});
                CHECK(reader->poll(partition, 10) == nullptr);
                REQUIRE(reader->assign({{partition, start}}).is_ok());
                auto seen = read_records(*reader, partition, 5);
                REQUIRE(seen.size() == 5);
                CHECK(seen[0].offset == start);
                CHECK(seen[4].value == std::to_string(start + 4));
            }
            // Without giving it up first, and with the other partition undisturbed.
            REQUIRE(reader->assign({{partition, 42}}).is_ok());
            CHECK(read_records(*reader, partition, 1).at(0).offset == 42);
            CHECK(read_records(*reader, {topic, 1}, 2500).size() == 2500);
        }
    }
}

TEST_CASE("a topic of short batches takes many records at once, and no record that is too long",
          "[log]") {
    for (const Backend& backend : backends()) {
        DYNAMIC_SECTION(backend.name) {
            auto log = backend.open();
            const std::string topic = unique_name("narrow");
            REQUIRE(log->topics().create(topic, {1, 1, {{"max.message.bytes", "1000"}}}).is_ok());
            WriterOptions options;
            options.linger_ms = 20;
            auto writer = log->writer(options);
            ProducedRecord record;
            record.topic = topic;
            record.key = "k";
            std::vector<std::string> values;
            for (int i = 0; i < 300; ++i)
                values.push_back(std::string(static_cast<size_t>(i), 'v') + std::to_string(i));
            for (const std::string& value : values) {
                record.value = value;
                record.owner = 1;
                REQUIRE(writer->write(record).is_ok());
            }
            REQUIRE(writer->flush(10000).is_ok());
            CHECK(writer->take_refusals().empty());

            const std::string too_long(2000, 'x');
            record.value = too_long;
            Status written = writer->write(record);
            if (written) written = writer->flush(10000);
            CHECK(written.fault() == Fault::kRefused);
            for (const std::string& value : values) {
                record.value = value;
                REQUIRE(writer->write(record).is_ok());
            }
            REQUIRE(writer->flush(10000).is_ok());
            auto reader = log->reader({});
            REQUIRE(reader->assign({{{topic, 0}, kOffsetEarliest}}).is_ok());
            CHECK(read_records(*reader, {topic, 0}, 601, 2000).size() == 600);
        }
    }
}

TEST_CASE("a writer tells offsets when asked", "[log]") {
    for (const Backend& backend : backends()) {
        DYNAMIC_SECTION(backend.name) {
            auto log = backend.open();
            const std::string topic = make_topic(*log, "acked");
            auto writer = log->writer({});
            std::vector<int64_t> told;
            ProducedRecord record;
            record.topic = topic;
            record.partition = 0;
            record.value = "v";
            for (int i = 0; i < 5; ++i) {
                REQUIRE(
                    writer->write(record, [&](int64_t offset) { told.push_back(offset); }).is_ok());
            }
            REQUIRE(writer->flush(10000).is_ok());
            CHECK(told == std::vector<int64_t>{0, 1, 2, 3, 4});
        }
    }
}

TEST_CASE("a writer tells when what stands before a mark is acknowledged", "[log]") {
    for (const Backend& backend : backends()) {
        DYNAMIC_SECTION(backend.name) {
            auto log = backend.open();
            const std::string topic = make_topic(*log, "marked");
            auto writer = log->writer({});
            int before = 0, after = 0;
            ProducedRecord record;
            record.topic = topic;
            record.partition = 0;
            record.value = "v";
            for (int round = 1; round <= 3; ++round) {
                for (int i = 0; i < 100; ++i)
                    REQUIRE(writer->write(record, [&](int64_t) { ++before; }).is_ok());
                writer->mark();
                REQUIRE(writer->write(record, [&](int64_t) { ++after; }).is_ok());
                Status status = writer->acknowledged();
                const int64_t deadline = steady_ms() + 20000;
                while (status.fault() == Fault::kRetriable && steady_ms() < deadline) {
                    std::this_thread::sleep_for(std::chrono::milliseconds(1));
                    status = writer->acknowledged();
                }
                REQUIRE(status.is_ok());
                CHECK(before == 100 * round);
            }
            // Again before the last is acknowledged: then it is about both.
            REQUIRE(writer->write(record, [&](int64_t) { ++before; }).is_ok());
            writer->mark();
            writer->mark();
            REQUIRE(writer->flush(20000).is_ok());
            CHECK(writer->acknowledged().is_ok());
            CHECK(before == 301);
            CHECK(after == 3);
        }
    }
}

TEST_CASE("a topic that is not there is said to be missing", "[log]") {
    for (const Backend& backend : backends()) {
        DYNAMIC_SECTION(backend.name) {
            auto log = backend.open();
            const std::string missing = unique_name("missing");
            CHECK(log->topics().describe(missing).status().fault() == Fault::kNotFound);
            CHECK(log->topics().remove(missing).fault() == Fault::kNotFound);
            CHECK(log->topics().offsets({missing, 0}).status().fault() == Fault::kNotFound);
            // No topic is made by writing to it.
            auto writer = log->writer({});
            Status written = write_text(*writer, missing, -1, "x");
            if (written) written = writer->flush(20000);
            CHECK(written.fault() == Fault::kNotFound);
            CHECK(written.message().find(missing) != std::string::npos);
            CHECK(log->topics().describe(missing).status().fault() == Fault::kNotFound);
        }
    }
}

TEST_CASE("topics are created, described, listed and removed", "[log]") {
    for (const Backend& backend : backends()) {
        DYNAMIC_SECTION(backend.name) {
            auto log = backend.open();
            TopicAdmin& topics = log->topics();
            const std::string name = unique_name("admin");
            TopicConfig config;
            config.partitions = 3;
            config.settings = {{"cleanup.policy", "compact"}, {"retention.ms", "1234567"}};
            REQUIRE(topics.create(name, config).is_ok());
            CHECK(topics.create(name, config).is_ok());
            CHECK(topics.create(name, {4, 1, {}}).fault() == Fault::kFatal);
            auto info = topics.describe(name);
            REQUIRE(info.is_ok());
            CHECK(info->name == name);
            CHECK(info->replicas == std::vector<int32_t>{1, 1, 1});
            CHECK(info->settings["cleanup.policy"] == "compact");
            CHECK(info->settings["retention.ms"] == "1234567");
            auto all = topics.list();
            REQUIRE(all.is_ok());
            auto listed = std::find_if(all->begin(), all->end(),
                                       [&](const TopicInfo& topic) { return topic.name == name; });
            REQUIRE(listed != all->end());
            CHECK(listed->replicas.size() == 3);
            CHECK(topics.create("no/slash", {1, 1, {}}).fault() == Fault::kFatal);
            CHECK(topics.ping(5000).is_ok());
            CHECK(!topics.cluster_id().empty());
            REQUIRE(topics.remove(name).is_ok());
            CHECK(topics.describe(name).status().fault() == Fault::kNotFound);
        }
    }
}

TEST_CASE("a topic is gone once it has been removed, and there once it was made", "[log]") {
    for (const Backend& backend : backends()) {
        DYNAMIC_SECTION(backend.name) {
            auto log = backend.open();
            TopicAdmin& topics = log->topics();
            const std::string name = make_topic(*log, "again", 2);
            std::string id = topics.describe(name)->id;
            for (int round = 0; round < 20; ++round) {
                REQUIRE(topics.remove(name).is_ok());
                CHECK(topics.describe(name).status().fault() == Fault::kNotFound);
                REQUIRE(topics.create(name, {2, 1, {}}).is_ok());
                auto info = topics.describe(name);
                REQUIRE(info.is_ok());
                CHECK(topics.offsets({name, 1})->end == 0);
                if (backend.is_broker) continue;  // librdkafka 2.0.2 tells no ids.
                CHECK(info->id != id);
                id = info->id;
                auto reader = log->reader({});
                REQUIRE(reader->assign({{{name, 1}, 0}}).is_ok());
                CHECK(reader->topic_id({name, 1}) == id);
            }
        }
    }
}

TEST_CASE("an offset that is not there is told, or read from the earliest", "[log]") {
    for (const Backend& backend : backends()) {
        DYNAMIC_SECTION(backend.name) {
            auto log = backend.open();
            const std::string topic = make_topic(*log, "range");
            const TopicPartition partition{topic, 0};
            auto writer = log->writer({});
            for (int i = 0; i < 5; ++i)
                REQUIRE(write_text(*writer, topic, 0, std::to_string(i)).is_ok());
            REQUIRE(writer->flush(10000).is_ok());
            REQUIRE(log->topics().delete_records({{partition, 2}}).is_ok());
            auto lenient = log->reader({});
            REQUIRE(lenient->assign({{partition, 0}}).is_ok());
            CHECK(values_of(read_records(*lenient, partition, 3)) ==
                  std::vector<std::string>{"2", "3", "4"});
            CHECK(lenient->take_out_of_range().empty());
            for (int64_t offset : {0, 2, 5, 100}) {
                INFO("offset " << offset);
                ReaderOptions options;
                options.tell_out_of_range = true;
                auto reader = log->reader(options);
                REQUIRE(reader->assign({{partition, offset}}).is_ok());
                std::vector<TopicPartition> told;
                const int64_t deadline = steady_ms() + (offset == 100 || offset == 0 ? 10000 : 500);
                while (told.empty() && steady_ms() < deadline) {
                    reader->poll(partition, 10);
                    told = reader->take_out_of_range();
                    if (told.empty()) reader->wait(20);
                }
                if (offset == 0 || offset == 100) {
                    CHECK(told == std::vector{partition});
                } else {
                    CHECK(told.empty());
                }
            }
        }
    }
}

TEST_CASE("offsets, times and deletion of records", "[log]") {
    for (const Backend& backend : backends()) {
        DYNAMIC_SECTION(backend.name) {
            auto log = backend.open();
            TopicAdmin& topics = log->topics();
            const std::string topic = make_topic(*log, "times");
            const TopicPartition partition{topic, 0};
            CHECK(topics.offsets(partition)->end == 0);
            auto writer = log->writer({});
            for (int i = 0; i < 10; ++i) {
                ProducedRecord record;
                record.topic = topic;
                record.partition = 0;
                record.value = "v";
                record.timestamp_ms = 1700000000000 + i * 1000;
                REQUIRE(writer->write(record).is_ok());
            }
            REQUIRE(writer->flush(10000).is_ok());
            auto range = topics.offsets(partition);
            REQUIRE(range.is_ok());
            CHECK(range->begin == 0);
            CHECK(range->end == 10);
            CHECK(*topics.offset_for_time(partition, 0) == 0);
            CHECK(*topics.offset_for_time(partition, 1700000004000) == 4);
            CHECK(*topics.offset_for_time(partition, 1700000004001) == 5);
            CHECK(*topics.offset_for_time(partition, 1800000000000) == 10);
            REQUIRE(topics.delete_records({{partition, 6}}).is_ok());
            CHECK(topics.offsets(partition)->begin == 6);
            CHECK(topics.offsets(partition)->end == 10);
            CHECK(committed_values(*log, partition).size() == 4);
            REQUIRE(topics.delete_records({{partition, 10}}).is_ok());
            CHECK(topics.offsets(partition)->begin == 10);
            REQUIRE(write_text(*writer, topic, 0, "after").is_ok());
            REQUIRE(writer->flush(10000).is_ok());
            CHECK(topics.offsets(partition)->end == 11);
            CHECK(committed_values(*log, partition) == std::vector<std::string>{"after"});
        }
    }
}

TEST_CASE("a reader learns that its topic is gone", "[log]") {
    for (const Backend& backend : backends()) {
        DYNAMIC_SECTION(backend.name) {
            auto log = backend.open();
            const std::string topic = make_topic(*log, "removed");
            auto reader = log->reader({});
            REQUIRE(reader->assign({{{topic, 0}, kOffsetEarliest}}).is_ok());
            CHECK(read_records(*reader, {topic, 0}, 1, 500).empty());
            CHECK(reader->take_errors().empty());
            REQUIRE(log->topics().remove(topic).is_ok());
            std::vector<std::pair<TopicPartition, Status>> errors;
            const int64_t deadline = steady_ms() + 30000;
            while (errors.empty() && steady_ms() < deadline) {
                CHECK(reader->poll({topic, 0}, 10) == nullptr);
                reader->wait(20);
                errors = reader->take_errors();
            }
            REQUIRE(errors.size() == 1);
            CHECK(errors[0].first == TopicPartition{topic, 0});
            CHECK(errors[0].second.fault() == Fault::kNotFound);
        }
    }
}

// librdkafka waits at the end of a client for all that refers to its partitions.
TEST_CASE("a reader of topics that come and go ends", "[log]") {
    for (const Backend& backend : backends()) {
        DYNAMIC_SECTION(backend.name) {
            auto log = backend.open();
            auto writer = log->writer({});
            auto reader = log->reader({});
            for (int round = 0; round < 12; ++round) {
                const std::string topic = make_topic(*log, "come-and-gone", 2);
                const std::string text(500, 'x');
                ProducedRecord record;
                record.topic = topic;
                record.value = text;
                for (int i = 0; i < 2000; ++i) {
                    record.partition = i % 2;
                    REQUIRE(writer->write(record).is_ok());
                }
                REQUIRE(writer->flush(10000).is_ok());
                REQUIRE(
                    reader->assign({{{topic, 0}, kOffsetEarliest}, {{topic, 1}, kOffsetEarliest}})
                        .is_ok());
                if (round % 2 == 0) read_records(*reader, {topic, 0}, round % 4 == 0 ? 1000 : 10);
                const bool first_gone = round % 3 != 0;
                if (first_gone) REQUIRE(log->topics().remove(topic).is_ok());
                if (round % 3 == 2) reader->wait(50 * round);
                reader->unassign({{topic, 0}, {topic, 1}});
                if (!first_gone) REQUIRE(log->topics().remove(topic).is_ok());
                reader->take_errors();
            }
            std::promise<void> ended;
            std::thread ending([&] {
                reader.reset();
                ended.set_value();
            });
            const bool in_time =
                ended.get_future().wait_for(std::chrono::seconds(10)) == std::future_status::ready;
            if (!in_time) std::abort();  // Nothing ends it any more.
            ending.join();
            CHECK(in_time);
        }
    }
}
