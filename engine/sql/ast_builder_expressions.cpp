// Expressions: one method a grammar alternative.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "engine/sql/ast_builder.h"

namespace millrace::sql {
namespace {

/// Functions whose first argument is a bare unit: DATEADD(DAYS, 3, d). Singular units are names
/// elsewhere, so they are read as units here only.
constexpr std::array kUnitFunctions = {"DATEADD", "DATESUB",      "TIMEADD",
                                       "TIMESUB", "TIMESTAMPADD", "TIMESTAMPSUB"};

}  // namespace

void throw_too_large(Position at) {
    refuse(Stage::kRead, ErrorKind::kStatement,
           fmt::format("Error processing statement: Statement is too large to parse. It nests more "
                       "than {} levels, or chains more than {} operators.",
                       kNestingMax, kExpressionDepthMax),
           at);
}

AstBuilder::Level::Level(AstBuilder& builder, const antlr4::ParserRuleContext* context, int links,
                         int nesting)
    : builder_(builder), links_(links), nesting_(nesting) {
    if (builder.depth_ + links > kExpressionDepthMax || builder.nesting_ + nesting > kNestingMax) {
        throw_too_large(builder.position(context));
    }
    builder.depth_ += links;
    builder.nesting_ += nesting;
}

AstBuilder::Level::~Level() {
    builder_.depth_ -= links_;
    builder_.nesting_ -= nesting_;
}

ExpressionPtr AstBuilder::build_expression(P::ExpressionContext* context) {
    return build(context);
}

ExpressionPtr AstBuilder::build(antlr4::tree::ParseTree* tree) {
    return std::move(tree->accept(this).as<ExpressionPtr>());
}

AstBuilder::Any AstBuilder::visitExpression(P::ExpressionContext* context) {
    return context->condition()->accept(this);
}

// ---- conditions ----

/// What stands inside brackets that are the whole of an operand, else the operand.
static grammar::MillraceParser::ConditionContext* without_brackets(
    grammar::MillraceParser::ConditionContext* context) {
    using P = grammar::MillraceParser;
    for (;;) {
        auto* predicated = dynamic_cast<P::PredicatedContext*>(context);
        if (predicated == nullptr || predicated->predicate() != nullptr) return context;
        auto* value = dynamic_cast<P::ValueContext*>(predicated->valueExpression());
        if (value == nullptr) return context;
        auto* bracketed = dynamic_cast<P::ParenthesisedContext*>(value->primary());
        if (bracketed == nullptr) return context;
        context = bracketed->expression()->condition();
    }
}

static grammar::MillraceParser::ValueExpressionContext* without_brackets(
    grammar::MillraceParser::ValueExpressionContext* context) {
    using P = grammar::MillraceParser;
    for (;;) {
        auto* value = dynamic_cast<P::ValueContext*>(context);
        if (value == nullptr) return context;
        auto* bracketed = dynamic_cast<P::ParenthesisedContext*>(value->primary());
        if (bracketed == nullptr) return context;
        auto* inner = dynamic_cast<P::PredicatedContext*>(bracketed->expression()->condition());
        if (inner == nullptr || inner->predicate() != nullptr) return context;
        context = inner->valueExpression();
    }
}

/// `a AND b AND c` nests to the left and may be long, so its spine is walked, not recursed into.
/// The same with every link in brackets, as ksqlDB prints it.
template <class Context>
ExpressionPtr AstBuilder::logic(LogicOp op, Context* context) {
    std::vector<Context*> spine{context};
    while (auto* left = dynamic_cast<Context*>(without_brackets(spine.back()->condition(0))))
        spine.push_back(left);
    const Level level(*this, context, static_cast<int>(spine.size()));
    ExpressionPtr out = build(spine.back()->condition(0));
    for (size_t i = spine.size(); i-- > 0;) {
        out = make_expression(Logic{op, std::move(out), build(spine[i]->condition(1))},
                              position(context));
    }
    return out;
}

AstBuilder::Any AstBuilder::visitLogicAnd(P::LogicAndContext* context) {
    return logic(LogicOp::kAnd, context);
}

AstBuilder::Any AstBuilder::visitLogicOr(P::LogicOrContext* context) {
    return logic(LogicOp::kOr, context);
}

AstBuilder::Any AstBuilder::visitLogicNot(P::LogicNotContext* context) {
    const Level level(*this, context);
    return make_expression(Not{build(context->condition())}, position(context));
}

AstBuilder::Any AstBuilder::visitPredicated(P::PredicatedContext* context) {
    if (context->predicate() == nullptr) return context->valueExpression()->accept(this);
    const Level level(*this, context);
    ExpressionPtr operand = build(context->valueExpression());
    predicate_operand_ = std::move(operand);
    return context->predicate()->accept(this);
}

/// `x NOT LIKE p` means and prints as `NOT (x LIKE p)`, which is how ksqlDB shows it.
static ExpressionPtr negate_if(bool negated, ExpressionPtr expression, Position at) {
    return negated ? make_expression(Not{std::move(expression)}, at) : expression;
}

AstBuilder::Any AstBuilder::visitCompare(P::CompareContext* context) {
    ExpressionPtr left = std::move(predicate_operand_);
    const Position at = left->position;
    CompareOp op = CompareOp::kEqual;
    switch (context->comparison()->start->getType()) {
        case P::NEQ:
        case P::NEQ_BANG:
            op = CompareOp::kNotEqual;
            break;
        case P::LT:
            op = CompareOp::kLess;
            break;
        case P::LTE:
            op = CompareOp::kLessEqual;
            break;
        case P::GT:
            op = CompareOp::kGreater;
            break;
        case P::GTE:
            op = CompareOp::kGreaterEqual;
            break;
        default:
            break;
    }
    return make_expression(Comparison{op, std::move(left), build(context->valueExpression())}, at);
}

AstBuilder::Any AstBuilder::visitBetween(P::BetweenContext* context) {
    ExpressionPtr operand = std::move(predicate_operand_);
    const Position at = operand->position;
    ExpressionPtr low = build(context->valueExpression(0));
    ExpressionPtr high = build(context->valueExpression(1));
    return negate_if(
        context->NOT() != nullptr,
        make_expression(Between{std::move(operand), std::move(low), std::move(high), false}, at),
        at);
}

AstBuilder::Any AstBuilder::visitInList(P::InListContext* context) {
    ExpressionPtr operand = std::move(predicate_operand_);
    const Position at = operand->position;
    std::vector<ExpressionPtr> list;
    for (P::ExpressionContext* element : context->expression()) list.push_back(build(element));
    return negate_if(context->NOT() != nullptr,
                     make_expression(InList{std::move(operand), std::move(list), false}, at), at);
}

AstBuilder::Any AstBuilder::visitLike(P::LikeContext* context) {
    ExpressionPtr operand = std::move(predicate_operand_);
    const Position at = operand->position;
    std::optional<std::string> escape;
    if (context->STRING() != nullptr) {
        escape = string_value(context->STRING());
        size_t characters = 0;
        for (const char c : *escape) characters += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
        if (characters != 1) {
            refuse_at(fmt::format("Expected single character escape but got: {}", *escape),
                      context->STRING()->getSymbol());
        }
    }
    ExpressionPtr pattern = build(context->valueExpression());
    return negate_if(
        context->NOT() != nullptr,
        make_expression(Like{std::move(operand), std::move(pattern), std::move(escape), false}, at),
        at);
}

AstBuilder::Any AstBuilder::visitIsNull(P::IsNullContext* context) {
    ExpressionPtr operand = std::move(predicate_operand_);
    const Position at = operand->position;
    return make_expression(IsNull{std::move(operand), context->NOT() != nullptr}, at);
}

AstBuilder::Any AstBuilder::visitDistinctFrom(P::DistinctFromContext* context) {
    ExpressionPtr left = std::move(predicate_operand_);
    const Position at = left->position;
    const CompareOp op = context->NOT() != nullptr ? CompareOp::kNotDistinct : CompareOp::kDistinct;
    return make_expression(Comparison{op, std::move(left), build(context->valueExpression())}, at);
}

// ---- values ----

AstBuilder::Any AstBuilder::visitValue(P::ValueContext* context) {
    return context->primary()->accept(this);
}

AstBuilder::Any AstBuilder::visitAtTimeZone(P::AtTimeZoneContext* context) {
    refuse("AT TIME ZONE is not supported: use CONVERT_TZ.", position(context));
}

AstBuilder::Any AstBuilder::visitSigned(P::SignedContext* context) {
    const Level level(*this, context);
    const bool negative = context->sign->getType() == P::MINUS;
    return make_expression(Sign{negative, build(context->valueExpression())}, position(context));
}

static BinaryOp arithmetic_operator(size_t token_type) {
    using P = grammar::MillraceParser;
    switch (token_type) {
        case P::PLUS:
            return BinaryOp::kAdd;
        case P::MINUS:
            return BinaryOp::kSubtract;
        case P::ASTERISK:
            return BinaryOp::kMultiply;
        case P::SLASH:
            return BinaryOp::kDivide;
        default:
            return BinaryOp::kModulo;
    }
}

/// Chains of one precedence are walked, as in logic(). `op` is used where the context has none.
template <class Context>
ExpressionPtr AstBuilder::arithmetic(BinaryOp op, Context* context) {
    std::vector<Context*> spine{context};
    while (auto* left =
               dynamic_cast<Context*>(without_brackets(spine.back()->valueExpression(0)))) {
        spine.push_back(left);
    }
    const Level level(*this, context, static_cast<int>(spine.size()));
    ExpressionPtr out = build(spine.back()->valueExpression(0));
    for (size_t i = spine.size(); i-- > 0;) {
        if constexpr (requires { context->op; }) op = arithmetic_operator(spine[i]->op->getType());
        out = make_expression(Arithmetic{op, std::move(out), build(spine[i]->valueExpression(1))},
                              position(context));
    }
    return out;
}

AstBuilder::Any AstBuilder::visitMultiply(P::MultiplyContext* context) {
    return arithmetic(BinaryOp::kMultiply, context);
}

AstBuilder::Any AstBuilder::visitAdd(P::AddContext* context) {
    return arithmetic(BinaryOp::kAdd, context);
}

AstBuilder::Any AstBuilder::visitConcatenate(P::ConcatenateContext* context) {
    return arithmetic(BinaryOp::kConcat, context);
}

AstBuilder::Any AstBuilder::visitConstant(P::ConstantContext* context) {
    antlr4::Token* token = context->start;
    if (token->getType() == P::VARIABLE) {
        // A variable stands for a constant or for a column; its value tells which.
        const std::string* value = variable(token->getText());
        const bool is_name =
            value != nullptr && !value->empty() &&
            (value->front() == '`' || value->front() == '"' || value->front() == '_' ||
             ((value->front() | 0x20) >= 'a' && (value->front() | 0x20) <= 'z'));
        std::string word = value != nullptr ? *value : std::string();
        for (char& c : word) {
            if (c >= 'a' && c <= 'z') c = static_cast<char>(c - ('a' - 'A'));
        }
        if (is_name && word != "TRUE" && word != "FALSE") {
            return make_expression(ColumnRef{std::nullopt, variable_identifier(token)},
                                   position(token));
        }
    }
    return make_expression(literal(context->literal()), position(context));
}

AstBuilder::Any AstBuilder::visitTypedLiteral(P::TypedLiteralContext* context) {
    const std::string type = identifier(context->identifier());
    const std::string text = string_value(context->STRING());
    if (type != "DECIMAL") refuse_at("Unknown type: " + type, context->start);
    const std::optional<Decimal> value = Decimal::parse(text);
    if (!value) refuse_at("Invalid numeric literal: " + text, context->STRING()->getSymbol());
    return make_expression(decimal_literal(*value), position(context));
}

Case AstBuilder::build_case(const std::vector<P::WhenClauseContext*>& whens,
                            P::ExpressionContext* otherwise) {
    Case out;
    for (P::WhenClauseContext* when : whens) {
        ExpressionPtr condition = build(when->expression(0));
        ExpressionPtr result = build(when->expression(1));
        out.whens.push_back({std::move(condition), std::move(result)});
    }
    if (otherwise != nullptr) out.otherwise = build(otherwise);
    return out;
}

AstBuilder::Any AstBuilder::visitSimpleCase(P::SimpleCaseContext* context) {
    const Level level(*this, context);
    ExpressionPtr operand = build(context->valueExpression());
    Case out = build_case(context->whenClause(), context->expression());
    out.operand = std::move(operand);
    return make_expression(std::move(out), position(context));
}

AstBuilder::Any AstBuilder::visitSearchedCase(P::SearchedCaseContext* context) {
    const Level level(*this, context);
    return make_expression(build_case(context->whenClause(), context->expression()),
                           position(context));
}

AstBuilder::Any AstBuilder::visitCast(P::CastContext* context) {
    const Level level(*this, context);
    ExpressionPtr operand = build(context->expression());
    return make_expression(Cast{std::move(operand), build_type(context->type())},
                           position(context));
}

AstBuilder::Any AstBuilder::visitArrayConstructor(P::ArrayConstructorContext* context) {
    const Level level(*this, context);
    ArrayConstructor out;
    for (P::ExpressionContext* element : context->expression()) {
        out.elements.push_back(build(element));
    }
    return make_expression(std::move(out), position(context));
}

AstBuilder::Any AstBuilder::visitMapConstructor(P::MapConstructorContext* context) {
    const Level level(*this, context);
    MapConstructor out;
    for (P::MapEntryContext* entry : context->mapEntry()) {
        ExpressionPtr key = build(entry->expression(0));
        out.entries.emplace_back(std::move(key), build(entry->expression(1)));
    }
    return make_expression(std::move(out), position(context));
}

AstBuilder::Any AstBuilder::visitStructConstructor(P::StructConstructorContext* context) {
    const Level level(*this, context);
    StructConstructor out;
    for (P::StructFieldContext* field : context->structField()) {
        out.fields.emplace_back(identifier(field->identifier()), build(field->expression()));
    }
    return make_expression(std::move(out), position(context));
}

// ---- calls and lambdas ----

/// Function names are not case-sensitive, quoted or not.
static std::string function_name(std::string name) {
    for (char& c : name) {
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - ('a' - 'A'));
    }
    return name;
}

