// DELIMITED: one line of comma-separated values a record (RFC 4180, as Commons CSV 1.4 reads and
// writes).
#include <charconv>
#include <limits>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/base/unicode.h"
#include "engine/serde/builtin.h"
#include "engine/serde/plain_text.h"
#include "engine/serde/utf8.h"
#include "engine/types/casts.h"

namespace millrace {
namespace {

/// What stands between fields: one character, of whatever script.
class Delimiter {
public:
    explicit Delimiter(std::string text) : text_(std::move(text)), first_(text_[0]) {}

    bool stands_at(std::string_view line, size_t at) const {
        return line[at] == first_ &&
               (text_.size() == 1 || line.compare(at, text_.size(), text_) == 0);
    }
    size_t size() const { return text_.size(); }
    const std::string& text() const { return text_; }

private:
    std::string text_;
    char first_;
};

/// Splits the first line of a record. Quoted fields may hold delimiters, line ends and doubled
/// quotes. `fields` keeps its strings from record to record.
class LineSplitter {
public:
    explicit LineSplitter(Delimiter delimiter) : delimiter_(std::move(delimiter)) {}

    /// Nothing, or why the text is no line of values.
    const char* split(std::string_view text) {
        count_ = 0;
        size_t at = 0;
        // Empty lines ahead of the first one are skipped.
        while (at < text.size() && (text[at] == '\n' || text[at] == '\r')) ++at;
        if (at == text.size()) return "No fields in record";
        while (true) {
            std::string& field = next_field();
            if (at < text.size() && text[at] == '"') {
                if (!take_quoted(text, at, field))
                    return "EOF reached before encapsulated token finished";
            } else {
                size_t end = at;
                while (end < text.size() && !is_line_end(text[end]) &&
                       !delimiter_.stands_at(text, end))
                    ++end;
                field.assign(text, at, end - at);
                at = end;
            }
            if (at == text.size() || is_line_end(text[at])) return nullptr;
            if (!delimiter_.stands_at(text, at))
                return "Invalid char between encapsulated token and delimiter";
            at += delimiter_.size();
        }
    }
    size_t count() const { return count_; }
    const std::string& operator[](size_t index) const { return fields_[index]; }

private:
    static bool is_line_end(char c) { return c == '\n' || c == '\r'; }
    std::string& next_field() {
        if (count_ == fields_.size()) fields_.emplace_back();
        fields_[count_].clear();
        return fields_[count_++];
    }
    bool take_quoted(std::string_view text, size_t& at, std::string& field) const {
        ++at;
        while (true) {
            size_t quote = text.find('"', at);
            if (quote == std::string_view::npos) return false;
            field.append(text, at, quote - at);
            at = quote + 1;
            if (at == text.size() || text[at] != '"') break;
            field += '"';
            ++at;
        }
        // Blanks between the closing quote and the delimiter do not count.
        while (at < text.size() && (text[at] == ' ' || text[at] == '\t') &&
               !delimiter_.stands_at(text, at))
            ++at;
        return true;
    }

