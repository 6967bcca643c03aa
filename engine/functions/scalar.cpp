#include "engine/functions/scalar.h"

#include <cctype>

namespace millrace::functions {

Family& Family::put(std::string_view name, std::string_view description, ScalarOverload overload) {
    entry_ = &entries_.add(FunctionKind::kScalar, name, category_, description);
    if (entry_->scalars.empty()) {
        // ksqlDB's own functions spell themselves in lower case in most messages.
        for (char& c : entry_->shown_name)
            c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    overload.description = std::string(description);
    entry_->describe(overload.signature, description);
    entry_->scalars.push_back(std::move(overload));
    last_ = &entry_->scalars.back();
    return *this;
}

}  // namespace millrace::functions
