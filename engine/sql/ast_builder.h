// Parse tree to AST. One builder builds one statement (or one expression, type, column list) and is
// then thrown away; it lives on the parsing thread. What a statement's text alone can decide is
// refused here, everything that needs the catalog is left to plan/analysis.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/sql/expression.h"
#include "engine/sql/parser.h"
#include "engine/sql/statements.h"
#include "grammar/MillraceBaseVisitor.h"

namespace millrace::sql {

class AstBuilder final : private grammar::MillraceBaseVisitor {
public:
    /// `start` is the place of `text` in its script. REQUIRES: `text` and `options` outlive the
    /// builder.
    AstBuilder(std::string_view text, Position start, const ParseOptions& options);

    Statement build_statement(grammar::MillraceParser::SingleStatementContext* context);
    Statement build_statement(grammar::MillraceParser::SingleTestStatementContext* context);
    ExpressionPtr build_expression(grammar::MillraceParser::ExpressionContext* context);
    SqlTypePtr build_type(grammar::MillraceParser::TypeContext* context);
    std::vector<ColumnDefinition> build_columns(
        const std::vector<grammar::MillraceParser::TableElementContext*>& elements);

private:
    using P = grammar::MillraceParser;
    using Any = antlrcpp::Any;

    // ---- names, constants, types: ast_builder_names.cpp ----
    std::string identifier(P::IdentifierContext* context);
    std::string identifier_token(antlr4::Token* token);
    std::string source_name(P::SourceNameContext* context);
    std::string resource_name(P::ResourceNameContext* context);
    /// A string literal without its quotes and with its variables filled in.
    std::string string_value(antlr4::tree::TerminalNode* node);
    std::string string_value(antlr4::Token* token);
    Literal literal(P::LiteralContext* context);
    Literal number(P::NumberContext* context);
    static Literal decimal_literal(const Decimal& value);
    /// A number that must be an integer; `clause` is named when it is not.
    int64_t integer(P::NumberContext* context, std::string_view clause);
    SqlTypePtr named_type(P::TypeContext* context);
    Properties properties(P::PropertiesContext* context, bool fold_names = true);
    std::vector<std::string> columns(P::ColumnsContext* context);
    std::vector<ExpressionPtr> values(P::ValuesContext* context);
    /// The value of `${name}`, or null when there is none.
    const std::string* variable(std::string_view token_text) const;
    std::string substitute(std::string text) const;
    Literal variable_literal(antlr4::Token* token);
    std::string variable_identifier(antlr4::Token* token);

    // ---- expressions: ast_builder_expressions.cpp ----
    ExpressionPtr build(antlr4::tree::ParseTree* tree);
    ExpressionPtr number_literal(std::string_view text, antlr4::Token* at);
    Any visitExpression(P::ExpressionContext* context) override;
    Any visitPredicated(P::PredicatedContext* context) override;
    Any visitLogicNot(P::LogicNotContext* context) override;
    Any visitLogicAnd(P::LogicAndContext* context) override;
    Any visitLogicOr(P::LogicOrContext* context) override;
    Any visitCompare(P::CompareContext* context) override;
    Any visitBetween(P::BetweenContext* context) override;
    Any visitInList(P::InListContext* context) override;
    Any visitLike(P::LikeContext* context) override;
    Any visitIsNull(P::IsNullContext* context) override;
    Any visitDistinctFrom(P::DistinctFromContext* context) override;
    Any visitValue(P::ValueContext* context) override;
    Any visitAtTimeZone(P::AtTimeZoneContext* context) override;
    Any visitSigned(P::SignedContext* context) override;
    Any visitMultiply(P::MultiplyContext* context) override;
    Any visitAdd(P::AddContext* context) override;
    Any visitConcatenate(P::ConcatenateContext* context) override;
    Any visitConstant(P::ConstantContext* context) override;
    Any visitTypedLiteral(P::TypedLiteralContext* context) override;
    Any visitSimpleCase(P::SimpleCaseContext* context) override;
    Any visitSearchedCase(P::SearchedCaseContext* context) override;
    Any visitCast(P::CastContext* context) override;
    Any visitArrayConstructor(P::ArrayConstructorContext* context) override;
    Any visitMapConstructor(P::MapConstructorContext* context) override;
    Any visitStructConstructor(P::StructConstructorContext* context) override;
    Any visitCallStar(P::CallStarContext* context) override;
    Any visitCall(P::CallContext* context) override;
    Any visitLambda(P::LambdaContext* context) override;
    Any visitSubscript(P::SubscriptContext* context) override;
    Any visitColumnReference(P::ColumnReferenceContext* context) override;
    Any visitQualifiedReference(P::QualifiedReferenceContext* context) override;
    Any visitDereference(P::DereferenceContext* context) override;
    Any visitParenthesised(P::ParenthesisedContext* context) override;
    ExpressionPtr build_argument(P::ArgumentContext* context, bool unit_expected);
    Case build_case(const std::vector<P::WhenClauseContext*>& whens,
                    P::ExpressionContext* otherwise);
    template <class Context>
    ExpressionPtr arithmetic(BinaryOp op, Context* context);
    template <class Context>
    ExpressionPtr logic(LogicOp op, Context* context);
    bool is_lambda_parameter(const std::string& name) const;

    // ---- queries: ast_builder_queries.cpp ----
    struct Duration {
        int64_t ms = 0;
        DurationUnit unit = DurationUnit::kAuto;
    };
    Query query(P::QueryContext* context);
    SelectItem select_item(P::SelectItemContext* context);
    void check_struct_star(P::SelectSingleContext* context) const;
    SourceRef source(P::SourceContext* context);
    Join join(P::JoinContext* context);
    Within within(P::WithinContext* context);
    WindowClause window(P::WindowContext* context);
    template <class Context>
    void window_bounds(Context* context, WindowClause& window);
    Duration duration(P::DurationContext* context, std::string_view clause);
    std::vector<ExpressionPtr> key_list(P::KeyListContext* context);

