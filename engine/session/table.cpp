// Which handler runs which statement.
#include "engine/base/error.h"
#include "engine/session/handlers.h"

namespace millrace {

namespace {

template <class... Handlers>
struct Overloaded : Handlers... {
    using Handlers::operator()...;
};
template <class... Handlers>
Overloaded(Handlers...) -> Overloaded<Handlers...>;

[[noreturn]] void not_yet(const StatementContext& context, const std::string& what) {
    refuse(ErrorKind::kNotYet, what + " is not supported by this server yet.",
           context.statement.position);
}

}  // namespace

StatementResult run_statement(StatementContext& c) {
    return std::visit(
        Overloaded{
            [&](const sql::CreateSource& s) { return create_source(s, c); },
            [&](const sql::CreateAsSelect& s) { return create_as_select(s, c); },
            [&](const sql::InsertIntoSelect& s) { return insert_into_select(s, c); },
            [&](const sql::InsertValues& s) { return insert_values(s, c); },
            [&](const sql::AlterSource& s) { return alter_source(s, c); },
            [&](const sql::DropSource& s) { return drop_source(s, c); },
            [&](const sql::CreateType& s) { return create_type(s, c); },
            [&](const sql::DropType& s) { return drop_type(s, c); },
            [&](const sql::TerminateQuery& s) { return terminate_query(s, c); },
            [&](const sql::PauseQuery& s) { return pause_query(s, c); },
            [&](const sql::ResumeQuery& s) { return resume_query(s, c); },
            [&](const sql::Explain& s) { return explain(s, c); },
            [&](const sql::ListObjects& s) { return list_objects(s, c); },
            [&](const sql::DescribeSource& s) { return describe_source(s, c); },
            [&](const sql::DescribeAll& s) { return describe_all(s, c); },
            [&](const sql::DescribeFunction& s) { return describe_function(s, c); },
            [&](const sql::SetProperty& s) { return set_property(s, c); },
            [&](const sql::UnsetProperty& s) { return unset_property(s, c); },
            [&](const sql::AlterSystem& s) { return alter_system(s, c); },
            [&](const sql::DefineVariable& s) { return define_variable(s, c); },
            [&](const sql::UndefineVariable& s) { return undefine_variable(s, c); },
            [&](const sql::AssertTopic& s) { return assert_topic(s, c); },
            [&](const sql::QueryStatement&) -> StatementResult {
                refuse("SELECT is not executed here", c.statement.position);
            },
            [&](const sql::PrintTopic&) -> StatementResult {
                refuse("PRINT is not executed here", c.statement.position);
            },
            [&](const sql::RunScript&) -> StatementResult {
                refuse("RUN SCRIPT can only be used in the shell.", c.statement.position);
            },
            [&](const sql::DescribeConnector&) -> StatementResult {
                not_yet(c, "DESCRIBE CONNECTOR");
            },
            [&](const sql::CreateConnector&) -> StatementResult { not_yet(c, "CREATE CONNECTOR"); },
            [&](const sql::DropConnector&) -> StatementResult { not_yet(c, "DROP CONNECTOR"); },
            [&](const sql::AssertSchema& s) { return assert_schema(s, c); },
            [&](const sql::AssertValues&) -> StatementResult {
                not_yet(c, "ASSERT VALUES outside tests");
            },
            [&](const sql::AssertTombstone&) -> StatementResult {
                not_yet(c, "ASSERT NULL VALUES outside tests");
            },
            [&](const sql::AssertSource&) -> StatementResult {
                not_yet(c, "ASSERT STREAM/TABLE outside tests");
            },
        },
        c.statement.node);
}

}  // namespace millrace
