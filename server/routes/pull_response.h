// A pull query's answer on its way to one client, in ksqlDB's chunks. When the client's queue is
// full, the rest waits, on no thread, until it has room again.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "engine/session/query_session.h"
#include "server/model/row_writer.h"
#include "server/net/http.h"
#include "server/routes/service.h"

namespace millrace::server {

class PullResponse : public std::enable_shared_from_this<PullResponse> {
public:
    PullResponse(Service& service, PullAnswer answer, RowFormat format,
                 std::shared_ptr<net::ResponseWriter> writer);

    static void run(Service& service, PullAnswer answer, RowFormat format, net::Headers headers,
                    std::shared_ptr<net::ResponseWriter> writer);

private:
    /// Writes on until all is written or the queue is full.
    void pump();
    bool next_row();
    bool flush();

    Service& service_;
    const PullAnswer answer_;
    const RowWriter rows_;
    const std::shared_ptr<net::ResponseWriter> writer_;
    std::mutex mutex_;
    size_t batch_ = 0;
    size_t row_ = 0;
    bool ended_ = false;
    std::string chunk_;  ///< Written, not yet taken.
};

}  // namespace millrace::server
