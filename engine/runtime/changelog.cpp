#include "engine/runtime/changelog.h"

#include <vector>

#include "engine/state/closing_index.h"

namespace millrace {

ChangelogOffsets write_changelog(const Overlay& overlay, const ChangelogMap& changelogs,
                                 Transaction& transaction, int64_t now_ms) {
    auto offsets = std::make_shared<std::map<StorePartition, int64_t>>();
    std::vector<Overlay::Change> changes;  // Those of a store partition stand together.
    overlay.visit_changes([&](const Overlay::Change& change) {
        if (!is_local_key(change.key)) changes.push_back(change);
    });
    const Changelog* changelog = nullptr;
    for (size_t i = 0; i < changes.size(); ++i) {
        const auto& change = changes[i];
        if (changelog == nullptr || changes[i - 1].where != change.where) {
            auto found = changelogs.find(change.where);
            MR_CHECK(found != changelogs.end(), "a changed store has no changelog");
            changelog = &found->second;
        }
        ProducedRecord record;
        record.topic = changelog->source.topic;
        record.partition = changelog->source.partition;
        record.owner = changelog->owner;
        record.key = change.key;
        record.value = change.value;
        record.timestamp_ms = now_ms;
        const bool last = i + 1 == changes.size() || changes[i + 1].where != change.where;
        if (!last) {
            transaction.write(record);
            continue;
        }
        // The last one tells where the changelog is when all of them are in.
        transaction.write(record, [offsets, where = change.where](int64_t offset) {
            (*offsets)[where] = offset + 1;
        });
    }
    return offsets;
}

}  // namespace millrace
