// Text on a terminal: widths in cells (an emoji or a Han character takes two), cuts and padding.
// Pure functions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "cli/json_text.h"

namespace millrace::cli {

size_t display_width(std::string_view text);
/// `text` and blanks up to `width` cells; longer text stays whole.
std::string padded(std::string_view text, size_t width);
/// Pieces of at most `width` cells, cut anywhere; a line break ends a piece. At least one piece.
std::vector<std::string> cut_to_width(std::string_view text, size_t width);
/// Lines of at most `width` cells, cut at blanks where there are any.
std::vector<std::string> cut_at_blanks(std::string_view text, size_t width);
std::vector<std::string> split_lines(std::string_view text);
std::string join(const std::vector<std::string>& parts, std::string_view separator);
/// Line breaks become blanks.
std::string on_one_line(std::string_view text);

/// A row's value as a cell shows it: Java's text of it. Arrays `[1, 2]`, maps and structs `{K=v}`,
/// strings bare, numbers as BigDecimal writes them.
std::string cell_text(const JsonTree& value);

}  // namespace millrace::cli
