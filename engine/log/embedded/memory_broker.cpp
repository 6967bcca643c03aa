#include "engine/log/embedded/memory_broker.h"

#include "engine/log/embedded/broker_client.h"
#include "engine/log/embedded/embedded_log.h"

namespace millrace {

MemoryBroker::MemoryBroker(const Clock& clock, FaultPlan* faults)
    : state_(std::make_shared<BrokerState>(clock, faults)),
      log_(make_embedded_log(state_->core())) {}

MemoryBroker::~MemoryBroker() = default;

std::unique_ptr<Log> MemoryBroker::connect(const std::string& client) {
    return make_broker_log(state_->connect(state_, client));
}

void MemoryBroker::cut(const std::string& client) {
    state_->cut(client);
}

Log& MemoryBroker::log() {
    return *log_;
}

bool MemoryBroker::expire_transaction(const std::string& transactional_id) {
    return state_->core()->expire(transactional_id);
}

size_t MemoryBroker::num_held_markers() const {
    return state_->core()->num_held_markers();
}

void MemoryBroker::write_held_markers(size_t max) {
    state_->core()->write_held_markers(max);
}

}  // namespace millrace
