#include "tests/sim/server.h"

#include "engine/base/error.h"
#include "engine/session/session.h"

namespace millrace::sim {

namespace {

/// A disk that outlives the engine that uses it, and fails as told.
class Disk final : public StateBackend {
public:
    Disk(std::shared_ptr<StateBackend> disk, Faults& faults, std::string server)
        : disk_(std::move(disk)), faults_(faults), server_(std::move(server)) {}

    uint32_t store_number(const std::string& name) override { return disk_->store_number(name); }
    std::vector<std::string> store_names() override { return disk_->store_names(); }
    Status drop_store(const std::string& name) override { return disk_->drop_store(name); }
    std::optional<std::string> get(StorePartition where, ByteView key) override {
        faults_.before_read();
        return disk_->get(where, key);
    }
    bool read(StorePartition where, ByteView key, std::string& value) override {
        faults_.before_read();
        return disk_->read(where, key, value);
    }
    std::unique_ptr<StoreCursor> scan(StorePartition where, ByteView from, ByteView to) override {
        return disk_->scan(where, from, to);
    }
    Status apply_changes(std::span<const StateChange> changes,
                         const std::map<StorePartition, int64_t>& offsets) override {
        const CallSite site{LogCall::kPing, server_, "state"};
        faults_.pass("before apply", site);
        if (Status status = faults_.before_write(); !status) return status;
        Status status = disk_->apply_changes(changes, offsets);
        faults_.pass("after apply", site);
        return status;
    }
    void expire(StorePartition where, Expiry expiry) override { disk_->expire(where, expiry); }
    std::optional<int64_t> changelog_offset(StorePartition where) override {
        return disk_->changelog_offset(where);
    }
    Status clear(StorePartition where, const std::string& origin) override {
        return disk_->clear(where, origin);
    }
    std::string origin(StorePartition where) override { return disk_->origin(where); }
    Status set_origin(StorePartition where, const std::string& origin) override {
        return disk_->set_origin(where, origin);
    }
    std::shared_ptr<const StateSnapshot> snapshot() override { return disk_->snapshot(); }
    std::optional<std::string> get_meta(const std::string& key) override {
        return disk_->get_meta(key);
    }
    Status put_meta(const std::string& key, const std::string& value) override {
        return disk_->put_meta(key, value);
    }

private:
    std::shared_ptr<StateBackend> disk_;
    Faults& faults_;
    const std::string server_;
};

}  // namespace

Server::Server(Surroundings& around, std::string name)
    : around_(around), name_(std::move(name)), disk_(open_backend({}).value()) {}

Server::~Server() {
    around_.broker.cut(name_);
}

void Server::make_engine() {
    EngineOptions options;
    auto properties = around_.properties;
    properties["millrace.server.id"] = name_;
    options.config = Config(std::move(properties));
    options.log = around_.broker.connect(name_);
    options.state = std::make_unique<Disk>(disk_, around_.faults, name_);
    options.clock = &around_.clock;
    options.steady = &around_.clock;
    options.threads = false;
    options.runtime.commit_turns = around_.commit_turns;
    engine_ = std::make_unique<Engine>(std::move(options));
}

bool Server::turn() {
    try {
        if (started()) return engine_->run_once();
        if (!engine_) make_engine();
        Status status = engine_->start(1000);
        around_.trace.note("{} starts: {}", name_, status.is_ok() ? "ok" : status.message());
        return true;
    } catch (const SimulatedCrash&) {
        crash();
        return true;
    }
}

bool Server::execute(const std::string& statement) {
    refusal_.clear();
    try {
        Session(*engine_, {}).execute(statement);
        around_.trace.note("{} did: {}", name_, statement);
        return true;
    } catch (const StatementError& error) {
        refusal_ = error.what();
        around_.trace.note("{} refused: {}: {}", name_, statement, refusal_);
        return false;
    } catch (const SimulatedCrash&) {
        around_.trace.note("{} died of: {}", name_, statement);
        crash();
        return false;
    }
}

void Server::crash() {
    if (!engine_) return;
    around_.broker.cut(name_);
    engine_.reset();
}

void Server::crash_for_good() {
    crash();
    disk_ = open_backend({}).value();
}

void Server::stop() {
    try {
        if (engine_) engine_->stop();
    } catch (const SimulatedCrash&) {
        crash();
    }
    // What its destructors still ask of the log cannot be cut short by a crash.
    crash();
}

}  // namespace millrace::sim
