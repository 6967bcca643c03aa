// DROP STREAM, DROP TABLE.
#include "engine/session/drop_source.h"

#include <algorithm>

#include "engine/base/error.h"
#include "engine/plan/steps.h"
#include "engine/session/handlers.h"

namespace millrace {

namespace {

std::string join_names(const std::vector<std::string>& names) {
    std::string text;
    for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
    return text;
}

/// Queries other than the one that made the source must be gone, and so must sources that are made
/// from it.
void check_unused(const Source& source, const Catalog& catalog) {
    std::vector<std::string> readers;
    std::vector<std::string> writers;
    for (const auto& query : catalog.queries()) {
        const auto& plan = *query.plan;
        if (source.created_by && *source.created_by == plan.query_id) continue;
        const bool makes_source =
            plan.query_id.starts_with("CSAS_") || plan.query_id.starts_with("CTAS_");
        bool reads = std::find(plan.source_names.begin(), plan.source_names.end(), source.name) !=
                     plan.source_names.end();
        if (reads && !makes_source) readers.push_back(plan.query_id);
        if (plan.sink_name == source.name) writers.push_back(plan.query_id);
    }
    std::vector<std::string> dependents;
    for (const auto& other : catalog.sources()) {
        if (other->depends_on.count(source.name) != 0) dependents.push_back(other->name);
    }
    std::sort(readers.begin(), readers.end());
    std::sort(writers.begin(), writers.end());
    if (!readers.empty() || !writers.empty()) {
        refuse("Cannot drop " + source.name + ".\nThe following queries read from this source: [" +
               join_names(readers) + "].\nThe following queries write into this source: [" +
               join_names(writers) + "].\nYou need to terminate them before dropping " +
               source.name + ".");
    }
    if (!dependents.empty()) {
        refuse("Cannot drop " + source.name +
               ".\nThe following streams and/or tables read from this source: [" +
               join_names(dependents) + "].\nYou need to drop them before dropping " + source.name +
               ".");
    }
}

void check_topic_unshared(const Source& source, const Catalog& catalog) {
    if (source.read_only) {
        refuse("Cannot delete topic for read-only source: " + source.name);
    }
    std::vector<std::string> others;
    for (const auto& other : catalog.sources_on_topic(source.topic)) {
        if (other->name != source.name) others.push_back(other->name);
    }
    if (!others.empty()) {
        refuse(ErrorKind::kGeneral, "Refusing to delete topic. Found other data sources (" +
                                        join_names(others) + ") using topic " + source.topic);
    }
}

}  // namespace

SourcePtr check_drop(const sql::DropSource& statement, const Catalog& catalog) {
    const bool table = statement.kind == sql::SourceKind::kTable;
    auto source = catalog.find_source(statement.name);
    if (!source) {
        if (statement.if_exists) return nullptr;
        refuse_about(statement.name, std::string(table ? "Table " : "Stream ") + statement.name +
                                         " does not exist." + catalog.source_hint(statement.name));
    }
    if (source->kind != statement.kind) {
        refuse(std::string("Incompatible data source type is ") +
               (source->is_table() ? "table" : "stream") + ", but statement was DROP " +
               (table ? "table" : "stream"));
    }
    check_unused(*source, catalog);
    if (statement.delete_topic) check_topic_unshared(*source, catalog);
    return source;
}

StatementResult drop_source(const sql::DropSource& statement, StatementContext& context) {
    const bool table = statement.kind == sql::SourceKind::kTable;
    auto source = check_drop(statement, *context.catalog);
    Command command;
    command.id = std::string(table ? "table/" : "stream/") + statement.name + "/drop";
    command.name = statement.name;
    if (!source) {
        command.action = Command::Action::kNothing;
        command.message = "Source `" + statement.name + "` does not exist.";
        return Change{std::move(command), context.statement.text};
    }
    command.action = Command::Action::kDropSource;
    command.message = "Source `" + source->name + "` (topic: " + source->topic + ") was dropped.";
    Change change{std::move(command), context.statement.text};
    if (statement.delete_topic) {
        // The topic goes with this execution; replaying the command later must not delete a newer
        // one.
        auto kept = statement;
        kept.delete_topic = false;
        change.shown = sql::print(sql::Statement{kept, "", {}});
        if (change.shown.empty() || change.shown.back() != ';') change.shown += ';';
        change.doomed_topic = source->topic;
    }
    return change;
}

}  // namespace millrace
