// What ANTLR has learned of the grammar while it parsed: its decision automata, one set for a parse
// at a time.
//
// ANTLR would share one set among all threads, and its C++ runtime 4.9 does so with races: the
// start states of rules with precedence (our expressions) are looked up without a lock while
// another thread adds to the same hash map. So each parse borrows a set; there are as many as
// parses that ever ran at once, and each keeps what it learns.
#pragma once

#include <antlr4-runtime.h>

#include <memory>
#include <vector>

namespace millrace::sql {

struct LearnedGrammar {
    LearnedGrammar(const antlr4::Lexer& lexer, const antlr4::Parser& parser);

    std::vector<antlr4::dfa::DFA> lexer;
    std::vector<antlr4::dfa::DFA> parser;
    antlr4::atn::PredictionContextCache lexer_contexts;
    antlr4::atn::PredictionContextCache parser_contexts;
};

/// A set for as long as this lives, which lexer and parser then work with. Thread-safe.
class BorrowedGrammar {
public:
    BorrowedGrammar(antlr4::Lexer& lexer, antlr4::Parser& parser);
    ~BorrowedGrammar();
    BorrowedGrammar(const BorrowedGrammar&) = delete;
    BorrowedGrammar& operator=(const BorrowedGrammar&) = delete;

private:
    std::unique_ptr<LearnedGrammar> learned_;
};

/// Fills what the runtime keeps in the grammar itself, which all threads share, and would fill
/// without a fence where an error is worded: the tokens that may follow each state. Once;
/// thread-safe.
void fill_expected_tokens(const antlr4::Parser& parser);

}  // namespace millrace::sql
