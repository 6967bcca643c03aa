// Common subexpressions of one operator: found when it is compiled, their results kept for one
// batch. Internal to expression*.cpp.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/exec/expression/node.h"

namespace millrace::exec {

/// What the shared nodes gave for the rows of one batch so far: a lazy branch asks for some rows
/// only, and later ones for others. Made once an evaluation.
class SharedResults {
public:
    struct Result {
        ColumnPtr column;                 ///< Set when all rows of the batch are known.
        std::shared_ptr<Column> partial;  ///< Of the batch's size, right where `known` says so.
        std::vector<uint8_t> known;
        std::vector<uint8_t> failed;  ///< By batch row; empty: none.
    };

    explicit SharedResults(size_t num_shared) : results_(num_shared) {}
    Result& at(size_t slot) { return results_[slot]; }

private:
    std::vector<Result> results_;
};

/// Counts how often each distinct subexpression is asked for. Two are the same when they have the
/// same kind, type and parts; then one node serves both.
class Sharing {
public:
    struct Shared {
        size_t slot;
        std::shared_ptr<const Node> node;  ///< Once compiled.
    };

    /// Takes note of an expression. REQUIRES: all are counted before find() is asked.
    void count(const plan::BoundPtr& root) { ++facts_[id(root)].references; }
    /// Null when the expression has a node of its own.
    Shared* find(const plan::BoundPtr& bound);
    size_t num_shared() const { return shared_.size(); }

private:
    struct Facts {
        size_t references = 0;
        bool shareable = false;
        bool deterministic = true;
        int free_lambdas = 0;  ///< How many lambdas around it its variables reach out to.
    };

    size_t id(const plan::BoundPtr& bound);

    std::map<std::string, size_t> ids_;  ///< By what identifies a subexpression.
    std::unordered_map<const plan::BoundExpression*, size_t> seen_;
    std::vector<plan::BoundPtr> kept_;  ///< So that no address in `seen_` is used again.
    std::vector<Facts> facts_;          ///< By id.
    std::unordered_map<size_t, std::unique_ptr<Shared>> shared_;
    bool counting_ = true;  ///< Not any more once nodes are made.
};

NodePtr make_shared_node(std::shared_ptr<const Node> node, size_t slot);

}  // namespace millrace::exec
