// Statements as written, one struct a kind. See docs/add-a-statement.md.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "engine/sql/duration.h"
#include "engine/sql/expression.h"

namespace millrace::sql {

/// WITH (…): names upper-cased, values literals, in the order written.
struct Properties {
    std::vector<std::pair<std::string, Literal>> entries;
    const Literal* find(std::string_view name) const;
};

/// ---- SELECT ----
struct SelectItem {
    struct Star {
        std::optional<std::string> source;  ///< `a.*`
    };
    struct StructStar {  ///< `s->*`
        ExpressionPtr base;
    };
    struct Single {
        ExpressionPtr expression;
        std::optional<std::string> alias;
    };
    std::variant<Star, StructStar, Single> item;
    Position position;
};

struct SourceRef {
    std::string name;
    std::optional<std::string> alias;
    Position position;
};

enum class JoinType { kInner, kLeft, kRight, kOuter };
struct Within {
    int64_t before_ms = 0;
    int64_t after_ms = 0;
    std::optional<int64_t> grace_ms;
    bool single = true;  ///< Written as one duration.
    DurationUnit before_unit = DurationUnit::kAuto;
    DurationUnit after_unit = DurationUnit::kAuto;
    DurationUnit grace_unit = DurationUnit::kAuto;
};
struct Join {
    JoinType type = JoinType::kInner;
    SourceRef source;
    std::optional<Within> within;
    ExpressionPtr on;
    Position position;
};

enum class WindowKind { kTumbling, kHopping, kSession };
struct WindowClause {
    WindowKind kind = WindowKind::kTumbling;
    std::optional<std::string> name;
    int64_t size_ms = 0;  ///< Session: the gap.
    int64_t advance_ms = 0;
    std::optional<int64_t> retention_ms;
    std::optional<int64_t> grace_ms;
    DurationUnit size_unit = DurationUnit::kAuto;
    DurationUnit advance_unit = DurationUnit::kAuto;
    DurationUnit retention_unit = DurationUnit::kAuto;
    DurationUnit grace_unit = DurationUnit::kAuto;
    Position position;
};

enum class EmitKind { kNone, kChanges, kFinal };
struct Query {
    std::vector<SelectItem> select;
    SourceRef from;
    std::vector<Join> joins;
    std::optional<WindowClause> window;
    ExpressionPtr where;
    std::vector<ExpressionPtr> group_by;
    std::vector<ExpressionPtr> partition_by;
    ExpressionPtr having;
    EmitKind emit = EmitKind::kNone;
    std::optional<int64_t> limit;
    Position position;
};

/// ---- sources ----
enum class SourceKind { kStream, kTable };
enum class ColumnRole { kValue, kKey, kPrimaryKey, kHeaders, kHeader };
struct ColumnDefinition {
    std::string name;
    SqlTypePtr type;
    ColumnRole role = ColumnRole::kValue;
    std::string header_key;  ///< kHeader only.
    Position position;
};
struct CreateSource {
    SourceKind kind = SourceKind::kStream;
    std::string name;
    bool or_replace = false;
    bool read_only = false;  ///< CREATE SOURCE …
    bool if_not_exists = false;
    std::vector<ColumnDefinition> columns;
    Properties properties;
};
struct CreateAsSelect {
    SourceKind kind = SourceKind::kStream;
    std::string name;
    bool or_replace = false;
    bool if_not_exists = false;
    Properties properties;
    Query query;
};
struct InsertIntoSelect {
    std::string target;
    Properties properties;
    Query query;
};
struct InsertValues {
    std::string target;
    std::vector<std::string> columns;  ///< Empty: not listed.
    std::vector<ExpressionPtr> values;
};
struct AlterSource {
    SourceKind kind = SourceKind::kStream;
    std::string name;
    std::vector<ColumnDefinition> added;
};
struct DropSource {
    SourceKind kind = SourceKind::kStream;
    std::string name;
    bool if_exists = false;
    bool delete_topic = false;
};
struct CreateType {
    std::string name;
    SqlTypePtr type;
    bool if_not_exists = false;
};
struct DropType {
    std::string name;
    bool if_exists = false;
};

/// ---- queries ----
struct QueryStatement {
    Query query;
};
struct PrintTopic {
    std::string topic;
    bool from_beginning = false;
    std::optional<int64_t> interval;
    std::optional<int64_t> limit;
};

/// ---- running queries ----
struct QuerySelector {
    std::optional<std::string> id;  ///< Absent: ALL.
};
struct TerminateQuery {
    QuerySelector query;
};
struct PauseQuery {
    QuerySelector query;
};
struct ResumeQuery {
    QuerySelector query;
};
struct Statement;
struct Explain {
    std::optional<std::string> query_id;
    std::shared_ptr<const Statement> statement;  ///< Null when query_id is given.
};

/// ---- introspection ----
enum class ListKind {
    kStreams,
    kTables,
    kTopics,
    kAllTopics,
    kFunctions,
    kQueries,
    kProperties,
    kTypes,
    kVariables,
    kConnectors,
    kSourceConnectors,
    kSinkConnectors,
    kConnectorPlugins,
};
struct ListObjects {
    ListKind kind = ListKind::kStreams;
    bool extended = false;
};
struct DescribeSource {
    std::string name;
    bool extended = false;
};
struct DescribeAll {  ///< DESCRIBE STREAMS | TABLES [EXTENDED]
    SourceKind kind = SourceKind::kStream;
    bool extended = false;
};
struct DescribeFunction {
    std::string name;
};
struct DescribeConnector {
    std::string name;
};

/// ---- session ----
struct SetProperty {
    std::string name, value;
};
struct UnsetProperty {
    std::string name;
};
struct AlterSystem {
    std::string name, value;
};
struct DefineVariable {
    std::string name, value;
};
struct UndefineVariable {
    std::string name;
};
struct RunScript {
    std::string path;
};

/// ---- connectors, assertions ----
struct CreateConnector {
    std::string name;
    bool source = true;
    bool if_not_exists = false;
    Properties properties;
};
struct DropConnector {
    std::string name;
    bool if_exists = false;
};
struct AssertTopic {
    std::string topic;
    bool exists = true;
    Properties properties;
    std::optional<int64_t> timeout_ms;
};
struct AssertSchema {
    std::optional<std::string> subject;
    std::optional<int64_t> id;
    bool exists = true;
    std::optional<int64_t> timeout_ms;
};
/// ---- the test runner's own: only parsed with ParseOptions::test_statements ----
struct AssertValues {
    std::string source;
    std::vector<std::string> columns;
    std::vector<ExpressionPtr> values;
};
struct AssertTombstone {
    std::string source;
    std::vector<std::string> columns;
    std::vector<ExpressionPtr> key;
};
struct AssertSource {
    CreateSource expected;
};

struct Statement {
    using Node =
        std::variant<CreateSource, CreateAsSelect, InsertIntoSelect, InsertValues, AlterSource,
                     DropSource, CreateType, DropType, QueryStatement, PrintTopic, TerminateQuery,
                     PauseQuery, ResumeQuery, Explain, ListObjects, DescribeSource, DescribeAll,
                     DescribeFunction, DescribeConnector, SetProperty, UnsetProperty, AlterSystem,
                     DefineVariable, UndefineVariable, RunScript, CreateConnector, DropConnector,
                     AssertTopic, AssertSchema, AssertValues, AssertTombstone, AssertSource>;
    Node node;
    std::string text;  ///< As written, with its semicolon, without surrounding space or comments.
    Position position;

    template <class T>
    const T* as() const {
        return std::get_if<T>(&node);
    }
};

/// Text that parses to the same AST, with its semicolon: ksqlDB's layout (properties sorted by
/// name, one select item a line, one clause a line).
std::string print(const Statement& statement);
std::string print(const Query& query);
std::string print(const Properties& properties);

/// Structural equality; positions, text and the order of properties do not count.
bool same_statement(const Statement& a, const Statement& b);
bool same_query(const Query& a, const Query& b);

}  // namespace millrace::sql