AstBuilder::Any AstBuilder::visitCallStar(P::CallStarContext* context) {
    return make_expression(
        Call{function_name(identifier_token(context->functionName()->start)), {}, true},
        position(context));
}

AstBuilder::Any AstBuilder::visitCall(P::CallContext* context) {
    const Level level(*this, context);
    Call out;
    out.name = function_name(identifier_token(context->functionName()->start));
    const bool takes_unit =
        std::find(kUnitFunctions.begin(), kUnitFunctions.end(), out.name) != kUnitFunctions.end();
    for (P::ArgumentContext* argument : context->argument()) {
        out.arguments.push_back(build_argument(argument, takes_unit && out.arguments.empty()));
    }
    for (P::LambdaContext* lambda : context->lambda()) out.arguments.push_back(build(lambda));
    return make_expression(std::move(out), position(context));
}

ExpressionPtr AstBuilder::build_argument(P::ArgumentContext* context, bool unit_expected) {
    const bool single_token = context->start == context->stop;
    if (context->timeUnit() != nullptr || (unit_expected && single_token)) {
        const DurationUnit unit = duration_unit_of(context->start->getText());
        if (unit != DurationUnit::kAuto) {
            return make_expression(IntervalUnit{std::string(duration_unit_name(unit))},
                                   position(context));
        }
    }
    return build(context->expression());
}

