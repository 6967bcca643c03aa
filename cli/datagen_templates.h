// The rows that `millrace datagen` makes: each a pure function of seed and row number, so that two
// runs, or two programs, make the same ones. Immutable after construction, so any thread may use
// them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::cli {

struct GeneratedRow {
    std::string key;  ///< Empty: the row has no key.
    std::string value;
    int64_t timestamp_ms = 0;
};

struct TemplateOptions {
    uint64_t seed = 1;
    int64_t start_ms = 0;   ///< Event time of row 0.
    int64_t step_ms = 300;  ///< Mean event time between two rows.
    uint64_t num_users = 1000;
    std::string key_field;  ///< Field to use as key as well; empty: the template's own choice.
};

class RowTemplate {
public:
    virtual ~RowTemplate() = default;
    virtual std::string_view default_topic() const = 0;
    /// Rows when no number is asked for; 0: without end.
    virtual uint64_t default_rows() const = 0;
    /// Overwrites `row`.
    virtual void make(uint64_t index, GeneratedRow& row) const = 0;
};

/// Names that make_template knows, for messages.
std::vector<std::string> template_names();

/// Null when there is no such template. Throws std::invalid_argument when it has no field
/// `key_field`.
std::unique_ptr<RowTemplate> make_template(std::string_view name, const TemplateOptions& options);

}  // namespace millrace::cli
