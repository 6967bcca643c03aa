#include "engine/log/kafka/group_state.h"

#include <fmt/format.h>

namespace millrace {

namespace {

constexpr int kAskTimeoutMs = 5000;

template <auto kDestroy>
struct Destroyer {
    template <class T>
    void operator()(T* object) const {
        kDestroy(object);
    }
};
template <class T, auto kDestroy>
using Owned = std::unique_ptr<T, Destroyer<kDestroy>>;
using Answer = Owned<rd_kafka_event_t, rd_kafka_event_destroy>;

std::string text_or_empty(const char* text) {
    return text != nullptr ? text : "";
}

/// One request about groups and its answer. `send` gets the options and the queue.
template <class Send>
Result<Answer> ask_about_group(const ClientHandle& handle, rd_kafka_admin_op_t operation,
                               const std::string& doing, const Send& send) {
    Owned<rd_kafka_AdminOptions_t, rd_kafka_AdminOptions_destroy> options(
        rd_kafka_AdminOptions_new(handle.get(), operation));
    char ignored[256];
    rd_kafka_AdminOptions_set_request_timeout(options.get(), kAskTimeoutMs, ignored,
                                              sizeof ignored);
    Owned<rd_kafka_queue_t, rd_kafka_queue_destroy> queue(rd_kafka_queue_new(handle.get()));
    send(options.get(), queue.get());
    Answer answer(rd_kafka_queue_poll(queue.get(), kAskTimeoutMs + 1000));
    if (!answer) return handle.config().failure(RD_KAFKA_RESP_ERR__TIMED_OUT, doing);
    if (auto code = rd_kafka_event_error(answer.get()); code != RD_KAFKA_RESP_ERR_NO_ERROR)
        return handle.config().failure(code, doing);
    return answer;
}

Status read_members(const ClientHandle& handle, const std::string& group, GroupState& state) {
    const std::string doing = fmt::format("asking who is in group '{}'", group);
    const char* name = group.c_str();
    auto answer = ask_about_group(
        handle, RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS, doing, [&](auto* options, auto* queue) {
            rd_kafka_DescribeConsumerGroups(handle.get(), &name, 1, options, queue);
        });
    if (!answer) return answer.status();
    size_t count = 0;
    const auto** groups = rd_kafka_DescribeConsumerGroups_result_groups(
        rd_kafka_event_DescribeConsumerGroups_result(answer->get()), &count);
    for (size_t i = 0; i < count; ++i) {
        if (const auto* error = rd_kafka_ConsumerGroupDescription_error(groups[i]))
            return handle.config().failure(rd_kafka_error_code(error), doing);
        const size_t size = rd_kafka_ConsumerGroupDescription_member_count(groups[i]);
        for (size_t j = 0; j < size; ++j) {
            const auto* member = rd_kafka_ConsumerGroupDescription_member(groups[i], j);
            state.members.push_back(
                {text_or_empty(rd_kafka_MemberDescription_group_instance_id(member)),
                 text_or_empty(rd_kafka_MemberDescription_host(member))});
        }
    }
    return Status::ok();
}

Status read_offsets(const ClientHandle& handle, const std::string& group, GroupState& state) {
    const std::string doing = fmt::format("asking for the offsets of group '{}'", group);
    Owned<rd_kafka_ListConsumerGroupOffsets_t, rd_kafka_ListConsumerGroupOffsets_destroy> wanted(
        rd_kafka_ListConsumerGroupOffsets_new(group.c_str(), nullptr));
    rd_kafka_ListConsumerGroupOffsets_t* request = wanted.get();
    auto answer = ask_about_group(
        handle, RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS, doing, [&](auto* options, auto* queue) {
            rd_kafka_ListConsumerGroupOffsets(handle.get(), &request, 1, options, queue);
        });
    if (!answer) return answer.status();
    size_t count = 0;
    const auto** groups = rd_kafka_ListConsumerGroupOffsets_result_groups(
        rd_kafka_event_ListConsumerGroupOffsets_result(answer->get()), &count);
    for (size_t i = 0; i < count; ++i) {
        if (const auto* error = rd_kafka_group_result_error(groups[i]))
            return handle.config().failure(rd_kafka_error_code(error), doing);
        const auto* list = rd_kafka_group_result_partitions(groups[i]);
        for (int j = 0; list != nullptr && j < list->cnt; ++j) {
            const auto& entry = list->elems[j];
            state.offsets.push_back(
                {entry.offset,
                 std::string(static_cast<const char*>(entry.metadata), entry.metadata_size)});
        }
    }
    return Status::ok();
}

}  // namespace

Result<GroupState> ask_group_state(const SharedConfig& config, const std::string& group) {
    auto handle =
        ClientHandle::open(RD_KAFKA_PRODUCER, config, {}, {{"client.id", "millrace-groups"}});
    if (!handle) return handle.status();
    GroupState state;
    Status status = read_members(**handle, group, state);
    // Mostly nobody is there: then nothing is told by what the offsets say.
    if (status && !state.members.empty()) status = read_offsets(**handle, group, state);
    if (!status) return status;
    return state;
}

}  // namespace millrace
