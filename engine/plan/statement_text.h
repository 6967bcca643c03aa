// Statements as ksqlDB shows them back: properties filled in and sorted, names qualified, one
// SELECT item a line.
#pragma once

#include <string>

#include "engine/sql/statements.h"

namespace millrace::plan {

std::string format_statement(const sql::CreateSource& statement);
std::string format_statement(const sql::CreateAsSelect& statement);
/// Without a semicolon.
std::string format_query(const sql::Query& query);

}  // namespace millrace::plan
