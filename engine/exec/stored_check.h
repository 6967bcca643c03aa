// Whether a pair can stand in a table's store: of what a changelog brings back, only what an
// operator could have written is taken.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/exec/binding.h"
#include "engine/plan/steps.h"
#include "engine/types/column.h"

namespace millrace::exec {

class PairReader;

/// Of one store; one thread.
class StoredCheck {
public:
    /// Of the store of this name that a step above `root` (or `root`) keeps. What is given outlives
    /// it. Null: it holds no table's rows, and its operator looks at them when it needs them.
    static std::unique_ptr<StoredCheck> of(const plan::Step& root, const std::string& store,
                                           const FunctionRegistry& functions, const EvalEnv& env);
    ~StoredCheck();

    /// What is wrong with the pair; empty: nothing. A pair of the operators' own notes is none of a
    /// table, and right.
    std::string fault_of(ByteView key, ByteView value);

private:
    StoredCheck(std::unique_ptr<PairReader> pairs, const plan::Step& from);
    void begin();

    std::unique_ptr<PairReader> pairs_;
    const plan::Step& from_;
    std::vector<Column> columns_;
    std::vector<Column*> targets_;
    size_t num_rows_ = 0;
};

}  // namespace millrace::exec
