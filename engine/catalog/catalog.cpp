#include "engine/catalog/catalog.h"

#include <algorithm>

#include "engine/base/nearest.h"
#include "engine/base/text.h"
#include "engine/sql/parser.h"

namespace millrace {

CatalogPtr Catalog::empty() {
    static const CatalogPtr kEmpty = std::make_shared<const Catalog>();
    return kEmpty;
}

SourcePtr Catalog::find_source(const std::string& name) const {
    auto found = sources_.find(name);
    return found == sources_.end() ? nullptr : found->second;
}

std::vector<SourcePtr> Catalog::sources() const {
    std::vector<SourcePtr> all;
    all.reserve(sources_.size());
    for (const auto& [name, source] : sources_) all.push_back(source);
    return all;
}

std::vector<SourcePtr> Catalog::sources_on_topic(const std::string& topic) const {
    std::vector<SourcePtr> found;
    for (const auto& [name, source] : sources_) {
        if (source->topic == topic) found.push_back(source);
    }
    return found;
}

SqlTypePtr Catalog::find_type(const std::string& name) const {
    auto found = types_.find(name);
    return found == types_.end() ? nullptr : found->second;
}

const PersistentQuery* Catalog::find_query(const std::string& id) const {
    auto found = std::find_if(queries_.begin(), queries_.end(),
                              [&](const PersistentQuery& query) { return query.id == id; });
    return found == queries_.end() ? nullptr : &*found;
}

void Catalog::put_source(SourcePtr source) {
    const std::string name = source->name;
    sources_[name] = std::move(source);
}

void Catalog::put_type(const std::string& name, SqlTypePtr type) {
    types_[name] = std::move(type);
}

void Catalog::put_query(PersistentQuery query) {
    auto same = std::find_if(queries_.begin(), queries_.end(),
                             [&](const PersistentQuery& known) { return known.id == query.id; });
    if (same == queries_.end()) {
        queries_.push_back(std::move(query));
    } else {
        *same = std::move(query);
    }
}

void Catalog::remove_query(const std::string& id) {
    std::erase_if(queries_, [&](const PersistentQuery& query) { return query.id == id; });
}

void Catalog::pause_query(const std::string& id, bool paused) {
    for (auto& query : queries_) {
        if (query.id == id) query.paused = paused;
    }
}

void Catalog::set_system_property(const std::string& name, const std::string& value) {
    system_properties_[name] = value;
}

void Catalog::end_command(int64_t sequence) {
    ++version_;
    last_sequence_ = sequence;
}

void Catalog::clear() {
    sources_.clear();
    types_.clear();
    queries_.clear();
    system_properties_.clear();
    ++version_;
}

std::string Catalog::source_hint(const std::string& name) const {
    // A name that differs only in case was written with, or without, the quotes that it needs.
    for (const auto& [known, source] : sources_) {
        if (known == name || upper_ascii(known) != upper_ascii(name)) continue;
        if (known == upper_ascii(known)) {
            return "\nDid you mean " + known +
                   "? Hint: try removing double quotes from the source name.";
        }
        return "\nDid you mean \"" + known +
               "\"? Hint: wrap the source name in double quotes to make it case-sensitive.";
    }
    return "";
}

std::string Catalog::unknown_source_message(const std::string& name) const {
    std::string message = name + " does not exist.";
    std::string hint = source_hint(name);
    if (!hint.empty()) return message + hint;
    std::vector<std::string> names;
    for (const auto& [known, source] : sources_) names.push_back(known);
    std::vector<std::string> near = nearest_names(name, names, 1);
    if (!near.empty()) message += "\nDid you mean " + quote_identifier(near.front()) + "?";
    return message;
}

}  // namespace millrace