AstBuilder::Any AstBuilder::visitLambda(P::LambdaContext* context) {
    const Level level(*this, context);
    std::vector<std::string> parameters;
    for (P::IdentifierContext* name : context->identifier()) {
        parameters.push_back(identifier(name));
        if (is_lambda_parameter(parameters.back())) {
            refuse("Reusing lambda arguments in nested lambda is not allowed", position(name));
        }
    }
    for (size_t i = 0; i < parameters.size(); ++i) {
        if (std::find(parameters.begin(), parameters.begin() + static_cast<ptrdiff_t>(i),
                      parameters[i]) != parameters.begin() + static_cast<ptrdiff_t>(i)) {
            refuse(fmt::format("Lambda argument {} is declared twice", parameters[i]),
                   position(context));
        }
    }
    lambda_parameters_.push_back(parameters);
    ExpressionPtr body = build(context->expression());
    lambda_parameters_.pop_back();
    return make_expression(Lambda{std::move(parameters), std::move(body)}, position(context));
}

bool AstBuilder::is_lambda_parameter(const std::string& name) const {
    for (const std::vector<std::string>& scope : lambda_parameters_) {
        if (std::find(scope.begin(), scope.end(), name) != scope.end()) return true;
    }
    return false;
}

// ---- references ----

AstBuilder::Any AstBuilder::visitSubscript(P::SubscriptContext* context) {
    const Level level(*this, context, 1, 0);
    ExpressionPtr base = build(context->primary());
    return make_expression(Subscript{std::move(base), build(context->valueExpression())},
                           position(context));
}

AstBuilder::Any AstBuilder::visitColumnReference(P::ColumnReferenceContext* context) {
    std::string name = identifier(context->identifier());
    if (is_lambda_parameter(name)) {
        return make_expression(LambdaVariable{std::move(name)}, position(context));
    }
    return make_expression(ColumnRef{std::nullopt, std::move(name)}, position(context));
}

AstBuilder::Any AstBuilder::visitQualifiedReference(P::QualifiedReferenceContext* context) {
    std::string source = identifier(context->identifier(0));
    return make_expression(ColumnRef{std::move(source), identifier(context->identifier(1))},
                           position(context));
}

AstBuilder::Any AstBuilder::visitDereference(P::DereferenceContext* context) {
    const Level level(*this, context, 1, 0);
    ExpressionPtr base = build(context->primary());
    return make_expression(Dereference{std::move(base), identifier(context->identifier())},
                           position(context));
}

AstBuilder::Any AstBuilder::visitParenthesised(P::ParenthesisedContext* context) {
    return build(context->expression());
}

}  // namespace millrace::sql
