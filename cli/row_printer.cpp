#include "cli/row_printer.h"

#include <algorithm>

#include "cli/text_layout.h"

namespace millrace::cli {

namespace {
constexpr size_t kCellWidthMin = 5;
constexpr std::string_view kEllipsis = "...";

size_t cell_width(size_t num_columns, const RowLayout& layout) {
    if (layout.column_width > 0) return layout.column_width;
    const size_t share = layout.terminal_width / std::max<size_t>(num_columns, 1);
    return std::max(share > 2 ? share - 2 : 0, kCellWidthMin);
}
}  // namespace

RowPrinter::RowPrinter(std::vector<std::string> columns, const RowLayout& layout)
    : columns_(std::move(columns)),
      cell_width_(cell_width(columns_.size(), layout)),
      wrap_(layout.wrap) {}

std::string RowPrinter::header() const {
    std::string rule;
    for (size_t i = 0; i < columns_.size(); ++i) rule += '+' + std::string(cell_width_, '-');
    rule += "+\n";
    return rule + box_row(columns_, true) + rule;
}

std::string RowPrinter::row(const JsonTree& columns, bool tombstone) const {
    std::vector<std::string> cells;
    for (const JsonTree& value : columns.items) {
        cells.push_back(tombstone && value.is_null() ? "<TOMBSTONE>" : cell_text(value));
    }
    return box_row(cells, wrap_);
}

std::string RowPrinter::box_row(const std::vector<std::string>& cells, bool wrap) const {
    std::vector<std::vector<std::string>> pieces;
    size_t height = 1;
    for (const std::string& cell : cells) {
        auto cut = cut_to_width(cell, cell_width_);
        if (!wrap && cut.size() > 1) {
            const size_t kept = std::max(cell_width_, kEllipsis.size()) - kEllipsis.size();
            std::string first = kept == 0 ? "" : cut_to_width(cut[0], kept)[0];
            cut = {padded(first, std::min(kept, display_width(cut[0]))) + std::string(kEllipsis)};
        }
        height = std::max(height, cut.size());
        pieces.push_back(std::move(cut));
    }
    std::string out;
    for (size_t line = 0; line < height; ++line) {
        for (const auto& cell : pieces) {
            out += '|' + padded(line < cell.size() ? cell[line] : "", cell_width_);
        }
        out += "|\n";
    }
    return out;
}

std::vector<std::string> schema_column_names(std::string_view schema) {
    std::vector<std::string> names;
    size_t at = 0;
    while (at < schema.size()) {
        while (at < schema.size() && (schema[at] == ' ' || schema[at] == ',')) ++at;
        if (at == schema.size()) break;
        std::string name;
        if (schema[at] == '`') {
            for (++at; at < schema.size(); ++at) {
                if (schema[at] == '`' && (at + 1 == schema.size() || schema[at + 1] != '`')) break;
                if (schema[at] == '`') ++at;
                name += schema[at];
            }
            ++at;
        } else {
            while (at < schema.size() && schema[at] != ' ') name += schema[at++];
        }
        names.push_back(std::move(name));
        // On to the comma after the type, over those inside it and over quoted field names.
        int depth = 0;
        bool quoted = false;
        for (; at < schema.size() && (schema[at] != ',' || depth > 0 || quoted); ++at) {
            const char c = schema[at];
            if (c == '`') quoted = !quoted;
            if (!quoted && (c == '<' || c == '(')) ++depth;
            if (!quoted && (c == '>' || c == ')')) --depth;
        }
    }
    return names;
}

}  // namespace millrace::cli
