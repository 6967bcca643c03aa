#include "engine/log/embedded/broker_client.h"

#include "engine/log/embedded/embedded_log.h"
#include "engine/log/embedded/embedded_member.h"
#include "engine/log/embedded/embedded_reader.h"
#include "engine/log/embedded/embedded_writer.h"
#include "engine/log/embedded/memory_store.h"

namespace millrace {

BrokerState::BrokerState(const Clock& clock, FaultPlan* plan)
    : plan_(plan),
      core_(std::make_shared<EmbeddedCore>(clock, std::shared_ptr<LogStore>(make_memory_store()),
                                           [plan](const TopicPartition& partition) {
                                               return plan == nullptr
                                                          ? int64_t{0}
                                                          : plan->marker_delay(partition);
                                           })) {}

std::shared_ptr<BrokerClient> BrokerState::connect(const std::shared_ptr<BrokerState>& state,
                                                   const std::string& name) {
    auto client = std::make_shared<BrokerClient>(state, name);
    std::lock_guard lock(state->mutex_);
    std::erase_if(state->clients_, [](const auto& known) { return known.second.expired(); });
    state->clients_.emplace(name, client);
    return client;
}

void BrokerState::cut(const std::string& name) {
    std::lock_guard lock(mutex_);
    auto [begin, end] = clients_.equal_range(name);
    for (auto found = begin; found != end; ++found) {
        if (auto client = found->second.lock()) client->cut = true;
    }
    clients_.erase(begin, end);
}

void BrokerState::later(int64_t calls, std::function<void()> call) {
    std::lock_guard lock(mutex_);
    late_.emplace(calls_ + calls, std::move(call));
}

void BrokerState::count_call() {
    std::vector<std::function<void()>> due;
    {
        std::lock_guard lock(mutex_);
        ++calls_;
        auto end = late_.upper_bound(calls_);
        for (auto call = late_.begin(); call != end; ++call) due.push_back(std::move(call->second));
        late_.erase(late_.begin(), end);
    }
    for (const auto& call : due) call();
}

void BrokerState::bury(std::shared_ptr<void> remains) {
    std::lock_guard lock(mutex_);
    buried_.push_back(std::move(remains));
}

template <class R, class Call>
R BrokerClient::run(CallSite site, Call&& call) {
    Status gone(Fault::kFatal, "Client '" + name + "' is cut off.");
    if (cut) return gone;
    FaultPlan* plan = state->plan();
    if (plan == nullptr) return call();
    state->count_call();
    site.client = name;
    Fate fate = plan->before(site);
    if (cut) return gone;
    if (fate.kind == Fate::Kind::kFail) return fate.answer;
    R answer = call();
    plan->after(site);
    if (fate.kind == Fate::Kind::kLoseAnswer) return fate.answer;
    return answer;
}

bool BrokerClient::idle(int64_t timeout_ms) {
    if (cut) return true;
    if (state->plan() == nullptr) return false;
    state->count_call();
    state->plan()->idle(name, timeout_ms);
    return true;
}

namespace {

using ClientPtr = std::shared_ptr<BrokerClient>;

class BrokerReader final : public LogReader {
public:
    BrokerReader(ClientPtr client, const ReaderOptions& options)
        : client_(std::move(client)), reader_(client_->state->core(), options) {}

    Status assign(const std::map<TopicPartition, int64_t>& starts) override {
        CallSite site{LogCall::kAssign, {}, {}};
        if (!starts.empty()) site.subject = starts.begin()->first.topic;
        return client_->run<Status>(site, [&] { return reader_.assign(starts); });
    }
    void unassign(const std::vector<TopicPartition>& partitions) override {
        reader_.unassign(partitions);
    }
    std::unique_ptr<LogBatch> poll(const TopicPartition& partition, size_t max_records) override {
        std::unique_ptr<LogBatch> batch;
        Status polled = client_->run<Status>({LogCall::kPoll, {}, partition.topic, partition}, [&] {
            batch = reader_.poll(partition, max_records);
            return Status::ok();
        });
        if (!polled && polled.fault() != Fault::kRetriable) failed_.emplace_back(partition, polled);
        return batch;
    }
    void wait(int64_t timeout_ms) override {
        if (!client_->idle(timeout_ms)) reader_.wait(timeout_ms);
    }
    void wake() override { reader_.wake(); }
    bool at_end(const TopicPartition& partition) override { return reader_.at_end(partition); }
    int64_t position(const TopicPartition& partition) override {
        return reader_.position(partition);
    }
    std::string topic_id(const TopicPartition& partition) override {
        return reader_.topic_id(partition);
    }
    std::vector<TopicPartition> take_out_of_range() override { return reader_.take_out_of_range(); }
    std::vector<std::pair<TopicPartition, Status>> take_errors() override {
        auto errors = reader_.take_errors();
        for (auto& failed : std::exchange(failed_, {})) errors.push_back(std::move(failed));
        return errors;
    }

private:
    const ClientPtr client_;
    EmbeddedReader reader_;
    std::vector<std::pair<TopicPartition, Status>> failed_;
};

class BrokerWriter final : public LogWriter {
public:
    BrokerWriter(ClientPtr client, const WriterOptions& options)
        : client_(std::move(client)),
          id_(options.transactional_id),
          writer_(std::make_shared<EmbeddedWriter>(client_->state->core(), options)) {}
    ~BrokerWriter() override {
        if (client_->cut) client_->state->bury(std::move(writer_));
    }

