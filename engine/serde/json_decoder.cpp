// JSON, read: records of JSON text to columns, batch by batch.
#include <algorithm>
#include <cstring>
#include <limits>
#include <string>
#include <unordered_map>

#include "engine/base/text.h"
#include "engine/base/unicode.h"
#include "engine/serde/builtin.h"
#include "engine/serde/json_reader.h"

namespace millrace {
namespace {

namespace ondemand = simdjson::ondemand;

constexpr int kUndeclared = -1;
constexpr int kUnread = -1;
constexpr int kTwo = -2;  // The key feeds two fields.
// Longer keys are looked up every time; it also keeps comparisons inside simdjson's padding.
constexpr size_t kLearnedKeyMax = simdjson::SIMDJSON_PADDING - 1;

/// A key as it stood at this place of the record before, and the declared field that it means.
struct LearnedKey {
    std::string text;
    int field = kUndeclared;
    int folded = kUndeclared;  ///< With kTwo: the field of the key's upper case.
    int column = kUnread;
    bool exact = false;
    bool known = false;
    bool unread_text = false;  ///< A STRING that nobody reads.
    int unread_digits = 0;     ///< A number that nobody reads: so many digits surely fit its type.

    bool matches(const char* key) const {
        return known && key[text.size()] == '"' && std::memcmp(key, text.data(), text.size()) == 0;
    }
};

class JsonDecoder final : public Decoder {
public:
    JsonDecoder(const SerdeSpec& spec, const std::vector<size_t>& used)
        : fields_(spec.fields), check_unread_(spec.check_unread) {
        // All declared fields, so that a key means the same field whatever is read of a record.
        for (size_t i = 0; i < fields_.size(); ++i)
            field_named_.emplace(fields_[i].name, static_cast<int>(i));
        column_of_.resize(fields_.size(), kUnread);
        for (size_t i = 0; i < used.size(); ++i) column_of_[used[i]] = static_cast<int>(i);
        for (size_t i = 0; i < fields_.size(); ++i)
            check_texts_ = check_texts_ || is_unread_text(i);
        exact_record_.resize(fields_.size(), 0);
        if (!spec.wrapped && fields_.size() == 1) bare_type_ = fields_[0].type;
        prefix_ = std::string("Failed to deserialize ") + (spec.is_key ? "key" : "value") +
                  (spec.topic.empty() ? "" : " from topic: " + spec.topic) + ". ";
    }

    Status decode(std::span<const std::optional<ByteView>> records, std::vector<Column>& columns,
                  Decoded& out) override {
        size_t base = columns.empty() ? 0 : columns[0].size();
        for (Column& column : columns) column.resize(base + records.size());
        for (size_t i = 0; i < records.size(); ++i) {
            if (!records[i]) continue;
            ByteView record = *records[i];
            if (record.empty() || record.front() != '{') [[unlikely]] {
                record = without_bom(record);
                if (first_value(record) == "null") {
                    out.nulls.push_back(static_cast<uint32_t>(i));
                    continue;
                }
            }
            // One place that decodes: a second one would keep it from being inlined.
            bool ok = false;
            do {
                ok = bare_type_ ? decode_bare(record, columns, base + i)
                                : decode_record(record, columns, base + i);
            } while (!ok && cut_to_object(record));
            if (ok) [[likely]] {
                continue;
            }
            for (Column& column : columns) column.set_null(base + i);
            add_failure(static_cast<uint32_t>(i), record, out.failures);
        }
        return Status::ok();
    }

private:
    /// simdjson minds what follows the object, and nobody else does. False: nothing follows it.
    [[gnu::noinline]] bool cut_to_object(ByteView& record) const {
        if (bare_type_) return false;
        const std::string_view first = first_value(record);
        if (!first.starts_with('{') || first.size() >= trim_json(record).size()) return false;
        record = first;
        return true;
    }

    bool decode_record(ByteView record, std::vector<Column>& columns, size_t row) {
        ++record_;
        ondemand::document document;
        if (auto error = reader_.open(record, document)) [[unlikely]] {
            return not_an_object(record, error);
        }
        ondemand::object object;
        if (auto error = document.get_object().get(object)) [[unlikely]] {
            return not_an_object(record, error);
        }
        const bool escapes = check_texts_ && has_escapes(record);
        size_t place = 0;
        for (auto item : object) {
            ondemand::field field;
            if (auto error = std::move(item).get(field)) [[unlikely]] {
                return reader_.fail(error);
            }
            const LearnedKey* key = find_key(place++, field.key().raw());
            if (key == nullptr) [[unlikely]] {
                return reader_.fail(simdjson::STRING_ERROR);
            }
            ondemand::value& value = field.value();
            if (key->column < 0) {
                const char* token = value.raw_json_token().data();
                // Without escapes there is nothing in a string that could be wrong.
                const bool plain = (key->unread_text && !escapes && *token == '"') ||
                                   is_short_integer(token, key->unread_digits);
                if (plain) [[likely]] {
                    if (key->exact) exact_record_[static_cast<size_t>(key->field)] = record_;
                } else if (!(key->column == kTwo ? read_two(value, *key, columns, row)
                                                 : pass_over(value, *key))) {
                    return false;
                }
                continue;
            }
            if (shadowed(*key)) continue;
            const auto column = static_cast<size_t>(key->column);
            if (!read_field(value, *key, columns[column], row)) return false;
        }
        return true;
    }

