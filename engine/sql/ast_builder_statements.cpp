// Statements: one method a grammar alternative. Each leaves its node in node_.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "engine/base/text.h"
#include "engine/sql/ast_builder.h"

namespace millrace::sql {

Statement AstBuilder::build_statement(P::SingleStatementContext* context) {
    context->statement()->accept(this);
    return finish(context->statement(), context->SEMICOLON()->getSymbol());
}

Statement AstBuilder::build_statement(P::SingleTestStatementContext* context) {
    antlr4::ParserRuleContext* inner = context->statement();
    if (inner == nullptr) inner = context->testStatement();
    inner->accept(this);
    return finish(inner, context->SEMICOLON()->getSymbol());
}

/// `semicolon` is null inside EXPLAIN.
Statement AstBuilder::finish(antlr4::ParserRuleContext* context, antlr4::Token* semicolon) {
    Statement out;
    out.node = std::move(node_);
    out.position = position(context);
    const size_t from = context->start->getStartIndex();
    const antlr4::Token* last = semicolon != nullptr ? semicolon : context->stop;
    out.text = std::string(text_.substr(from, last->getStopIndex() - from + 1));
    if (semicolon == nullptr) out.text += ';';
    return out;
}

// ---- sources ----

ColumnDefinition AstBuilder::column(P::TableElementContext* context) {
    ColumnDefinition out;
    out.name = identifier(context->identifier());
    out.type = build_type(context->type());
    out.position = position(context);
    P::ColumnRoleContext* role = context->columnRole();
    if (role == nullptr) return out;
    if (role->KEY() != nullptr) {
        out.role = role->PRIMARY() != nullptr ? ColumnRole::kPrimaryKey : ColumnRole::kKey;
        return out;
    }
    if (role->HEADERS() != nullptr) {
        out.role = ColumnRole::kHeaders;
        static const SqlTypePtr expected = SqlType::array(
            SqlType::struct_({{"KEY", SqlType::string()}, {"VALUE", SqlType::bytes()}}));
        if (!same_type(out.type, expected)) {
            refuse(fmt::format("Invalid type for HEADERS column: expected {}, got {}",
                               expected->to_string(), out.type->to_string()),
                   out.position);
        }
        return out;
    }
    out.role = ColumnRole::kHeader;
    out.header_key = string_value(role->STRING());
    if (!out.type->is(BaseType::kBytes)) {
        refuse(fmt::format("Invalid type for HEADER('{}') column: expected BYTES, got {}",
                           out.header_key, out.type->to_string()),
               out.position);
    }
    return out;
}

std::vector<ColumnDefinition> AstBuilder::build_columns(
    const std::vector<P::TableElementContext*>& elements) {
    std::vector<ColumnDefinition> out;
    out.reserve(elements.size());
    for (P::TableElementContext* element : elements) out.push_back(column(element));
    return out;
}

void AstBuilder::check_columns(SourceKind kind,
                               const std::vector<ColumnDefinition>& columns) const {
    static constexpr std::string_view kWhy =
        "\nTables have PRIMARY KEYs, which are unique and NON NULL.\n"
        "Streams have KEYs, which have no uniqueness or NON NULL constraints.";
    for (const ColumnDefinition& column : columns) {
        const bool stream = kind == SourceKind::kStream;
        const bool wrong = column.role == (stream ? ColumnRole::kPrimaryKey : ColumnRole::kKey);
        if (!wrong) continue;
        const std::string name = quote_identifier(column.name, true);
        StatementError error(
            ErrorKind::kStatement,
            fmt::format("Line: {}, Col: {}: Column {} is a '{}' column: please use '{}' for {}.{}",
                        column.position.line, column.position.column, name,
                        stream ? "PRIMARY KEY" : "KEY", stream ? "KEY" : "PRIMARY KEY",
                        stream ? "streams" : "tables", kWhy),
            column.position, Stage::kRead);
        throw error.with_statement(name);
    }
    std::vector<std::string> twice;
    for (size_t i = 0; i < columns.size(); ++i) {
        const auto same = [&](const ColumnDefinition& c) { return c.name == columns[i].name; };
        const auto here = columns.begin() + static_cast<ptrdiff_t>(i);
        if (std::any_of(columns.begin(), here, same)) {
            const std::string name = quote_identifier(columns[i].name, true);
            if (std::find(twice.begin(), twice.end(), name) == twice.end()) twice.push_back(name);
        }
    }
    if (!twice.empty()) {
        refuse(fmt::format("Duplicate column names: {}", fmt::join(twice, ",")),
               columns.front().position);
    }
}

template <class Context>
CreateSource AstBuilder::create_source(SourceKind kind, Context* context) {
    CreateSource out;
    out.kind = kind;
    out.name = source_name(context->sourceName());
    out.or_replace = context->OR() != nullptr;
    out.read_only = context->SOURCE() != nullptr;
    out.if_not_exists = context->ifNotExists() != nullptr;
    if (context->tableElements() != nullptr) {
        out.columns = build_columns(context->tableElements()->tableElement());
        check_columns(kind, out.columns);
    }
    out.properties = properties(context->properties());
    return out;
}

template <class Context>
CreateAsSelect AstBuilder::create_as_select(SourceKind kind, Context* context) {
    CreateAsSelect out;
    out.kind = kind;
    out.name = source_name(context->sourceName());
    out.or_replace = context->OR() != nullptr;
    out.if_not_exists = context->ifNotExists() != nullptr;
    out.properties = properties(context->properties());
    out.query = query(context->query());
    if (out.query.limit) {
        refuse(fmt::format("CREATE {} AS SELECT statements don't support LIMIT clause.",
                           kind == SourceKind::kStream ? "STREAM" : "TABLE"),
               position(context->query()->limit()));
    }
    return out;
}

AstBuilder::Any AstBuilder::visitQueryStatement(P::QueryStatementContext* context) {
    node_ = QueryStatement{query(context->query())};
    return {};
}

AstBuilder::Any AstBuilder::visitCreateStream(P::CreateStreamContext* context) {
    node_ = create_source(SourceKind::kStream, context);
    return {};
}

AstBuilder::Any AstBuilder::visitCreateTable(P::CreateTableContext* context) {
    node_ = create_source(SourceKind::kTable, context);
    return {};
}

AstBuilder::Any AstBuilder::visitCreateStreamAs(P::CreateStreamAsContext* context) {
    node_ = create_as_select(SourceKind::kStream, context);
    return {};
}

AstBuilder::Any AstBuilder::visitCreateTableAs(P::CreateTableAsContext* context) {
    node_ = create_as_select(SourceKind::kTable, context);
    return {};
}

AstBuilder::Any AstBuilder::visitInsertInto(P::InsertIntoContext* context) {
    node_ = InsertIntoSelect{source_name(context->sourceName()), properties(context->properties()),
                             query(context->query())};
    return {};
}

AstBuilder::Any AstBuilder::visitInsertValues(P::InsertValuesContext* context) {
    node_ = InsertValues{source_name(context->sourceName()), columns(context->columns()),
                         values(context->values())};
    return {};
}

AstBuilder::Any AstBuilder::visitAlterSource(P::AlterSourceContext* context) {
    AlterSource out;
    out.kind = context->STREAM() != nullptr ? SourceKind::kStream : SourceKind::kTable;
    out.name = source_name(context->sourceName());
    for (P::AddColumnContext* added : context->addColumn()) {
        ColumnDefinition column;
        column.name = identifier(added->identifier());
        column.type = build_type(added->type());
        column.position = position(added->identifier());
        out.added.push_back(std::move(column));
    }
    node_ = std::move(out);
    return {};
}

AstBuilder::Any AstBuilder::visitDropStream(P::DropStreamContext* context) {
    node_ = DropSource{SourceKind::kStream, source_name(context->sourceName()),
                       context->ifExists() != nullptr, context->DELETE() != nullptr};
    return {};
}

AstBuilder::Any AstBuilder::visitDropTable(P::DropTableContext* context) {
    node_ = DropSource{SourceKind::kTable, source_name(context->sourceName()),
                       context->ifExists() != nullptr, context->DELETE() != nullptr};
    return {};
}

AstBuilder::Any AstBuilder::visitCreateType(P::CreateTypeContext* context) {
    node_ = CreateType{identifier(context->identifier()), build_type(context->type()),
                       context->ifNotExists() != nullptr};
    return {};
}

AstBuilder::Any AstBuilder::visitDropType(P::DropTypeContext* context) {
    node_ = DropType{identifier(context->identifier()), context->ifExists() != nullptr};
    return {};
}

// ---- queries ----

AstBuilder::Any AstBuilder::visitPrintTopic(P::PrintTopicContext* context) {
    PrintTopic out;
    out.topic = resource_name(context->resourceName());
    P::PrintClauseContext* clause = context->printClause();
    out.from_beginning = clause->BEGINNING() != nullptr;
    size_t number = 0;
    if (clause->INTERVAL() != nullptr || clause->SAMPLE() != nullptr) {
        out.interval = integer(clause->number(number++), "INTERVAL");
    }
    if (clause->LIMIT() != nullptr) out.limit = integer(clause->number(number), "LIMIT");
    node_ = std::move(out);
    return {};
}

QuerySelector AstBuilder::query_selector(P::IdentifierContext* id) {
    QuerySelector out;
    if (id != nullptr) out.id = identifier(id);
    return out;
}

AstBuilder::Any AstBuilder::visitTerminateQuery(P::TerminateQueryContext* context) {
    node_ = TerminateQuery{query_selector(context->identifier())};
    return {};
}

AstBuilder::Any AstBuilder::visitPauseQuery(P::PauseQueryContext* context) {
    node_ = PauseQuery{query_selector(context->identifier())};
    return {};
}

AstBuilder::Any AstBuilder::visitResumeQuery(P::ResumeQueryContext* context) {
    node_ = ResumeQuery{query_selector(context->identifier())};
    return {};
}

AstBuilder::Any AstBuilder::visitExplain(P::ExplainContext* context) {
    Explain out;
    if (context->identifier() != nullptr) {
        out.query_id = identifier(context->identifier());
    } else {
        context->statement()->accept(this);
        out.statement = std::make_shared<const Statement>(finish(context->statement(), nullptr));
    }
    node_ = std::move(out);
    return {};
}

// ---- introspection ----

AstBuilder::Any AstBuilder::visitListStreams(P::ListStreamsContext* context) {
    node_ = ListObjects{ListKind::kStreams, context->EXTENDED() != nullptr};
    return {};
}

AstBuilder::Any AstBuilder::visitListTables(P::ListTablesContext* context) {
    node_ = ListObjects{ListKind::kTables, context->EXTENDED() != nullptr};
    return {};
}

AstBuilder::Any AstBuilder::visitListTopics(P::ListTopicsContext* context) {
    node_ = ListObjects{context->ALL() != nullptr ? ListKind::kAllTopics : ListKind::kTopics,
                        context->EXTENDED() != nullptr};
    return {};
}

AstBuilder::Any AstBuilder::visitListFunctions(P::ListFunctionsContext*) {
    node_ = ListObjects{ListKind::kFunctions, false};
    return {};
}

AstBuilder::Any AstBuilder::visitListQueries(P::ListQueriesContext* context) {
    node_ = ListObjects{ListKind::kQueries, context->EXTENDED() != nullptr};
    return {};
}

AstBuilder::Any AstBuilder::visitListProperties(P::ListPropertiesContext*) {
    node_ = ListObjects{ListKind::kProperties, false};
    return {};
}

AstBuilder::Any AstBuilder::visitListTypes(P::ListTypesContext*) {
    node_ = ListObjects{ListKind::kTypes, false};
    return {};
}

AstBuilder::Any AstBuilder::visitListVariables(P::ListVariablesContext*) {
    node_ = ListObjects{ListKind::kVariables, false};
    return {};
}

AstBuilder::Any AstBuilder::visitListConnectors(P::ListConnectorsContext* context) {
    ListKind kind = ListKind::kConnectors;
    if (context->SOURCE() != nullptr) kind = ListKind::kSourceConnectors;
    if (context->SINK() != nullptr) kind = ListKind::kSinkConnectors;
    node_ = ListObjects{kind, false};
    return {};
}

AstBuilder::Any AstBuilder::visitListConnectorPlugins(P::ListConnectorPluginsContext*) {
    node_ = ListObjects{ListKind::kConnectorPlugins, false};
    return {};
}

AstBuilder::Any AstBuilder::visitDescribeSource(P::DescribeSourceContext* context) {
    const bool extended = context->EXTENDED() != nullptr;
    if (context->sourceName()->start->getType() == P::TABLES) {
        // Not reserved: a table of that name needs back-quotes here.
        node_ = DescribeAll{SourceKind::kTable, extended};
    } else {
        node_ = DescribeSource{source_name(context->sourceName()), extended};
    }
    return {};
}

AstBuilder::Any AstBuilder::visitDescribeStreams(P::DescribeStreamsContext* context) {
    node_ = DescribeAll{SourceKind::kStream, context->EXTENDED() != nullptr};
    return {};
}

AstBuilder::Any AstBuilder::visitDescribeFunction(P::DescribeFunctionContext* context) {
    // As written: ksqlDB finds functions in any case and names an unknown one as the user did.
    std::string name = identifier(context->identifier());
    const std::string written = context->identifier()->getText();
    if (upper_ascii(written) == name) name = written;
    node_ = DescribeFunction{std::move(name)};
    return {};
}

AstBuilder::Any AstBuilder::visitDescribeConnector(P::DescribeConnectorContext* context) {
    node_ = DescribeConnector{identifier(context->identifier())};
    return {};
}

// ---- session ----

AstBuilder::Any AstBuilder::visitSetProperty(P::SetPropertyContext* context) {
    node_ = SetProperty{string_value(context->STRING(0)), string_value(context->STRING(1))};
    return {};
}

AstBuilder::Any AstBuilder::visitUnsetProperty(P::UnsetPropertyContext* context) {
    node_ = UnsetProperty{string_value(context->STRING())};
    return {};
}

AstBuilder::Any AstBuilder::visitAlterSystem(P::AlterSystemContext* context) {
    node_ = AlterSystem{string_value(context->STRING(0)), string_value(context->STRING(1))};
    return {};
}

AstBuilder::Any AstBuilder::visitDefineVariable(P::DefineVariableContext* context) {
    // The case of a variable's name counts.
    node_ = DefineVariable{context->variableName()->getText(), string_value(context->STRING())};
    return {};
}

AstBuilder::Any AstBuilder::visitUndefineVariable(P::UndefineVariableContext* context) {
    node_ = UndefineVariable{context->variableName()->getText()};
    return {};
}

AstBuilder::Any AstBuilder::visitRunScript(P::RunScriptContext* context) {
    node_ = RunScript{string_value(context->STRING())};
    return {};
}

// ---- connectors ----

AstBuilder::Any AstBuilder::visitCreateConnector(P::CreateConnectorContext* context) {
    node_ = CreateConnector{identifier(context->identifier()), context->SOURCE() != nullptr,
                            context->ifNotExists() != nullptr,
                            properties(context->properties(), false)};
    return {};
}

AstBuilder::Any AstBuilder::visitDropConnector(P::DropConnectorContext* context) {
    node_ = DropConnector{identifier(context->identifier()), context->ifExists() != nullptr};
    return {};
}

// ---- assertions ----

AstBuilder::Any AstBuilder::visitAssertTopic(P::AssertTopicContext* context) {
    AssertTopic out;
    out.topic = resource_name(context->resourceName());
    out.exists = context->NOT() == nullptr;
    out.properties = properties(context->properties());
    if (context->timeout() != nullptr) {
        out.timeout_ms = duration(context->timeout()->duration(), "TIMEOUT").ms;
    }
    node_ = std::move(out);
    return {};
}

AstBuilder::Any AstBuilder::visitAssertSchema(P::AssertSchemaContext* context) {
    AssertSchema out;
    if (context->resourceName() != nullptr) out.subject = resource_name(context->resourceName());
    if (context->literal() != nullptr) {
        const Literal id = literal(context->literal());
        if (!id.value.holds<int32_t>()) {
            refuse("ID must be an integer", position(context->literal()));
        }
        out.id = id.value.as_int();
    }
    if (!out.subject && !out.id) {
        refuse("ASSERT SCHEMA statements much include a subject name or an id", position(context));
    }
    out.exists = context->NOT() == nullptr;
    if (context->timeout() != nullptr) {
        out.timeout_ms = duration(context->timeout()->duration(), "TIMEOUT").ms;
    }
    node_ = std::move(out);
    return {};
}

AstBuilder::Any AstBuilder::visitAssertValues(P::AssertValuesContext* context) {
    node_ = AssertValues{source_name(context->sourceName()), columns(context->columns()),
                         values(context->values())};
    return {};
}

AstBuilder::Any AstBuilder::visitAssertTombstone(P::AssertTombstoneContext* context) {
    node_ = AssertTombstone{source_name(context->sourceName()), columns(context->columns()),
                            values(context->values())};
    return {};
}

/// ASSERT STREAM | TABLE says what a source looks like, in the words of CREATE.
template <class Context>
AstBuilder::Any AstBuilder::assert_source(SourceKind kind, Context* context) {
    CreateSource out;
    out.kind = kind;
    out.name = source_name(context->sourceName());
    if (context->tableElements() != nullptr) {
        out.columns = build_columns(context->tableElements()->tableElement());
        check_columns(kind, out.columns);
    }
    out.properties = properties(context->properties());
    node_ = AssertSource{std::move(out)};
    return {};
}

AstBuilder::Any AstBuilder::visitAssertStream(P::AssertStreamContext* context) {
    return assert_source(SourceKind::kStream, context);
}

AstBuilder::Any AstBuilder::visitAssertTable(P::AssertTableContext* context) {
    return assert_source(SourceKind::kTable, context);
}

}  // namespace millrace::sql
