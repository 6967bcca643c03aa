// A push query's rows on their way to one client. Rows come on the push host's thread and go into
// the response's bounded queue; a client that does not keep up is told and dropped, never waited
// for, unless the query is bounded (a pull query on a stream): that one waits with its reading.
// Ends the answer in its destructor, too: whoever cancels the query lets go of it.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "engine/session/query_session.h"
#include "server/model/row_writer.h"
#include "server/net/http.h"
#include "server/routes/service.h"

namespace millrace::server {

class PushResponse final : public PushListener {
public:
    PushResponse(Service& service, const PushQueryPlan& query, RowFormat format,
                 std::shared_ptr<net::ResponseWriter> writer);
    ~PushResponse() override;

    /// Starts the query, then the answer, header first. Throws what start_push throws: nothing has
    /// been sent then.
    static void run(Service& service, const PushQueryPlan& query, RowFormat format,
                    net::Headers headers, std::shared_ptr<net::ResponseWriter> writer);

    bool rows(const RecordBatch& batch) override;
    void finished(End end, const std::string& message) override;
    bool ready() override;
    /// Ends the answer cleanly: the query was closed by request.
    void close();

private:
    // All under mutex_.
    bool send(const std::string& chunk);
    void end_with(const std::string& last);
    void end_by_itself(const std::string& message);
    void overflow();

    Service& service_;
    const std::string query_id_;
    const bool waits_;             ///< For a client that has no room, with `unsent_`.
    std::optional<int64_t> left_;  ///< Rows up to LIMIT, over all partitions; under mutex_.
    const RowWriter rows_;
    const std::shared_ptr<net::ResponseWriter> writer_;
    size_t first_column_ = 0;
    std::vector<int> tombstone_cells_;  ///< What RowWriter::tombstone() gets.
    std::mutex mutex_;
    bool ended_ = false;
    std::string chunk_;
    std::string unsent_;  ///< What was refused, of the batch that came before ready() said no.
};

}  // namespace millrace::server
