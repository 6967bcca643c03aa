#include "engine/config/table.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "engine/base/text.h"
#include "engine/config/nearest_property.h"

namespace millrace {

namespace {

constexpr std::string_view kClientPrefixes[] = {
    "main.consumer.", "restore.consumer.", "global.consumer.", "consumer.", "producer.", "admin."};

/// Families within which any name is right.
constexpr std::string_view kOpenFamilies[] = {"ksql.functions.", "topic.", "config.providers."};

const std::unordered_map<std::string_view, const Property*>& rows_by_name() {
    static const auto rows = [] {
        std::unordered_map<std::string_view, const Property*> by_name;
        for (const Property& row : kProperties) by_name.emplace(row.name, &row);
        return by_name;
    }();
    return rows;
}

const Property* row_of(std::string_view name) {
    auto found = rows_by_name().find(name);
    return found == rows_by_name().end() ? nullptr : found->second;
}

const Property* family_of(std::string_view name) {
    for (size_t dot = name.rfind('.'); dot != std::string_view::npos && dot > 0;
         dot = name.rfind('.', dot - 1)) {
        if (const Property* row = row_of(name.substr(0, dot + 1))) return row;
    }
    return nullptr;
}

bool is_of_kafka(const Property& row) {
    return row.group == PropertyGroup::kStreams || row.group == PropertyGroup::kClients;
}

}  // namespace

bool is_topic_setting(std::string_view name) {
    static const std::unordered_set<std::string_view> names = {
        "cleanup.policy",
        "compression.gzip.level",
        "compression.lz4.level",
        "compression.type",
        "compression.zstd.level",
        "delete.retention.ms",
        "file.delete.delay.ms",
        "flush.messages",
        "flush.ms",
        "follower.replication.throttled.replicas",
        "index.interval.bytes",
        "leader.replication.throttled.replicas",
        "local.retention.bytes",
        "local.retention.ms",
        "max.compaction.lag.ms",
        "max.message.bytes",
        "message.downconversion.enable",
        "message.format.version",
        "message.timestamp.after.max.ms",
        "message.timestamp.before.max.ms",
        "message.timestamp.difference.max.ms",
        "message.timestamp.type",
        "min.cleanable.dirty.ratio",
        "min.compaction.lag.ms",
        "min.insync.replicas",
        "preallocate",
        "remote.storage.enable",
        "retention.bytes",
        "retention.ms",
        "segment.bytes",
        "segment.index.bytes",
        "segment.jitter.ms",
        "segment.ms",
        "unclean.leader.election.enable"};
    return names.contains(name);
}

std::string property_name(std::string_view given) {
    if (given.starts_with(kStreamsPrefix) && row_of(given) == nullptr) {
        given.remove_prefix(kStreamsPrefix.size());
    }
    return std::string(given);
}

std::string shown_property_name(const Property& row) {
    const bool prefixed = row.group == PropertyGroup::kStreams && !row.name.starts_with("ksql.");
    return (prefixed ? std::string(kStreamsPrefix) : std::string()) + std::string(row.name);
}

std::string_view without_client_prefix(std::string_view name) {
    for (std::string_view prefix : kClientPrefixes) {
        if (name.starts_with(prefix)) return name.substr(prefix.size());
    }
    return name;
}

const Property* find_property(std::string_view name) {
    if (const Property* row = row_of(name); row != nullptr && !row->is_family()) return row;
    const std::string_view bare = without_client_prefix(name);
    if (bare.size() != name.size()) {
        if (const Property* row = row_of(bare);
            row != nullptr && !row->is_family() && is_of_kafka(*row)) {
            return row;
        }
    }
    return family_of(name);
}

size_t suggested_distance(std::string_view name) {
    return std::min<size_t>(4, std::max<size_t>(1, (name.size() + 1) / 3));
}

std::string nearest_property(std::string_view name, size_t tolerated,
                             bool (*accepts)(const Property& row)) {
    const std::string_view bare = without_client_prefix(name);
    const std::string prefix(name.substr(0, name.size() - bare.size()));
    const std::string wanted = lower_ascii(name);
    std::string nearest;
    size_t least = tolerated + 1;
    auto consider = [&](const std::string& known) {
        const size_t longer = std::max(known.size(), wanted.size());
        if (longer - std::min(known.size(), wanted.size()) >= least || known == name) return;
        const size_t distance = edit_distance(wanted, known);
        if (distance < least) {
            least = distance;
            nearest = known;
        }
    };
    for (const Property& row : kProperties) {
        if (row.is_family() || !accepts(row)) continue;
        const std::string known(row.name);
        if (!is_of_kafka(row) || prefix.empty()) consider(known);
        if (!is_of_kafka(row)) continue;
        if (!prefix.empty()) consider(prefix + known);
        consider(std::string(kStreamsPrefix) + known);
    }
    return nearest;
}

std::string mistyped_property(std::string_view name) {
    for (std::string_view family : kOpenFamilies) {
        if (name.starts_with(family)) return "";
    }
    const size_t size = without_client_prefix(name).size();
    const size_t surely = std::min<size_t>(2, std::max<size_t>(1, size / 6));
    std::string meant = nearest_property(name, surely, [](const Property&) { return true; });
    if (!meant.empty()) return meant;
    // Who wrote it counts on a protection: better to ask once too often.
    return nearest_property(name, std::min<size_t>(4, size / 5),
                            [](const Property& row) { return row.is_promise; });
}

bool is_query_property(std::string_view name) {
    const Property* row = find_property(name);
    return row != nullptr && row->reach == PropertyReach::kQuery;
}

}  // namespace millrace
