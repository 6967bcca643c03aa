#include "engine/exec/shared_rows.h"

#include <algorithm>

namespace millrace::exec {

DecodeKind DecodeKinds::of(const std::string& text) {
    if (auto found = kinds_.find(text); found != kinds_.end()) {
        if (DecodeKind kind = found->second.lock()) return kind;
    }
    if (kinds_.size() > 2 * pruned_ + 16) {
        std::erase_if(kinds_, [](const auto& entry) { return entry.second.expired(); });
        pruned_ = kinds_.size();
    }
    auto kind = std::make_shared<const std::string>(text);
    kinds_[text] = kind;
    return kind;
}

SharedRows& SharedRows::of(LogBatch& batch) {
    std::shared_ptr<void>& companion = batch.companion();
    if (!companion) companion = std::make_shared<SharedRows>();
    return *static_cast<SharedRows*>(companion.get());
}

const SharedRows::Entry* SharedRows::find(const DecodeKind& kind,
                                          std::span<const LogRecord> records) const {
    const auto found = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& entry) {
        return entry.kind == kind.get() && entry.records.data() == records.data() &&
               entry.records.size() == records.size();
    });
    return found == entries_.end() ? nullptr : &*found;
}

}  // namespace millrace::exec
