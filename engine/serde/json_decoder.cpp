// JSON, read: records of JSON text to columns, batch by batch.
#include <cstring>
#include <string>
#include <unordered_map>

#include "engine/base/text.h"
#include "engine/serde/builtin.h"
#include "engine/serde/json_reader.h"

namespace millrace {
namespace {

namespace ondemand = simdjson::ondemand;

constexpr int kUnused = -1;
// Longer keys are looked up every time; it also keeps comparisons inside simdjson's padding.
constexpr size_t kLearnedKeyMax = simdjson::SIMDJSON_PADDING - 1;

/// A key as it stood at this place of the record before, and the column that it means.
struct LearnedKey {
    std::string text;
    int slot = kUnused;
    bool exact = false;
    bool known = false;

    bool matches(const char* key) const {
        return known && key[text.size()] == '"' && std::memcmp(key, text.data(), text.size()) == 0;
    }
};

class JsonDecoder final : public Decoder {
public:
    JsonDecoder(const SerdeSpec& spec, const std::vector<size_t>& used) : wrapped_(spec.wrapped) {
        for (size_t index : used) {
            int slot = static_cast<int>(fields_.size());
            fields_.push_back(spec.fields[index]);
            slots_.emplace(spec.fields[index].name, slot);
        }
        exact_record_.resize(fields_.size(), 0);
        if (!wrapped_ && spec.fields.size() == 1) bare_type_ = spec.fields[0].type;
        prefix_ = std::string("Failed to deserialize ") + (spec.is_key ? "key" : "value") +
                  (spec.topic.empty() ? "" : " from topic: " + spec.topic) + ". ";
    }

    Status decode(std::span<const std::optional<ByteView>> records, std::vector<Column>& columns,
                  Decoded& out) override {
        size_t base = columns.empty() ? 0 : columns[0].size();
        for (Column& column : columns) column.resize(base + records.size());
        for (size_t i = 0; i < records.size(); ++i) {
            if (!records[i]) continue;
            if (is_null(*records[i])) [[unlikely]] {
                out.nulls.push_back(static_cast<uint32_t>(i));
                continue;
            }
            bool ok = bare_type_ ? decode_bare(*records[i], columns, base + i)
                                 : decode_record(*records[i], columns, base + i);
            if (ok) [[likely]] {
                continue;
            }
            for (Column& column : columns) column.set_null(base + i);
            add_failure(static_cast<uint32_t>(i), *records[i], out.failures);
        }
        return Status::ok();
    }

private:
    /// The whole record is JSON's null, with or without blanks round it. An object never gets past
    /// the first test.
    static bool is_null(ByteView record) {
        if (record.empty() || record.front() == '{') [[likely]] {
            return false;
        }
        return record.size() >= 4 && trim_json(record) == "null";
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
            if (key->slot == kUnused) {
                if (!skip(value)) return false;
                continue;
            }
            auto slot = static_cast<size_t>(key->slot);
            if (key->exact) {
                exact_record_[slot] = record_;
            } else if (exact_record_[slot] == record_) {
                continue;  // The field by its exact name goes before one that only folds to it.
            }
            if (!read_field(value, slot, columns[slot], row)) return false;
        }
        if (!at_end(document)) [[unlikely]] {
            return reader_.fail(simdjson::TRAILING_CONTENT);
        }
        return true;
    }

    bool read_field(ondemand::value& value, size_t slot, Column& column, size_t row) {
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
            return reader_.fail(read, token, type, "$." + fields_[slot].name);
        }
        std::string path = "$." + fields_[slot].name;
        Value out;
        if (!reader_.read(value, type, path, out)) return false;
        column.set(row, out);
        return true;
    }

    /// Fields that nobody asked for: no conversion, but a token that is no JSON is still noticed.
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
        if (!reader_.read_document(record, *bare_type_, out)) return false;
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
            if (!reader_.read_key(key, entry.text)) return nullptr;
        }
        resolve(entry);
        return &entry;
    }

    void resolve(LearnedKey& entry) {
        auto found = slots_.find(entry.text);
        entry.exact = found != slots_.end();
        if (!entry.exact) {
            found = slots_.find(upper_ascii(entry.text));
        }
        entry.slot = found == slots_.end() ? kUnused : found->second;
    }

    bool not_an_object(ByteView record, simdjson::error_code error) {
        std::string_view token = trim_json(record);
        if (!token.empty() && token[0] != '{' && (token[0] == '[' || is_json_scalar(token))) {
            return reader_.fail(
                "Can't convert type. sourceType: " + std::string(json_node_name(token)) +
                ", requiredType: STRUCT, path: $");
        }
        return reader_.fail(error);
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

    bool wrapped_;
    SqlTypePtr bare_type_;
    std::vector<Field> fields_;
    std::unordered_map<std::string, int> slots_;
    JsonReader reader_;
    std::vector<LearnedKey> learned_;
    LearnedKey odd_key_;
    // Number of the record in which the slot was last filled by its exact name.
    std::vector<uint64_t> exact_record_;
    uint64_t record_ = 0;
    std::string prefix_;
};

}  // namespace

DecoderPtr make_json_decoder(const SerdeSpec& spec, const std::vector<size_t>& used,
                             const CodecContext&) {
    return std::make_unique<JsonDecoder>(spec, used);
}

}  // namespace millrace
