// A pull query's answer on its way to one client, in ksqlDB's chunks: read as the client takes it.
// When the client's queue is full, the rest waits, on no thread and not even read, until there is
// room again; a client that hangs up ends the reading.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "engine/base/memory_governor.h"
#include "engine/session/query_session.h"
#include "server/model/row_writer.h"
#include "server/net/http.h"
#include "server/routes/service.h"

namespace millrace::server {

class PullResponse : public std::enable_shared_from_this<PullResponse> {
public:
    PullResponse(Service& service, PullAnswer answer, RowFormat format,
                 std::shared_ptr<net::ResponseWriter> writer);

    /// Throws StatementError when the answers in progress hold all the memory that they may
    /// (kTooMany), or pull queries have reached a limit (kRateLimited): nothing has been sent then.
    static void run(Service& service, PullAnswer answer, RowFormat format, net::Headers headers,
                    std::shared_ptr<net::ResponseWriter> writer);
    /// Reads no more and cuts the answer: the engine is about to go.
    void abandon();

private:
    /// A turn on one of the threads for scans, then the next one's.
    void post_turn();
    /// Reads and writes until all is written, the queue is full or the turn is over.
    void turn();
    /// Writes the rows at hand; false: the queue is full.
    bool write_rows();
    bool next_row();
    bool flush();
    void finish(const std::string& last);
    void let_go();

    Service& service_;
    const RowWriter rows_;
    const std::shared_ptr<net::ResponseWriter> writer_;
    std::mutex mutex_;  ///< Guards what follows.
    PullAnswer answer_;
    PullLimits::Admission admission_;
    MemoryLease memory_;  ///< While there are rows to be read.
    size_t batch_ = 0;
    size_t row_ = 0;
    bool ended_ = false;
    std::string chunk_;  ///< Written, not yet taken.
};

}  // namespace millrace::server
