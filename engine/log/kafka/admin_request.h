// One admin request of librdkafka and its answer.
#pragma once

#include <string>

#include "engine/log/kafka/client_handle.h"
#include "engine/log/kafka/owned.h"

namespace millrace {

/// `send` gets the options and the queue. A failure tells what it was `doing`.
template <class Send>
Result<OwnedEvent> admin_request(const ClientHandle& handle, rd_kafka_admin_op_t operation,
                                 int timeout_ms, const std::string& doing, Send send) {
    constexpr int kOnTheWayMs = 1000;
    OwnedAdminOptions options(rd_kafka_AdminOptions_new(handle.get(), operation));
    char text[256];
    rd_kafka_AdminOptions_set_request_timeout(options.get(), timeout_ms, text, sizeof text);
    OwnedQueue queue(rd_kafka_queue_new(handle.get()));
    send(options.get(), queue.get());
    OwnedEvent event(rd_kafka_queue_poll(queue.get(), timeout_ms + kOnTheWayMs));
    if (!event) return handle.config().failure(RD_KAFKA_RESP_ERR__TIMED_OUT, doing);
    if (auto code = rd_kafka_event_error(event.get()); code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return handle.config().failure(fault_of(code),
                                       doing + ": " + rd_kafka_event_error_string(event.get()));
    }
    return event;
}

}  // namespace millrace
