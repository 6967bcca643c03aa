#include "engine/catalog/catalog.h"

#include <algorithm>

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

CatalogPtr Catalog::apply(const CatalogChange& change) const {
    auto next = std::make_shared<Catalog>(*this);
    if (const auto* put = std::get_if<PutSource>(&change)) {
        next->sources_[put->source->name] = put->source;
    } else if (const auto* remove = std::get_if<RemoveSource>(&change)) {
        next->sources_.erase(remove->name);
    } else if (const auto* put_type = std::get_if<PutType>(&change)) {
        next->types_[put_type->name] = put_type->type;
    } else if (const auto* remove_type = std::get_if<RemoveType>(&change)) {
        next->types_.erase(remove_type->name);
    }
    return next;
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
    std::vector<std::string> near = sql::nearest_names(name, names, 1);
    if (!near.empty()) message += "\nDid you mean " + quote_identifier(near.front()) + "?";
    return message;
}

}  // namespace millrace