    /// The field by its exact name goes before one that only folds to it.
    bool shadowed(const LearnedKey& key) {
        auto field = static_cast<size_t>(key.field);
        if (!key.exact) return exact_record_[field] == record_;
        exact_record_[field] = record_;
        return false;
    }

    bool fail_at(const LearnedKey& key) {
        return reader_.fail_in("." + fields_[static_cast<size_t>(key.field)].name);
    }

    bool read_field(ondemand::value& value, const LearnedKey& key, Column& column, size_t row) {
        std::string_view token = value.raw_json_token();
        while (!token.empty() && static_cast<unsigned char>(token.back()) <= ' ') {
            token.remove_suffix(1);
        }
        const SqlType& type = column.type();
        bool container = !token.empty() && (token[0] == '{' || token[0] == '[');
        if (!container && !type.is_nested()) [[likely]] {
            JsonRead read = read_json_scalar(token, reader_.scratch(), column, row);
            if (read <= JsonRead::kNull) [[likely]] {
                return true;
            }
            reader_.fail(read, token, type);
            return fail_at(key);
        }
        Value out;
        if (!reader_.read(value, type, &out)) return fail_at(key);
        column.set(row, out);
        return true;
    }

    /// A field that nobody asked for. Where it is declared it fails as it would if it were read, or
    /// the same record would be there for one query and not for another. Inlined it takes registers
    /// from the fields that are read.
    [[gnu::noinline]] bool pass_over(ondemand::value value, const LearnedKey& key) {
        if (key.field == kUndeclared || !check_unread_) return skip(value);
        if (shadowed(key)) return true;
        std::string_view token = value.raw_json_token();
        const SqlType& type = *fields_[static_cast<size_t>(key.field)].type;
        while (!token.empty() && static_cast<unsigned char>(token.back()) <= ' ') {
            token.remove_suffix(1);
        }
        bool container = !token.empty() && (token[0] == '{' || token[0] == '[');
        if (container || type.is_nested())
            return reader_.read(value, type, nullptr) || fail_at(key);
        JsonRead read = check_json_scalar(token, type, reader_.scratch());
        if (read <= JsonRead::kNull) [[likely]] {
            return true;
        }
        reader_.fail(read, token, type);
        return fail_at(key);
    }

    /// A key that is the exact name of one field and, upper-cased, that of another.
    [[gnu::noinline]] bool read_two(ondemand::value value, const LearnedKey& key,
                                    std::vector<Column>& columns, size_t row) {
        const std::string_view text = reader_.text_of(value);
        exact_record_[static_cast<size_t>(key.field)] = record_;
        if (!read_text(text, static_cast<size_t>(key.field), columns, row)) return false;
        const auto folded = static_cast<size_t>(key.folded);
        return exact_record_[folded] == record_ || read_text(text, folded, columns, row);
    }

    bool read_text(std::string_view text, size_t field, std::vector<Column>& columns, size_t row) {
        const bool wanted = column_of_[field] != kUnread;
        if (!wanted && !check_unread_) return true;
        Value out;
        if (!reader_.read_beside(text, *fields_[field].type, wanted ? &out : nullptr))
            return reader_.fail_in("." + fields_[field].name);
        if (wanted) columns[static_cast<size_t>(column_of_[field])].set(row, out);
        return true;
    }

    /// Some digits, at most so many, and then the end of the token. Reads at most one byte further,
    /// which simdjson's padding holds.
    static bool is_short_integer(const char* token, int digits_max) {
        int digits = 0;
        while (digits < digits_max && token[digits] >= '0' && token[digits] <= '9') ++digits;
        if (digits == 0 || (token[0] == '0' && digits > 1)) return false;
        const char next = token[digits];
        return next == ',' || next == '}';
    }

    static bool has_escapes(ByteView record) {
        return std::memchr(record.data(), '\\', record.size()) != nullptr;
    }

    /// Fields that nobody has declared: only a token that is no JSON is noticed.
    bool skip(ondemand::value& value) {
        std::string_view token = value.raw_json_token();
        char first = token.empty() ? '\0' : token[0];
        if (first == '"' || first == '{' || first == '[') return true;
        token = trim_json(token);
        return is_json_scalar(token) ||
               reader_.fail("Unrecognized token '" + std::string(token.substr(0, 40)) + "'");
    }

    bool decode_bare(ByteView record, std::vector<Column>& columns, size_t row) {
        Value out;
        if (!reader_.read_document(record, *bare_type_, columns.empty() ? nullptr : &out))
            return false;
        if (!columns.empty()) columns[0].set(row, out);
        return true;
    }

