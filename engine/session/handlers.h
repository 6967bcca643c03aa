// The statement handlers, one a kind; each in its own file. See docs/add-a-statement.md.
#pragma once

#include "engine/session/session.h"

namespace millrace {

StatementResult create_source(const sql::CreateSource& statement, StatementContext& context);
StatementResult create_as_select(const sql::CreateAsSelect& statement, StatementContext& context);
StatementResult insert_into_select(const sql::InsertIntoSelect& statement,
                                   StatementContext& context);
StatementResult insert_values(const sql::InsertValues& statement, StatementContext& context);
StatementResult alter_source(const sql::AlterSource& statement, StatementContext& context);
StatementResult drop_source(const sql::DropSource& statement, StatementContext& context);
StatementResult create_type(const sql::CreateType& statement, StatementContext& context);
StatementResult drop_type(const sql::DropType& statement, StatementContext& context);
StatementResult terminate_query(const sql::TerminateQuery& statement, StatementContext& context);
StatementResult pause_query(const sql::PauseQuery& statement, StatementContext& context);
StatementResult resume_query(const sql::ResumeQuery& statement, StatementContext& context);
StatementResult explain(const sql::Explain& statement, StatementContext& context);
StatementResult list_objects(const sql::ListObjects& statement, StatementContext& context);
StatementResult describe_source(const sql::DescribeSource& statement, StatementContext& context);
StatementResult describe_all(const sql::DescribeAll& statement, StatementContext& context);
StatementResult describe_function(const sql::DescribeFunction& statement,
                                  StatementContext& context);
StatementResult set_property(const sql::SetProperty& statement, StatementContext& context);
StatementResult unset_property(const sql::UnsetProperty& statement, StatementContext& context);
StatementResult alter_system(const sql::AlterSystem& statement, StatementContext& context);
StatementResult define_variable(const sql::DefineVariable& statement, StatementContext& context);
StatementResult undefine_variable(const sql::UndefineVariable& statement,
                                  StatementContext& context);
StatementResult assert_topic(const sql::AssertTopic& statement, StatementContext& context);
StatementResult assert_schema(const sql::AssertSchema& statement, StatementContext& context);

/// Summary of a persistent query for SHOW QUERIES and DESCRIBE.
entity::QuerySummary summarize(const PersistentQuery& query, const StatementContext& context);
/// The running push query of this id, or null. Its id has lower-case letters, a statement's name
/// for it has none: letter case does not count.
std::shared_ptr<const plan::PhysicalPlan> find_push_query(const std::string& id, Engine& engine);
entity::QueryDescription describe_query(const PersistentQuery& query,
                                        const StatementContext& context);
std::vector<entity::FieldInfo> field_infos(const Schema& schema);

}  // namespace millrace
