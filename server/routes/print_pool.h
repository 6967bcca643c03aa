// PRINT statements being answered, a thread each: a slow client holds back only its own reading.
// start() and stop() are thread-safe.
#pragma once

#include <atomic>
#include <list>
#include <memory>
#include <mutex>
#include <thread>

#include "engine/session/topic_printer.h"
#include "server/net/http.h"

namespace millrace::server {

class PrintPool {
public:
    PrintPool() = default;
    ~PrintPool();  ///< Stops.
    PrintPool(const PrintPool&) = delete;
    PrintPool& operator=(const PrintPool&) = delete;

    /// Prints into `writer`, which has been started, until LIMIT, a failure or the client's end;
    /// `heart_beat`: a lone line end each second in which nothing came. False: too many print
    /// already.
    [[nodiscard]] bool start(std::unique_ptr<TopicPrinter> printer,
                             std::shared_ptr<net::ResponseWriter> writer, net::Headers headers,
                             bool heart_beat);
    /// Ends all of them cleanly.
    void stop();

private:
    struct Print {
        std::unique_ptr<TopicPrinter> printer;
        std::shared_ptr<net::ResponseWriter> writer;
        bool heart_beat = false;
        std::atomic<bool> stop{false};
        std::atomic<bool> done{false};
        std::thread thread;
    };
    static void run(Print& print);
    static bool send(Print& print, std::string_view piece);

    std::mutex mutex_;
    bool stopped_ = false;
    std::list<std::shared_ptr<Print>> prints_;
};

}  // namespace millrace::server