    Delimiter delimiter_;
    size_t count_ = 0;
    std::vector<std::string> fields_;
};

template <class T>
T parse_number(std::string_view text) {
    std::string_view digits = text;
    if (digits.size() > 1 && digits[0] == '+' && digits[1] != '-') digits.remove_prefix(1);
    T value{};
    auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc() || end != digits.data() + digits.size()) {
        throw RowError("For input string: \"" + std::string(text) + "\"");
    }
    return value;
}

double parse_double(const std::string& text) {
    // Unlike a CAST, Double.parseDouble knows these words.
    std::string_view word = text;
    bool negative = word.starts_with('-');
    if (negative || word.starts_with('+')) word.remove_prefix(1);
    if (word == "NaN") return std::numeric_limits<double>::quiet_NaN();
    if (word == "Infinity") {
        double infinity = std::numeric_limits<double>::infinity();
        return negative ? -infinity : infinity;
    }
    return cast_value(Value(text), *SqlType::string(), *SqlType::double_()).as_double();
}

Decimal parse_decimal(const std::string& text, const SqlType& type) {
    auto exact = Decimal::parse(text);
    if (!exact) throw RowError("For input string: \"" + text + "\"");
    auto fitted = exact->fit(type.precision(), type.scale(), Rounding::kUnnecessary);
    if (fitted) return *fitted;
    throw RowError("Cannot fit decimal '" + text + "' into DECIMAL(" +
                   std::to_string(type.precision()) + ", " + std::to_string(type.scale()) +
                   ") without rounding.");
}

int32_t parse_time(const std::string& text) {
    const auto millis = parse_number<int64_t>(text);
    if (!is_time_of_day(millis)) throw RowError(no_time_of_day(text));
    return static_cast<int32_t>(millis);
}

bool is_true(std::string_view text) {
    constexpr std::string_view kTrue = "true";
    if (text.size() != kTrue.size()) return false;
    for (size_t i = 0; i < text.size(); ++i) {
        if ((text[i] | 0x20) != kTrue[i]) return false;
    }
    return true;
}

/// Puts one field into a column that has room for the row. Throws RowError.
void set_field(Column& column, size_t row, const std::string& text) {
    switch (column.type().base()) {
        case BaseType::kBoolean:
            column.set_bool(row, is_true(text));
            return;
        case BaseType::kTime:
            column.set_int(row, parse_time(text));
            return;
        case BaseType::kInteger:
        case BaseType::kDate:
            column.set_int(row, parse_number<int32_t>(text));
            return;
        case BaseType::kBigint:
        case BaseType::kTimestamp:
            column.set_long(row, parse_number<int64_t>(text));
            return;
        case BaseType::kDouble:
            column.set_double(row, parse_double(text));
            return;
        case BaseType::kDecimal:
            column.set_ref(row, parse_decimal(text, column.type()));
            return;
        case BaseType::kString:
            column.set_text(row, is_valid_utf8(text) ? text : repair_utf8(text));
            return;
        default:
            break;
    }
    auto bytes = base64_decode(text);
    if (!bytes) throw RowError("Not base64: \"" + text + "\"");
    column.set_text(row, *bytes);
}

/// A field that nobody asked for: throws as set_field would.
[[gnu::noinline]] void check_field(const SqlTypePtr& type, const std::string& text) {
    if (type->is(BaseType::kBoolean) || is_plainly(text, *type)) return;
    Column column(type);
    column.resize(1);
    set_field(column, 0, text);
}

/// One character, or a word for one that cannot be seen.
Delimiter delimiter_of(const SerdeSpec& spec) {
    auto found = spec.properties.find("delimiter");
    if (found == spec.properties.end() || found->second.empty()) return Delimiter(",");
    const std::string word = upper_ascii(found->second);
    if (word == "TAB") return Delimiter("\t");
    if (word == "SPACE") return Delimiter(" ");
    return Delimiter(found->second);
}

class DelimitedDecoder final : public Decoder {
public:
    DelimitedDecoder(const SerdeSpec& spec, const std::vector<size_t>& used)
        : fields_(spec.fields),
          column_of_(spec.fields.size(), kUnread),
          check_unread_(spec.check_unread),
          splitter_(delimiter_of(spec)) {
        for (size_t i = 0; i < used.size(); ++i) column_of_[used[i]] = static_cast<int>(i);
        prefix_ = std::string("Error deserializing DELIMITED message") +
                  (spec.topic.empty() ? "" : " from topic: " + spec.topic);
    }

