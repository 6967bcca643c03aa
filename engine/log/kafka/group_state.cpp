#include "engine/log/kafka/group_state.h"

#include <fmt/format.h>

#include "engine/log/kafka/owned.h"

namespace millrace {

namespace {

// Neither asks by an admin request: see offset_publisher.h.
constexpr int kAskTimeoutMs = 5000;

std::string text_or_empty(const char* text) {
    return text != nullptr ? text : "";
}

Status read_members(const ClientHandle& handle, const std::string& group, GroupState& state) {
    const std::string doing = fmt::format("asking who is in group '{}'", group);
    const rd_kafka_group_list* answer = nullptr;
    const auto code = rd_kafka_list_groups(handle.get(), group.c_str(), &answer, kAskTimeoutMs);
    const OwnedGroupList groups(answer);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return handle.config().failure(code, doing);
    for (int i = 0; i < groups->group_cnt; ++i) {
        const auto& found = groups->groups[i];
        if (found.err != RD_KAFKA_RESP_ERR_NO_ERROR)
            return handle.config().failure(found.err, doing);
        for (int j = 0; j < found.member_cnt; ++j) {
            // A member's client has its instance id for a name (kafka_member.cpp).
            state.members.push_back({text_or_empty(found.members[j].client_id),
                                     text_or_empty(found.members[j].client_host)});
        }
    }
    return Status::ok();
}

Result<int> count_partitions(const ClientHandle& handle, const std::string& name) {
    const OwnedTopic topic(rd_kafka_topic_new(handle.get(), name.c_str(), nullptr));
    const rd_kafka_metadata_t* answer = nullptr;
    const auto code = rd_kafka_metadata(handle.get(), 0, topic.get(), &answer, kAskTimeoutMs);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
        return handle.config().failure(code, fmt::format("looking up topic '{}'", name));
    const OwnedMetadata metadata(answer);
    return metadata->topic_cnt == 1 ? metadata->topics[0].partition_cnt : 0;
}

Status read_offsets(const ClientHandle& handle, const std::string& group, const std::string& topic,
                    GroupState& state) {
    auto partitions = count_partitions(handle, topic);
    if (!partitions) return partitions.status();
    PartitionList list = make_partition_list(static_cast<size_t>(*partitions));
    for (int32_t p = 0; p < *partitions; ++p)
        rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), p);
    if (list->cnt == 0) return Status::ok();
    const auto code = rd_kafka_committed(handle.get(), list.get(), kAskTimeoutMs);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
        return handle.config().failure(code,
                                       fmt::format("asking for the offsets of group '{}'", group));
    for (int i = 0; i < list->cnt; ++i) {
        const auto& entry = list->elems[i];
        if (entry.offset < 0) continue;
        state.offsets.push_back({entry.offset, std::string(static_cast<const char*>(entry.metadata),
                                                           entry.metadata_size)});
    }
    return Status::ok();
}

}  // namespace

Result<GroupState> ask_group_state(const SharedConfig& config, const std::string& group,
                                   const std::string& topic) {
    // A consumer that never joins: only such a client can ask for offsets. Those of an open
    // transaction are not waited for: its server may be dead.
    auto handle = ClientHandle::open(RD_KAFKA_CONSUMER, config, {},
                                     {{"client.id", "millrace-groups"},
                                      {"group.id", group},
                                      {"enable.auto.commit", "false"},
                                      {"allow.auto.create.topics", "false"},
                                      {"isolation.level", "read_uncommitted"}});
    if (!handle) return handle.status();
    GroupState state;
    Status status = read_members(**handle, group, state);
    // Mostly nobody is there: then nothing is told by what the offsets say.
    if (status && !state.members.empty()) status = read_offsets(**handle, group, topic, state);
    if (!status) return status;
    return state;
}

}  // namespace millrace
