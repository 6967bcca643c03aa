#include "server/routes/print_pool.h"

#include <algorithm>
#include <chrono>

#include "engine/base/clock.h"
#include "engine/base/guard.h"
#include "engine/base/log.h"

namespace millrace::server {

namespace {

constexpr size_t kPrintsMax = 50;
constexpr int64_t kWaitMs = 200;
constexpr int64_t kHeartBeatMs = 1000;
constexpr auto kDrainPause = std::chrono::milliseconds(5);

}  // namespace

PrintPool::~PrintPool() {
    stop();
}

bool PrintPool::start(std::unique_ptr<TopicPrinter> printer,
                      std::shared_ptr<net::ResponseWriter> writer, net::Headers headers,
                      bool heart_beat) {
    std::lock_guard lock(mutex_);
    std::erase_if(prints_, [](const std::shared_ptr<Print>& print) {
        if (!print->done) return false;
        print->thread.join();
        return true;
    });
    if (stopped_ || prints_.size() >= kPrintsMax) return false;
    auto print = std::make_shared<Print>();
    print->printer = std::move(printer);
    print->writer = writer;
    print->heart_beat = heart_beat;
    writer->start(200, std::move(headers));
    prints_.push_back(print);  // Nothing may fail once the thread runs.
    auto work = [print] {
        guarded("server.print", "a PRINT", [&] { run(*print); });
        guarded("server.print", "the end of a PRINT", [&] {
            print->writer->end();
            print->writer.reset();
            print->printer.reset();  // With what it has read ahead.
        });
        print->done = true;
    };
    try {
        print->thread = std::thread(std::move(work));
    } catch (const std::exception&) {
        prints_.pop_back();
        throw;
    }
    // The callback belongs to the writer and must not keep it alive.
    writer->on_close([weak = std::weak_ptr<Print>(print)] {
        if (auto closed = weak.lock()) closed->stop = true;
    });
    return true;
}

bool PrintPool::send(Print& print, std::string_view piece) {
    while (!print.stop) {
        if (print.writer->write(piece)) return true;
        if (print.writer->closed()) return false;
        std::this_thread::sleep_for(kDrainPause);  // The client reads more slowly than we do.
    }
    return false;
}

void PrintPool::run(Print& print) {
    int64_t quiet_since = steady_ms();
    auto write = [&](std::string_view piece) {
        quiet_since = steady_ms();
        return send(print, piece);
    };
    try {
        while (!print.stop && print.printer->next(kWaitMs, write)) {
            if (print.heart_beat && steady_ms() - quiet_since >= kHeartBeatMs && !write("\n")) {
                break;
            }
        }
    } catch (const std::exception& error) {
        log_warn("server.print", "ended: {}", error.what());
        (void)send(print, std::string(error.what()) + "\n");
    }
}

void PrintPool::stop() {
    std::list<std::shared_ptr<Print>> prints;
    {
        std::lock_guard lock(mutex_);
        stopped_ = true;
        prints.swap(prints_);
    }
    for (const auto& print : prints) print->stop = true;
    for (const auto& print : prints) print->thread.join();
}

}  // namespace millrace::server
