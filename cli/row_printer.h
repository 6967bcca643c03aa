// Rows of a push or pull query as they arrive: a box round the column names, then one box row each.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/json_text.h"

namespace millrace::cli {

struct RowLayout {
    size_t terminal_width = 120;
    size_t column_width = 0;  ///< Of a cell's text; 0: what the terminal leaves.
    bool wrap = true;         ///< Long text goes on below; else it is cut and ends in "...".
};

class RowPrinter {
public:
    RowPrinter(std::vector<std::string> columns, const RowLayout& layout);

    /// Rule, names, rule.
    std::string header() const;
    std::string row(const JsonTree& columns, bool tombstone) const;

private:
    std::string box_row(const std::vector<std::string>& cells, bool wrap) const;

    std::vector<std::string> columns_;
    size_t cell_width_;
    bool wrap_;
};

/// The names in a header's schema text, `` `ID` STRING KEY, `N` BIGINT ``, without quotes.
std::vector<std::string> schema_column_names(std::string_view schema);

}  // namespace millrace::cli
