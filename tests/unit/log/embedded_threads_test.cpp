// One embedded log under several threads; also what ThreadSanitizer is run on.
#include <atomic>
#include <catch2/catch.hpp>
#include <thread>

#include "tests/unit/log/log_backends.h"

using namespace millrace;
using namespace millrace::test;

TEST_CASE("a commit is seen in all its partitions or in none", "[log][threads]") {
    for (const Backend& backend : backends()) {
        // A broker's markers reach partitions one by one.
        if (backend.is_broker || backend.name == "memory broker") continue;
        DYNAMIC_SECTION(backend.name) {
            auto log = backend.open();
            const std::string topic = make_topic(*log, "atomic", 2);
            constexpr size_t kCommits = 2000;
            std::thread writing([&] {
                WriterOptions options;
                options.transactional_id = "writer";
                auto writer = log->writer(options);
                (void)writer->init_transactions(1000);
                for (size_t i = 0; i < kCommits; ++i) {
                    (void)writer->begin();
                    (void)write_text(*writer, topic, 0, std::to_string(i));
                    (void)write_text(*writer, topic, 1, std::to_string(i));
                    (void)writer->commit(1000);
                }
            });
            auto reader = log->reader({});
            REQUIRE(reader->assign({{{topic, 0}, kOffsetEarliest}, {{topic, 1}, kOffsetEarliest}})
                        .is_ok());
            size_t first = 0;
            size_t second = 0;
            bool whole = true;
            const int64_t deadline = steady_ms() + 30000;
            while (second < kCommits && steady_ms() < deadline) {
                first += read_records(*reader, {topic, 0}, kCommits, 0).size();
                second += read_records(*reader, {topic, 1}, kCommits, 0).size();
                // Whatever was there in the first was there in the second when it was looked at.
                whole = whole && second >= first;
            }
            writing.join();
            CHECK(second == kCommits);
            CHECK(whole);
        }
    }
}

TEST_CASE("writers, readers and truncation run side by side", "[log][threads]") {
    for (const Backend& backend : backends()) {
        if (backend.is_broker) continue;
        DYNAMIC_SECTION(backend.name) {
            auto log = backend.open();
            const std::string topic = make_topic(*log, "busy", 2);
            constexpr int64_t kRecords = 4000;
            std::vector<std::thread> threads;
            std::atomic<int> wrong{0};
            for (int32_t partition : {0, 1}) {
                threads.emplace_back([&, partition] {
                    auto writer = log->writer({});
                    for (int64_t i = 0; i < kRecords; ++i) {
                        if (!write_text(*writer, topic, partition, std::to_string(i))) ++wrong;
                    }
                });
            }
            for (int i = 0; i < 2; ++i) {
                threads.emplace_back([&] {
                    auto reader = log->reader({});
                    const TopicPartition partition{topic, 1};
                    if (!reader->assign({{partition, kOffsetEarliest}})) ++wrong;
                    int64_t last = -1;
                    const int64_t deadline = steady_ms() + 30000;
                    while (last < kRecords - 1 && steady_ms() < deadline) {
                        auto batch = reader->poll(partition, 100);
                        if (!batch) {
                            reader->wait(20);
                            continue;
                        }
                        for (const LogRecord& record : batch->records()) {
                            if (record.offset <= last) ++wrong;
                            if (*record.value != std::to_string(record.offset)) ++wrong;
                            last = record.offset;
                        }
                    }
                    if (last != kRecords - 1) ++wrong;
                });
            }
            threads.emplace_back([&] {
                for (int64_t before = 0; before < kRecords; before += 100) {
                    if (!log->topics().delete_records({{{topic, 1}, before}})) ++wrong;
                    std::this_thread::sleep_for(std::chrono::milliseconds(1));
                }
            });
            for (auto& thread : threads) thread.join();
            CHECK(wrong == 0);
            CHECK(log->topics().offsets({topic, 0})->end == kRecords);
            CHECK(log->topics().offsets({topic, 1})->end == kRecords);
        }
    }
}
