#include "engine/session/command_fold.h"

namespace millrace {

namespace {

void put_query(Catalog& catalog, const Command& command, int64_t sequence) {
    if (!command.query) return;
    PersistentQuery query{
        command.query->query_id, command.query, command.overrides, false, sequence, {},
        command.starts};
    // A query that is replaced goes on where it stands.
    if (const auto* current = catalog.find_query(query.id)) {
        query.paused = current->paused;
        query.made_at = current->made_at;
        if (!current->starts) {
            query.starts = std::nullopt;
        } else if (query.starts) {
            for (const auto& [topic, end] : *current->starts) (*query.starts)[topic] = end;
        }
        query.replacement =
            Replacement{sequence, current->plan,
                        current->replacement ? current->replacement->number : int64_t{-1}};
    }
    catalog.put_query(std::move(query));
}

template <class Change>
void each_query(const Catalog& catalog, const Command& command, const Change& change) {
    if (!command.query_id.empty()) return change(command.query_id);
    for (const auto& query : std::vector(catalog.queries())) change(query.id);
}

}  // namespace

Catalog apply(Catalog catalog, const Command& command, int64_t sequence) {
    using Action = Command::Action;
    switch (command.action) {
        case Action::kPutSource:
            put_query(catalog, command, sequence);
            if (command.source) catalog.put_source(command.source);
            break;
        case Action::kStartQuery:
            put_query(catalog, command, sequence);
            break;
        case Action::kDropSource: {
            auto source = catalog.find_source(command.name);
            if (source && source->created_by) catalog.remove_query(*source->created_by);
            catalog.remove_source(command.name);
            break;
        }
        case Action::kPutType:
            if (command.type) catalog.put_type(command.name, command.type);
            break;
        case Action::kDropType:
            catalog.remove_type(command.name);
            break;
        case Action::kTerminate:
            each_query(catalog, command, [&](const auto& id) { catalog.remove_query(id); });
            break;
        case Action::kPause:
        case Action::kResume: {
            const bool paused = command.action == Action::kPause;
            each_query(catalog, command, [&](const auto& id) { catalog.pause_query(id, paused); });
            break;
        }
        case Action::kAlterSystem:
            catalog.set_system_property(command.name, command.value);
            break;
        case Action::kNothing:
            break;
    }
    catalog.end_command(sequence);
    return catalog;
}

}  // namespace millrace