    /// The key at this place is nearly always the one that stood there in the record before.
    const LearnedKey* find_key(size_t place, const char* key) {
        if (place < learned_.size() && learned_[place].matches(key)) [[likely]] {
            return &learned_[place];
        }
        return learn_key(place, key);
    }

    // Rare; inlined it takes registers from the loop over fields.
    [[gnu::noinline]] const LearnedKey* learn_key(size_t place, const char* key) {
        // An escaped quote ends the search too early; then the key has a backslash and is not
        // learned.
        const char* end = key;
        while (*end != '"' && *end != '\\') ++end;
        bool plain = *end == '"';
        bool learn =
            plain && static_cast<size_t>(end - key) <= kLearnedKeyMax && place < kPlacesMax;
        if (learn && place >= learned_.size()) learned_.resize(place + 1);
        LearnedKey& entry = learn ? learned_[place] : odd_key_;
        entry.known = learn;
        if (plain) {
            entry.text.assign(key, end);
        } else {
            std::string_view text;
            if (!reader_.read_key(key, reader_.scratch(), text)) return nullptr;
            entry.text = text;
        }
        resolve(entry);
        return &entry;
    }

    void resolve(LearnedKey& entry) {
        auto found = field_named_.find(entry.text);
        entry.exact = found != field_named_.end();
        std::string upper;
        append_upper(upper, entry.text);
        const auto folded = field_named_.find(upper);
        const bool two = entry.exact && folded != field_named_.end() && folded != found;
        if (!entry.exact) found = folded;
        const bool declared = found != field_named_.end();
        entry.field = declared ? found->second : kUndeclared;
        entry.column = declared ? column_of_[static_cast<size_t>(found->second)] : kUnread;
        entry.unread_text = false;
        entry.unread_digits = 0;
        if (two) {
            entry.folded = folded->second;
            entry.column = kTwo;
            return;
        }
        const bool checked = declared && check_unread_;
        entry.unread_text = !checked || is_unread_text(static_cast<size_t>(found->second));
        entry.unread_digits =
            checked ? unread_digits(static_cast<size_t>(found->second)) : kLongInteger;
    }

    bool is_unread_text(size_t field) const {
        return check_unread_ && column_of_[field] == kUnread &&
               fields_[field].type->is(BaseType::kString);
    }

    int unread_digits(size_t field) const {
        switch (fields_[field].type->base()) {
            case BaseType::kInteger:
                return std::numeric_limits<int32_t>::digits10;
            case BaseType::kBigint:
                return kLongInteger;
            case BaseType::kDouble:
                return std::numeric_limits<double>::digits10;
            default:
                return 0;
        }
    }

    bool not_an_object(ByteView record, simdjson::error_code error) {
        std::string_view token = trim_json(record);
        if (!token.empty() && token[0] != '{' && (token[0] == '[' || is_json_scalar(token))) {
            return reader_.fail(
                "Can't convert type. sourceType: " + std::string(json_node_name(token)) +
                ", requiredType: STRUCT, path: $");
        }
        const bool no_json = error == simdjson::INCORRECT_TYPE || error == simdjson::TAPE_ERROR;
        if (!no_json || token.empty()) return reader_.fail(error);
        return reader_.fail("Unrecognized token '" + std::string(first_word(token)) +
                            "', where a JSON object was expected");
    }

    /// So much of it as a message should have.
    static std::string_view first_word(std::string_view token) {
        return whole_characters(token.substr(0, token.find_first_of(" \t\r\n,:{}[]")), 40);
    }

    void add_failure(uint32_t index, ByteView record, std::vector<DecodeFailure>& failures) const {
        std::string cause = reader_.problem();
        std::string message = prefix_ + cause;
        if (!record.empty() && record[0] == '\0') {
            message +=
                ". The record starts with the byte 0x00, as records of JSON_SR, AVRO and PROTOBUF "
                "do: check the format of the source";
        }
        failures.push_back({index, std::move(message), {std::move(cause)}});
    }

    static constexpr size_t kPlacesMax = 1024;
    static constexpr int kLongInteger = std::numeric_limits<int64_t>::digits10;

    const std::vector<Field> fields_;
    const bool check_unread_;
    SqlTypePtr bare_type_;
    std::unordered_map<std::string, int> field_named_;
    std::vector<int> column_of_;  ///< Of each field, kUnread where it has none.
    JsonReader reader_;
    std::vector<LearnedKey> learned_;
    LearnedKey odd_key_;
    // Number of the record in which the field last stood by its exact name.
    std::vector<uint64_t> exact_record_;
    uint64_t record_ = 0;
    bool check_texts_ = false;  ///< Some STRING is checked and not read.
    std::string prefix_;
};

}  // namespace

DecoderPtr make_json_decoder(const SerdeSpec& spec, const std::vector<size_t>& used,
                             const CodecContext&) {
    return std::make_unique<JsonDecoder>(spec, used);
}

}  // namespace millrace