    // ---- statements: ast_builder_statements.cpp ----
    Statement finish(antlr4::ParserRuleContext* context, antlr4::Token* semicolon);
    Any visitQueryStatement(P::QueryStatementContext* context) override;
    Any visitCreateStream(P::CreateStreamContext* context) override;
    Any visitCreateStreamAs(P::CreateStreamAsContext* context) override;
    Any visitCreateTable(P::CreateTableContext* context) override;
    Any visitCreateTableAs(P::CreateTableAsContext* context) override;
    Any visitInsertInto(P::InsertIntoContext* context) override;
    Any visitInsertValues(P::InsertValuesContext* context) override;
    Any visitAlterSource(P::AlterSourceContext* context) override;
    Any visitDropStream(P::DropStreamContext* context) override;
    Any visitDropTable(P::DropTableContext* context) override;
    Any visitCreateType(P::CreateTypeContext* context) override;
    Any visitDropType(P::DropTypeContext* context) override;
    Any visitPrintTopic(P::PrintTopicContext* context) override;
    Any visitTerminateQuery(P::TerminateQueryContext* context) override;
    Any visitPauseQuery(P::PauseQueryContext* context) override;
    Any visitResumeQuery(P::ResumeQueryContext* context) override;
    Any visitExplain(P::ExplainContext* context) override;
    Any visitListStreams(P::ListStreamsContext* context) override;
    Any visitListTables(P::ListTablesContext* context) override;
    Any visitListTopics(P::ListTopicsContext* context) override;
    Any visitListFunctions(P::ListFunctionsContext* context) override;
    Any visitListQueries(P::ListQueriesContext* context) override;
    Any visitListProperties(P::ListPropertiesContext* context) override;
    Any visitListTypes(P::ListTypesContext* context) override;
    Any visitListVariables(P::ListVariablesContext* context) override;
    Any visitListConnectors(P::ListConnectorsContext* context) override;
    Any visitListConnectorPlugins(P::ListConnectorPluginsContext* context) override;
    Any visitDescribeSource(P::DescribeSourceContext* context) override;
    Any visitDescribeStreams(P::DescribeStreamsContext* context) override;
    Any visitDescribeFunction(P::DescribeFunctionContext* context) override;
    Any visitDescribeConnector(P::DescribeConnectorContext* context) override;
    Any visitSetProperty(P::SetPropertyContext* context) override;
    Any visitUnsetProperty(P::UnsetPropertyContext* context) override;
    Any visitAlterSystem(P::AlterSystemContext* context) override;
    Any visitDefineVariable(P::DefineVariableContext* context) override;
    Any visitUndefineVariable(P::UndefineVariableContext* context) override;
    Any visitCreateConnector(P::CreateConnectorContext* context) override;
    Any visitDropConnector(P::DropConnectorContext* context) override;
    Any visitAssertTopic(P::AssertTopicContext* context) override;
    Any visitAssertSchema(P::AssertSchemaContext* context) override;
    Any visitAssertValues(P::AssertValuesContext* context) override;
    Any visitAssertTombstone(P::AssertTombstoneContext* context) override;
    Any visitAssertStream(P::AssertStreamContext* context) override;
    Any visitAssertTable(P::AssertTableContext* context) override;
    Any visitRunScript(P::RunScriptContext* context) override;
    template <class Context>
    CreateSource create_source(SourceKind kind, Context* context);
    template <class Context>
    CreateAsSelect create_as_select(SourceKind kind, Context* context);
    ColumnDefinition column(P::TableElementContext* context);
    void check_columns(SourceKind kind, const std::vector<ColumnDefinition>& columns) const;
    QuerySelector query_selector(P::IdentifierContext* id);
    template <class Context>
    Any assert_source(SourceKind kind, Context* context);

    // ---- limits, places, refusals ----
    /// Counts levels while one is built; refuses too many.
    class Level {
    public:
        Level(AstBuilder& builder, const antlr4::ParserRuleContext* context, int links = 1,
              int nesting = 1);
        ~Level();
        Level(const Level&) = delete;
        Level& operator=(const Level&) = delete;

    private:
        AstBuilder& builder_;
        int links_;
        int nesting_;
    };
    Position position(const antlr4::Token* token) const;
    Position position(const antlr4::ParserRuleContext* context) const;
    /// A mistake found after the text was read: "Failed to prepare statement: …".
    [[noreturn]] void refuse(const std::string& message, Position at) const;
    /// The same with the place in the text, which ksqlDB counts one column too far.
    [[noreturn]] void refuse_at(const std::string& message, const antlr4::Token* at) const;
    [[noreturn]] void illegal_argument(const std::string& rule, std::string_view got, Position at,
                                       const std::string& advice = {}) const;
    /// " Did you mean ${x}?", for a variable that is not defined.
    std::string near_variable(bool undefined, const std::string& token_text) const;

    std::string_view text_;
    Position start_;
    const ParseOptions& options_;
    bool ascii_ = true;
    int depth_ = 0;                 ///< Levels of the tree above what is being built.
    int nesting_ = 0;               ///< The same, a chain counting once.
    size_t custom_types_size_ = 0;  ///< What those that were named so far come to.
    Statement::Node node_;          ///< What the visited statement became.
    std::vector<std::vector<std::string>> lambda_parameters_;  ///< Innermost last.
    ExpressionPtr predicate_operand_;  ///< Left side of the predicate being visited.
};

/// "Statement is too large to parse".
[[noreturn]] void throw_too_large(Position at);

}  // namespace millrace::sql
