// The shell's table of entities: one header row, a rule, the rows, a rule.
#pragma once

#include <string>
#include <vector>

namespace millrace::cli {

class TablePrinter {
public:
    explicit TablePrinter(std::vector<std::string> columns) : columns_(std::move(columns)) {}

    /// REQUIRES: as many cells as columns. A cell with line breaks takes several lines.
    void add_row(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
    bool empty() const { return rows_.empty(); }

    /// The whole table, each line ended. Rules are no longer than `terminal_width`; rows are never
    /// cut, so that they can be copied whole.
    std::string text(size_t terminal_width) const;

private:
    std::vector<std::string> columns_;
    std::vector<std::vector<std::string>> rows_;
};

}  // namespace millrace::cli
