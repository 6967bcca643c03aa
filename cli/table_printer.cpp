#include "cli/table_printer.h"

#include <algorithm>

#include "cli/text_layout.h"

namespace millrace::cli {

namespace {

void append_row(std::string& out, const std::vector<std::string>& cells,
                const std::vector<size_t>& widths) {
    std::vector<std::vector<std::string>> lines;
    size_t height = 1;
    for (const std::string& cell : cells) {
        lines.push_back(split_lines(cell));
        height = std::max(height, lines.back().size());
    }
    for (size_t line = 0; line < height; ++line) {
        for (size_t i = 0; i < widths.size(); ++i) {
            if (i > 0) out += '|';
            const bool has_line = i < lines.size() && line < lines[i].size();
            out += ' ' + padded(has_line ? lines[i][line] : "", widths[i]) + ' ';
        }
        out += '\n';
    }
}

}  // namespace

std::string TablePrinter::text(size_t terminal_width) const {
    std::vector<size_t> widths(columns_.size(), 0);
    auto measure = [&](const std::vector<std::string>& cells) {
        for (size_t i = 0; i < widths.size() && i < cells.size(); ++i) {
            for (const std::string& line : split_lines(cells[i])) {
                widths[i] = std::max(widths[i], display_width(line));
            }
        }
    };
    measure(columns_);
    for (const auto& row : rows_) measure(row);
    size_t total = widths.empty() ? 0 : widths.size() - 1;
    for (size_t width : widths) total += width + 2;

    const std::string rule = std::string(std::min(total, terminal_width), '-') + '\n';
    std::string out;
    append_row(out, columns_, widths);
    out += rule;
    for (const auto& row : rows_) append_row(out, row, widths);
    return out + rule;
}

}  // namespace millrace::cli
