// Where `millrace datagen` sends its rows: a Kafka cluster, or a Millrace server's own topics
// through its REST API. A sink belongs to one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "cli/datagen_templates.h"
#include "cli/login_token.h"
#include "engine/base/status.h"

namespace millrace::cli {

class RowSink {
public:
    virtual ~RowSink() = default;
    /// May hold the row back until flush().
    virtual Status send(const GeneratedRow& row) = 0;
    /// Returns once everything sent has been accepted.
    virtual Status flush() = 0;
};

/// Who the rows come from, for a server that asks; a URL may say it, too.
struct RestLogin {
    std::string user;
    std::string password;
    LoginToken token;     ///< In place of the two.
    std::string ca_file;  ///< PEM file of authorities, for https://; empty: the machine's.
};

/// Rows for `topic` in Kafka; creates the topic when it is not there.
Result<std::unique_ptr<RowSink>> open_kafka_sink(const std::string& bootstrap_servers,
                                                 const std::string& topic, int32_t partitions);
/// The same through `POST /millrace/produce` of the server at `url`.
Result<std::unique_ptr<RowSink>> open_rest_sink(const std::string& url, const RestLogin& login,
                                                const std::string& topic, int32_t partitions);

}  // namespace millrace::cli