    Status decode(std::span<const std::optional<ByteView>> records, std::vector<Column>& columns,
                  Decoded& out) override {
        size_t base = columns.empty() ? 0 : columns[0].size();
        for (Column& column : columns) column.resize(base + records.size());
        for (size_t i = 0; i < records.size(); ++i) {
            if (!records[i]) continue;
            try {
                decode_row(*records[i], columns, base + i);
            } catch (const RowError& error) {
                for (Column& column : columns) column.set_null(base + i);
                out.failures.push_back({static_cast<uint32_t>(i),
                                        prefix_ + ". " + error.what(),
                                        {std::string(error.what())}});
            }
        }
        return Status::ok();
    }

private:
    void decode_row(ByteView record, std::vector<Column>& columns, size_t row) {
        if (const char* problem = splitter_.split(without_bom(record))) throw RowError(problem);
        if (splitter_.count() != fields_.size()) {
            throw RowError(
                "Unexpected field count, csvFields:" + std::to_string(splitter_.count()) +
                " schemaFields:" + std::to_string(fields_.size()));
        }
        for (size_t i = 0; i < fields_.size(); ++i) {
            const std::string& text = splitter_[i];
            if (text.empty()) continue;
            if (column_of_[i] != kUnread) {
                set_field(columns[static_cast<size_t>(column_of_[i])], row, text);
            } else if (check_unread_) {
                check_field(fields_[i].type, text);
            }
        }
    }

    static constexpr int kUnread = -1;

    const std::vector<Field> fields_;
    std::vector<int> column_of_;  ///< Of each field, kUnread where it has none.
    const bool check_unread_;
    LineSplitter splitter_;
    std::string prefix_;
};

bool is_letter_or_digit(char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

class DelimitedEncoder final : public Encoder {
public:
    explicit DelimitedEncoder(Delimiter delimiter) : delimiter_(std::move(delimiter)) {}

    bool encode_row(const std::vector<ColumnPtr>& columns, size_t row,
                    std::string& out) const override {
        for (size_t i = 0; i < columns.size(); ++i) {
            if (i > 0) out += delimiter_.text();
            if (!columns[i]->is_null(row)) append_field(out, *columns[i], row, i == 0);
        }
        return true;
    }

private:
    void append_field(std::string& out, const Column& column, size_t row, bool first) const {
        switch (column.type().base()) {
            case BaseType::kString:
                append_token(out, column.text_at(row), first);
                return;
            case BaseType::kBytes:
                append_token(out, base64_encode(column.text_at(row)), first);
                return;
            case BaseType::kBoolean:
                out += column.bool_at(row) != 0 ? "true" : "false";
                return;
            case BaseType::kDouble:
                append_token(out, java_double(column.double_at(row)), first);
                return;
            case BaseType::kDecimal:
                append_token(out, column.value_ref_at(row).as_decimal().to_plain_string(), first);
                return;
            default:
                break;
        }
        int64_t number =
            column.physical() == PhysicalType::kInt ? column.int_at(row) : column.long_at(row);
        append_token(out, std::to_string(number), first);
    }
    bool needs_quotes(std::string_view token, bool first) const {
        if (token.empty()) return first;  // An empty line would be no record.
        if (first && !is_letter_or_digit(token[0])) return true;
        if (static_cast<unsigned char>(token[0]) <= '#') return true;
        if (static_cast<unsigned char>(token.back()) <= ' ') return true;
        for (size_t i = 0; i < token.size(); ++i) {
            const char c = token[i];
            if (c == '\n' || c == '\r' || c == '"' || delimiter_.stands_at(token, i)) return true;
        }
        return false;
    }
    void append_token(std::string& out, std::string_view token, bool first) const {
        if (!needs_quotes(token, first)) {
            out += token;
            return;
        }
        out += '"';
        for (char c : token) {
            if (c == '"') out += '"';
            out += c;
        }
        out += '"';
    }

    Delimiter delimiter_;
};

}  // namespace

DecoderPtr make_delimited_decoder(const SerdeSpec& spec, const std::vector<size_t>& used,
                                  const CodecContext&) {
    return std::make_unique<DelimitedDecoder>(spec, used);
}

EncoderPtr make_delimited_encoder(const SerdeSpec& spec, const CodecContext&) {
    return std::make_unique<DelimitedEncoder>(delimiter_of(spec));
}

}  // namespace millrace