    Status init_transactions(int64_t timeout_ms) override {
        outcome_.reset();
        return run(LogCall::kInitTransactions,
                   [&] { return writer_->init_transactions(timeout_ms); });
    }
    Status begin() override {
        outcome_.reset();
        return run(LogCall::kBegin, [&] { return writer_->begin(); });
    }
    Status write(const ProducedRecord& record) override { return write(record, nullptr); }
    Status write(const ProducedRecord& record, std::function<void(int64_t offset)> acked) override {
        ProducedRecord placed = record;
        if (placed.partition < 0 && placed.key) {
            if (TopicHandle topic = client_->state->core()->find(placed.topic)) {
                placed.partition = partition_for_key(*placed.key, topic->num_partitions());
            }
        }
        CallSite site{LogCall::kWrite,
                      {},
                      id_.empty() ? placed.topic : std::string_view(id_),
                      {std::string(placed.topic), placed.partition}};
        return client_->run<Status>(site, [&] { return writer_->write(placed, std::move(acked)); });
    }
    Status send_offsets(const std::string& group_topic,
                        const std::map<int32_t, GroupOffset>& offsets,
                        const GroupMetadata& membership, int64_t timeout_ms) override {
        return run(LogCall::kSendOffsets, [&] {
            return writer_->send_offsets(group_topic, offsets, membership, timeout_ms);
        });
    }
    Status commit(int64_t timeout_ms) override;
    Status abort(int64_t timeout_ms) override {
        if (outcome_) return {Fault::kFatal, "The transaction to be aborted has been committed."};
        return run(LogCall::kAbort, [&] { return writer_->abort(timeout_ms); });
    }
    Status flush(int64_t timeout_ms) override {
        return run(LogCall::kFlush, [&] { return writer_->flush(timeout_ms); });
    }
    void mark() override { writer_->mark(); }
    Status acknowledged() override {
        return run(LogCall::kFlush, [&] { return writer_->acknowledged(); });
    }
    void poll() override {
        if (!client_->cut) writer_->poll();
    }

private:
    template <class Call>
    Status run(LogCall call, Call&& make) {
        return client_->run<Status>({call, {}, id_}, std::forward<Call>(make));
    }

    const ClientPtr client_;
    const std::string id_;
    std::shared_ptr<EmbeddedWriter> writer_;
    std::optional<Status> outcome_;  ///< Of a commit whose answer was lost.
};

Status BrokerWriter::commit(int64_t timeout_ms) {
    BrokerClient& client = *client_;
    if (client.cut || client.state->plan() == nullptr) {
        return run(LogCall::kCommit, [&] { return writer_->commit(timeout_ms); });
    }
    client.state->count_call();
    const CallSite site{LogCall::kCommit, client.name, id_};
    Fate fate = client.state->plan()->before(site);
    if (client.cut) return {Fault::kFatal, "Client '" + client.name + "' is cut off."};
    if (fate.kind == Fate::Kind::kFail) return fate.answer;
    if (fate.kind == Fate::Kind::kLate) {
        client.state->later(fate.after_calls,
                            [core = client.state->core(), id = id_, epoch = writer_->epoch()] {
                                (void)core->commit(id, epoch, {});
                            });
        return fate.answer;
    }
    if (!outcome_) outcome_ = writer_->commit(timeout_ms);
    client.state->plan()->after(site);
    if (fate.kind == Fate::Kind::kLoseAnswer) return fate.answer;
    return *std::exchange(outcome_, std::nullopt);
}

class BrokerMember final : public GroupMember {
public:
    BrokerMember(ClientPtr client, const MemberOptions& options)
        : client_(std::move(client)),
          group_(options.group),
          member_(client_->state->core(), options) {}

