#include "engine/sql/learned_grammar.h"

#include <mutex>
#include <utility>

namespace millrace::sql {
namespace {

std::vector<antlr4::dfa::DFA> nothing_learned(const antlr4::atn::ATN& grammar) {
    std::vector<antlr4::dfa::DFA> automata;
    const size_t count = grammar.getNumberOfDecisions();
    automata.reserve(count);
    for (size_t i = 0; i < count; ++i) automata.emplace_back(grammar.getDecisionState(i), i);
    return automata;
}

/// The sets that no parse has at the moment.
class FreeSets {
public:
    std::unique_ptr<LearnedGrammar> take() {
        std::lock_guard lock(mutex_);
        if (sets_.empty()) return nullptr;
        auto learned = std::move(sets_.back());
        sets_.pop_back();
        return learned;
    }
    void give(std::unique_ptr<LearnedGrammar> learned) {
        std::lock_guard lock(mutex_);
        sets_.push_back(std::move(learned));
    }

private:
    std::mutex mutex_;
    /// The last one given back is the first one taken: a lone thread goes on with what it learned.
    std::vector<std::unique_ptr<LearnedGrammar>> sets_;
};

/// Never destroyed: a thread may parse while the process ends.
FreeSets& free_sets() {
    static auto* sets = new FreeSets;
    return *sets;
}

}  // namespace

LearnedGrammar::LearnedGrammar(const antlr4::Lexer& from_lexer, const antlr4::Parser& from_parser)
    : lexer(nothing_learned(from_lexer.getATN())), parser(nothing_learned(from_parser.getATN())) {}

BorrowedGrammar::BorrowedGrammar(antlr4::Lexer& lexer, antlr4::Parser& parser)
    : learned_(free_sets().take()) {
    if (!learned_) learned_ = std::make_unique<LearnedGrammar>(lexer, parser);
    // Lexer and parser own their interpreters.
    lexer.setInterpreter(new antlr4::atn::LexerATNSimulator(&lexer, lexer.getATN(), learned_->lexer,
                                                            learned_->lexer_contexts));
    parser.setInterpreter(new antlr4::atn::ParserATNSimulator(
        &parser, parser.getATN(), learned_->parser, learned_->parser_contexts));
}

BorrowedGrammar::~BorrowedGrammar() {
    free_sets().give(std::move(learned_));
}

void fill_expected_tokens(const antlr4::Parser& parser) {
    static std::once_flag once;
    std::call_once(once, [&] {
        const antlr4::atn::ATN& grammar = parser.getATN();
        for (antlr4::atn::ATNState* state : grammar.states) {
            if (state != nullptr) grammar.nextTokens(state);
        }
    });
}

}  // namespace millrace::sql
