#include "engine/plan/optimizer.h"

#include <set>

#include "engine/base/check.h"
#include "engine/base/error.h"
#include "engine/config/get.h"
#include "engine/plan/with_properties.h"

namespace millrace::plan {
namespace {

std::set<std::string> disabled_passes(const StepBuilder& builder) {
    const auto names = builder.context().config.get<"millrace.optimizer.disabled">();
    return {names.begin(), names.end()};
}

void verify_step(const StepPtr& step, const StepBuilder& builder, const std::string& pass) {
    for (const StepPtr& input : step->inputs) verify_step(input, builder, pass);
    try {
        StepPtr again = builder.rebuild(*step, step->inputs);
        MR_CHECK(again->schema == step->schema, pass + " left a wrong schema at " + step->name);
    } catch (const StatementError& error) {
        MR_CHECK(false, pass + " broke " + step->name + ": " + error.what());
    }
}

}  // namespace

const std::vector<OptimizerPass>& optimizer_passes() {
    static const std::vector<OptimizerPass> kPasses = {
        {"push_filters_down", &push_filters_down},
        {"drop_needless_rekeys", &drop_needless_rekeys},
        {"prune_columns", &prune_columns},
        {"merge_projections", &merge_projections},
    };
    return kPasses;
}

void verify(const StepPtr& root, const StepBuilder& builder, const std::string& pass) {
    verify_step(root, builder, pass);
}

StepPtr optimize(StepPtr root, const StepBuilder& builder) {
    const std::set<std::string> disabled = disabled_passes(builder);
    const Schema wanted = root->schema;
    for (const OptimizerPass& pass : optimizer_passes()) {
        if (disabled.count(pass.name)) continue;
        root = pass.apply(root, builder);
        MR_CHECK(root->schema == wanted, pass.name + " changed the result's columns");
        verify(root, builder, pass.name);
    }
    return root;
}

}  // namespace millrace::plan
