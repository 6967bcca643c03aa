#include "engine/sql/parser.h"

#include <algorithm>

#include "engine/sql/ast_builder.h"
#include "engine/sql/char_stream.h"
#include "engine/sql/learned_grammar.h"
#include "engine/sql/odd_character.h"
#include "engine/sql/syntax_error.h"
#include "grammar/MillraceLexer.h"
#include "grammar/MillraceParser.h"

namespace millrace::sql {
namespace {

using grammar::MillraceLexer;
using grammar::MillraceParser;

/// Printed text has up to two brackets a level of nesting, and more where chains are spelled out.
constexpr int kTokenNestingMax = 2 * kNestingMax + 200;

/// How deep brackets, CASE and prefix operators nest, judged from the tokens alone: the parser
/// recurses into them, so this has to be known before it runs.
class NestingLimit {
public:
    explicit NestingLimit(std::string_view text, Position start) : text_(text), start_(start) {}

    void check(antlr4::BufferedTokenStream& tokens) {
        size_t previous = MillraceParser::SEMICOLON;
        for (size_t i = 0; i < tokens.size(); ++i) {
            const antlr4::Token* token = tokens.get(i);
            if (token->getChannel() != antlr4::Token::DEFAULT_CHANNEL) continue;
            count(token->getType(), previous);
            if (depth_ + prefixes_ > kTokenNestingMax) {
                throw_too_large(position_in_script(text_, token->getStartIndex(), start_));
            }
            previous = token->getType();
        }
    }

private:
    /// After these a plus or minus stands between two operands.
    static bool ends_operand(size_t type) {
        return type == MillraceParser::RIGHT_PAREN || type == MillraceParser::RIGHT_BRACKET ||
               type == MillraceParser::END ||
               (type >= MillraceParser::STRING && type <= MillraceParser::VARIABLE);
    }
    void open() {
        opened_.push_back(prefixes_);
        depth_ += prefixes_ + 1;
        prefixes_ = 0;
    }
    void close() {
        if (opened_.empty()) return;
        depth_ -= opened_.back() + 1;
        opened_.pop_back();
        prefixes_ = 0;
    }
    void count(size_t type, size_t previous) {
        switch (type) {
            case MillraceParser::LEFT_PAREN:
            case MillraceParser::LEFT_BRACKET:
            case MillraceParser::ARRAY_OPEN:
            case MillraceParser::CASE:
                return open();
            case MillraceParser::RIGHT_PAREN:
            case MillraceParser::RIGHT_BRACKET:
            case MillraceParser::END:
                return close();
            case MillraceParser::LT:
                if (previous == MillraceParser::ARRAY || previous == MillraceParser::MAP ||
                    previous == MillraceParser::STRUCT) {
                    ++types_;
                    open();
                }
                return;
            case MillraceParser::GT:
                if (types_ > 0) {
                    --types_;
                    close();
                }
                return;
            case MillraceParser::PLUS:
            case MillraceParser::MINUS:
                prefixes_ = ends_operand(previous) ? 0 : prefixes_ + 1;
                return;
            case MillraceParser::NOT:
            case MillraceParser::EXPLAIN:
                ++prefixes_;
                return;
            default:
                prefixes_ = 0;
                return;
        }
    }

    std::string_view text_;
    Position start_;
    int depth_ = 0;
    int prefixes_ = 0;
    int types_ = 0;
    std::vector<int> opened_;
};

/// One text through lexer and parser. The fast SLL prediction first; when that fails, the same
/// tokens again with full LL, which also words the error.
class TextParse {
public:
    TextParse(std::string_view text, Position start)
        : text_(text),
          start_(start),
          stream_(text),
          lexer_(&stream_),
          tokens_(&lexer_),
          parser_(&tokens_),
          grammar_(lexer_, parser_) {
        require_utf8(text, start);
        lexer_.removeErrorListeners();
        parser_.removeErrorListeners();
        tokens_.fill();
        NestingLimit(text, start).check(tokens_);
    }