    Status poll(int64_t timeout_ms, const std::function<void(const Assignment&)>& on_assign,
                const std::function<void(bool lost)>& on_revoke) override {
        return client_->run<Status>({LogCall::kMemberPoll, {}, group_}, [&] {
            const bool planned = timeout_ms > 0 && client_->idle(timeout_ms);
            return member_.poll(planned ? 0 : timeout_ms, on_assign, on_revoke);
        });
    }
    Result<std::map<int32_t, GroupOffset>> committed(const std::vector<int32_t>& slots,
                                                     int64_t timeout_ms) override {
        using Offsets = Result<std::map<int32_t, GroupOffset>>;
        return client_->run<Offsets>({LogCall::kCommitted, {}, group_}, [&]() -> Offsets {
            Offsets first = member_.committed(slots, 0);
            if (first || timeout_ms <= 0) return first;
            return member_.committed(slots, client_->idle(timeout_ms) ? 0 : timeout_ms);
        });
    }
    void leave() override {
        if (!client_->cut) member_.leave();
    }

private:
    const ClientPtr client_;
    const std::string group_;
    EmbeddedMember member_;
};

class BrokerAdmin final : public TopicAdmin {
public:
    explicit BrokerAdmin(ClientPtr client)
        : client_(std::move(client)), log_(make_embedded_log(client_->state->core())) {}

    Result<std::vector<TopicInfo>> list() override {
        return run<Result<std::vector<TopicInfo>>>(LogCall::kList, {},
                                                   [&] { return topics().list(); });
    }
    Result<TopicInfo> describe(const std::string& topic) override {
        return run<Result<TopicInfo>>(LogCall::kDescribe, topic,
                                      [&] { return topics().describe(topic); });
    }
    std::string topic_id(const std::string& topic) override { return topics().topic_id(topic); }
    Status create(const std::string& topic, const TopicConfig& config) override {
        return run<Status>(LogCall::kCreateTopic, topic,
                           [&] { return topics().create(topic, config); });
    }
    Status remove(const std::string& topic) override {
        return run<Status>(LogCall::kRemoveTopic, topic, [&] { return topics().remove(topic); });
    }
    Result<OffsetRange> offsets(const TopicPartition& partition) override {
        return client_->run<Result<OffsetRange>>(
            {LogCall::kOffsets, {}, partition.topic, partition},
            [&] { return topics().offsets(partition); });
    }
    Result<std::map<TopicPartition, OffsetRange>> offsets_of(
        const std::vector<TopicPartition>& partitions) override {
        std::map<TopicPartition, OffsetRange> ranges;
        for (const TopicPartition& partition : partitions) {
            auto range = offsets(partition);
            if (!range) return range.status();
            ranges[partition] = *range;
        }
        return ranges;
    }
    Result<int64_t> offset_for_time(const TopicPartition& partition,
                                    int64_t timestamp_ms) override {
        return client_->run<Result<int64_t>>(
            {LogCall::kOffsets, {}, partition.topic, partition},
            [&] { return topics().offset_for_time(partition, timestamp_ms); });
    }
    Status delete_records(const std::map<TopicPartition, int64_t>& before) override {
        const std::string_view topic = before.empty() ? "" : before.begin()->first.topic;
        return run<Status>(LogCall::kDeleteRecords, topic,
                           [&] { return topics().delete_records(before); });
    }
    Status publish_group_offsets(const std::string& publisher,
                                 const GroupOffsets& groups) override {
        return run<Status>(LogCall::kPublishOffsets, publisher,
                           [&] { return topics().publish_group_offsets(publisher, groups); });
    }
    std::string cluster_id() override { return topics().cluster_id(); }
    Status ping(int64_t timeout_ms) override {
        return run<Status>(LogCall::kPing, {}, [&] { return topics().ping(timeout_ms); });
    }

private:
    template <class R, class Call>
    R run(LogCall call, std::string_view subject, Call&& make) {
        return client_->run<R>({call, {}, subject}, std::forward<Call>(make));
    }
    TopicAdmin& topics() { return log_->topics(); }

    const ClientPtr client_;
    const std::unique_ptr<Log> log_;
};

class BrokerLog final : public Log {
public:
    explicit BrokerLog(ClientPtr client) : client_(std::move(client)), admin_(client_) {}

    std::unique_ptr<LogReader> reader(const ReaderOptions& options) override {
        return std::make_unique<BrokerReader>(client_, options);
    }
    std::unique_ptr<LogWriter> writer(const WriterOptions& options) override {
        return std::make_unique<BrokerWriter>(client_, options);
    }
    std::unique_ptr<GroupMember> member(const MemberOptions& options) override {
        return std::make_unique<BrokerMember>(client_, options);
    }
    TopicAdmin& topics() override { return admin_; }
    std::string describe() const override { return "embedded (memory)"; }

private:
    const ClientPtr client_;
    BrokerAdmin admin_;
};

}  // namespace

std::unique_ptr<Log> make_broker_log(std::shared_ptr<BrokerClient> client) {
    return std::make_unique<BrokerLog>(std::move(client));
}

}  // namespace millrace