    /// `rule` is an entry rule of the grammar, e.g. &MillraceParser::singleStatement.
    template <class Rule>
    auto parse(Rule rule) {
        auto* interpreter = parser_.getInterpreter<antlr4::atn::ParserATNSimulator>();
        interpreter->setPredictionMode(antlr4::atn::PredictionMode::SLL);
        parser_.setErrorHandler(std::make_shared<antlr4::BailErrorStrategy>());
        try {
            return (parser_.*rule)();
        } catch (const antlr4::ParseCancellationException&) {
            tokens_.seek(0);
            parser_.reset();
        }
        fill_expected_tokens(parser_);
        parser_.setErrorHandler(std::make_shared<SyntaxErrorStrategy>(text_, start_));
        interpreter->setPredictionMode(antlr4::atn::PredictionMode::LL);
        return (parser_.*rule)();
    }

private:
    std::string_view text_;
    Position start_;
    SqlCharStream stream_;
    MillraceLexer lexer_;
    antlr4::CommonTokenStream tokens_;
    MillraceParser parser_;
    BorrowedGrammar grammar_;
};

/// Runs `body`; a StatementError leaves with the text at fault unless it already has one.
template <class Body>
auto with_statement_text(std::string_view text, const Body& body) {
    try {
        return body();
    } catch (StatementError& error) {
        if (error.statement_text().empty()) error.with_statement(std::string(text));
        throw;
    }
}

}  // namespace

Statement parse_statement(const StatementText& text, const ParseOptions& options) {
    return with_statement_text(text.text, [&] {
        TextParse parse(text.text, text.position);
        AstBuilder builder(text.text, text.position, options);
        return options.test_statements
                   ? builder.build_statement(parse.parse(&MillraceParser::singleTestStatement))
                   : builder.build_statement(parse.parse(&MillraceParser::singleStatement));
    });
}

void check_syntax(std::string_view script, const ParseOptions& options) {
    with_statement_text(script, [&] {
        for (const StatementText& text : split_statements(script)) {
            TextParse parse(text.text, text.position);
            if (options.test_statements) {
                parse.parse(&MillraceParser::singleTestStatement);
            } else {
                parse.parse(&MillraceParser::singleStatement);
            }
        }
    });
}

std::vector<Statement> parse_script(std::string_view script, const ParseOptions& options) {
    check_syntax(script, options);
    std::map<std::string, std::string> variables;
    if (options.variables != nullptr) variables = *options.variables;
    std::map<std::string, SqlTypePtr> types;
    ParseOptions running = options;
    running.variables = &variables;
    running.custom_type = [&](const std::string& name) -> SqlTypePtr {
        const auto found = types.find(name);
        if (found != types.end()) return found->second;
        return options.custom_type ? options.custom_type(name) : nullptr;
    };
    std::vector<Statement> out;
    for (const StatementText& text : split_statements(script)) {
        Statement statement = parse_statement(text, running);
        if (const auto* define = statement.as<DefineVariable>()) {
            variables[define->name] = define->value;
        } else if (const auto* undefine = statement.as<UndefineVariable>()) {
            variables.erase(undefine->name);
        } else if (const auto* create = statement.as<CreateType>()) {
            types.emplace(create->name, create->type);
        } else if (const auto* drop = statement.as<DropType>()) {
            types.erase(drop->name);
        }
        out.push_back(std::move(statement));
    }
    return out;
}

ExpressionPtr parse_expression(std::string_view text, const ParseOptions& options) {
    return with_statement_text(text, [&] {
        TextParse parse(text, {1, 1});
        AstBuilder builder(text, {1, 1}, options);
        return builder.build_expression(
            parse.parse(&MillraceParser::singleExpression)->expression());
    });
}

SqlTypePtr parse_type(std::string_view text, const ParseOptions& options) {
    return with_statement_text(text, [&] {
        TextParse parse(text, {1, 1});
        AstBuilder builder(text, {1, 1}, options);
        return builder.build_type(parse.parse(&MillraceParser::singleType)->type());
    });
}

std::vector<ColumnDefinition> parse_columns(std::string_view text, const ParseOptions& options) {
    return with_statement_text(text, [&] {
        TextParse parse(text, {1, 1});
        AstBuilder builder(text, {1, 1}, options);
        return builder.build_columns(parse.parse(&MillraceParser::singleColumns)->tableElement());
    });
}

}  // namespace millrace::sql
