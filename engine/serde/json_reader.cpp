#include "engine/serde/json_reader.h"

#include <algorithm>
#include <cstring>
#include <unordered_map>

#include "engine/base/text.h"
#include "engine/base/unicode.h"
#include "engine/serde/json_text.h"
#include "engine/serde/json_value.h"
#include "engine/serde/plain_text.h"
#include "engine/serde/utf8.h"

namespace millrace {

namespace ondemand = simdjson::ondemand;

std::string_view trim_json(std::string_view text) {
    auto blank = [](char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; };
    while (!text.empty() && blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && blank(text.back())) text.remove_suffix(1);
    return text;
}

namespace {

/// Behind the quote that closes the string at `at`, or npos.
size_t end_of_string(std::string_view text, size_t at) {
    for (++at; at < text.size(); ++at) {
        if (text[at] == '"') return at + 1;
        if (text[at] == '\\') ++at;
    }
    return std::string_view::npos;
}

/// Behind the bracket that closes the one at the front, or npos.
size_t end_of_container(std::string_view text) {
    size_t depth = 0;
    for (size_t at = 0; at < text.size();) {
        const char c = text[at];
        if (c == '"') {
            at = end_of_string(text, at);
            continue;
        }
        ++at;
        if (c == '{' || c == '[') ++depth;
        if ((c == '}' || c == ']') && --depth == 0) return at;
    }
    return std::string_view::npos;
}

/// A number ends at a blank only: "8," is none.
size_t end_of_word(std::string_view text) {
    const auto in_word = [](char c) {
        return static_cast<unsigned char>(c) > ' ' &&
               std::string_view("{}[],:\"").find(c) == std::string_view::npos;
    };
    const auto end =
        static_cast<size_t>(std::find_if_not(text.begin(), text.end(), in_word) - text.begin());
    const bool number = !text.empty() && (text[0] == '-' || (text[0] >= '0' && text[0] <= '9'));
    const bool stands_alone =
        end == text.size() || std::string_view(" \n\r\t").find(text[end]) != std::string_view::npos;
    return !number || stands_alone ? end : std::string_view::npos;
}

}  // namespace

std::string_view first_value(std::string_view text) {
    text = trim_json(text);
    if (text.empty()) return text;
    if (text[0] == '{' || text[0] == '[') return text.substr(0, end_of_container(text));
    return text.substr(0, text[0] == '"' ? end_of_string(text, 0) : end_of_word(text));
}

std::string_view JsonReader::text_of(ondemand::value& value) const {
    const std::string_view token = trim_json(value.raw_json_token());
    const bool container = !token.empty() && (token[0] == '{' || token[0] == '[');
    return container ? first_value({token.data(), buffer_.get() + text_size_}) : token;
}

simdjson::error_code JsonReader::open(std::string_view json, ondemand::document& document) {
    size_t needed = json.size() + simdjson::SIMDJSON_PADDING;
    if (needed > buffer_size_) {
        buffer_size_ = std::max<size_t>(needed * 2, 4096);
        buffer_ = std::make_unique<char[]>(buffer_size_);
        // Room for every text that the buffer can hold, so that iterate() never allocates.
        auto error = parser_.allocate(buffer_size_);
        if (error != simdjson::SUCCESS) return error;
    }
    text_size_ = json.size();
    if (!json.empty()) std::memcpy(buffer_.get(), json.data(), json.size());
    // What is read past the end must not look like more of the document.
    std::memset(buffer_.get() + json.size(), ' ', simdjson::SIMDJSON_PADDING);
    return parser_.iterate(buffer_.get(), json.size(), buffer_size_).get(document);
}

bool JsonReader::read_key(const char* key, std::string& scratch, std::string_view& out) const {
    const char* limit = buffer_.get() + buffer_size_;
    const char* end = key;
    while (end < limit && *end != '"') end += *end == '\\' ? 2 : 1;
    if (end >= limit) return false;
    return unquote_json({key - 1, static_cast<size_t>(end - key) + 2}, scratch, out);
}

bool JsonReader::fail(std::string message) {
    problem_ = std::move(message);
    has_path_ = false;
    return false;
}

bool JsonReader::fail(simdjson::error_code error) {
    return fail(simdjson::error_message(error));
}

bool JsonReader::fail(JsonRead read, std::string_view token, const SqlType& type) {
    has_path_ = true;
    path_.clear();
    switch (read) {
        case JsonRead::kBadText:
            problem_ = "Can't coerce string to type. targetType: " +
                       std::string(base_type_name(type.base()));
            return false;
        case JsonRead::kTooLarge:
            problem_ = "Cannot fit decimal '" + std::string(token) + "' into " + type.to_string() +
                       " without rounding.";
            return false;
        case JsonRead::kNoTime:
            problem_ = no_time_of_day(token);
            return false;
        case JsonRead::kMalformed:
            problem_ = "Unrecognized token '" + std::string(token.substr(0, 40)) + "'";
            return false;
        default:
            break;
    }
    problem_ = "Can't convert type. sourceType: " + std::string(json_node_name(token)) +
               ", requiredType: " + type.to_string();
    return false;
}

bool JsonReader::fail_in(std::string_view step) {
    path_.insert(0, step);
    return false;
}

bool JsonReader::read_scalar(std::string_view token, const SqlType& type, Value* out) {
    JsonRead read = JsonRead::kOk;
    if (type.is_nested()) {
        if (out != nullptr) *out = Value();
        if (token == "null") return true;
        read = is_json_scalar(token) ? JsonRead::kWrongType : JsonRead::kMalformed;
    } else {
        read = out != nullptr ? read_json_scalar(token, type, scratch_, *out)
                              : check_json_scalar(token, type, scratch_);
    }
    return read <= JsonRead::kNull || fail(read, token, type);
}

bool JsonReader::read(ondemand::value value, const SqlType& type, Value* out) {
    std::string_view token = trim_json(value.raw_json_token());
    bool container = !token.empty() && (token[0] == '{' || token[0] == '[');
    if (!container) return read_scalar(token, type, out);
    switch (type.base()) {
        case BaseType::kString: {
            discarded_.clear();
            if (!compact(value, discarded_)) return false;
            if (out != nullptr) *out = discarded_;
            return true;
        }
        case BaseType::kArray:
            return token[0] == '[' ? read_array(value, type, out)
                                   : fail(JsonRead::kWrongType, token, type);
        case BaseType::kMap:
            return token[0] == '{' ? read_map(value, type, out)
                                   : fail(JsonRead::kWrongType, token, type);
        case BaseType::kStruct:
            return token[0] == '{' ? read_struct(value, type, out)
                                   : fail(JsonRead::kWrongType, token, type);
        default:
            return fail(JsonRead::kWrongType, token, type);
    }
}

bool JsonReader::read_array(ondemand::value& value, const SqlType& type, Value* out) {
    ondemand::array array;
    if (auto error = value.get_array().get(array)) return fail(error);
    ValueList list;
    size_t index = 0;
    for (auto item : array) {
        ondemand::value element;
        if (auto error = item.get(element)) return fail(error);
        if (out != nullptr) list.emplace_back();
        if (!read(element, *type.element(), out != nullptr ? &list.back() : nullptr))
            return fail_in("[" + std::to_string(index) + "]");
        ++index;
    }
    if (out != nullptr) *out = Value(std::move(list));
    return true;
}

namespace {

/// Finds the entry of a key in a map that is being read. Small maps are searched; large ones, which
/// may come from anywhere, get an index so that reading them stays linear.
class EntryFinder {
public:
    explicit EntryFinder(ValueMap& map) : map_(map) {}

    /// The place of the entry named `name`, new when there was none.
    Value& place(const std::string& name, Value key) {
        size_t at = find(name, key);
        if (at == map_.size()) {
            map_.emplace_back(std::move(key), Value());
            if (indexed_) index_.emplace(name, at);
        }
        return map_[at].second;
    }

private:
    static constexpr size_t kSearchedMax = 32;

    size_t find(const std::string& name, const Value& key) {
        if (map_.size() >= kSearchedMax && key.holds<std::string>()) {
            if (!indexed_) {
                for (size_t i = 0; i < map_.size(); ++i)
                    index_.emplace(map_[i].first.as_string(), i);
                indexed_ = true;
            }
            auto found = index_.find(name);
            return found == index_.end() ? map_.size() : found->second;
        }
        auto same = std::find_if(map_.begin(), map_.end(),
                                 [&](const auto& entry) { return entry.first == key; });
        return static_cast<size_t>(same - map_.begin());
    }

    ValueMap& map_;
    bool indexed_ = false;
    std::unordered_map<std::string, size_t> index_;
};

int folded_field(const SqlType& type, std::string_view name) {
    if (!is_ascii(name)) {
        std::string upper;
        append_upper(upper, name);
        return type.field_index(upper);
    }
    const auto same = [&](char field, char given) {
        return field == (given >= 'a' && given <= 'z' ? static_cast<char>(given - 32) : given);
    };
    for (size_t i = 0; i < type.fields().size(); ++i) {
        const std::string& field = type.fields()[i].name;
        if (field.size() == name.size() &&
            std::equal(field.begin(), field.end(), name.begin(), same)) {
            return static_cast<int>(i);
        }
    }
    return -1;
}

bool is_upper(std::string_view name) {
    return is_ascii(name) &&
           std::none_of(name.begin(), name.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}

NamedFields named_fields(const SqlType& type, std::string_view name) {
    NamedFields named;
    named.exact = type.field_index(name);
    if (named.exact >= 0 && is_upper(name)) return named;
    named.folded = folded_field(type, name);
    if (named.folded == named.exact) named.folded = -1;
    return named;
}

/// Fields that were read by their exact name. The usual STRUCT needs no memory for it.
class ExactFields {
public:
    explicit ExactFields(size_t num_fields) {
        if (num_fields > 64) more_.resize(num_fields, false);
    }
    bool has(size_t field) const {
        return more_.empty() ? (first_ >> field & 1) != 0 : more_[field];
    }
    void add(size_t field) {
        if (more_.empty()) {
            first_ |= uint64_t{1} << field;
        } else {
            more_[field] = true;
        }
    }

private:
    uint64_t first_ = 0;
    std::vector<bool> more_;
};

}  // namespace

bool JsonReader::read_map_key(std::string_view name, const SqlType& type, Value* out) {
    if (type.is(BaseType::kString)) {
        if (out != nullptr) *out = Value(std::string(name));
        return true;
    }
    const std::string quoted = '"' + std::string(name) + '"';
    const JsonRead read = out != nullptr ? read_json_scalar(quoted, type, scratch_, *out)
                                         : check_json_scalar(quoted, type, scratch_);
    return read == JsonRead::kOk || fail(read, name, type);
}

bool JsonReader::read_map(ondemand::value& value, const SqlType& type, Value* out) {
    ondemand::object object;
    if (auto error = value.get_object().get(object)) return fail(error);
    ValueMap map;
    EntryFinder entries(map);
    std::string unescaped;
    for (auto item : object) {
        ondemand::field field;
        if (auto error = std::move(item).get(field)) return fail(error);
        std::string_view name;
        if (!read_key(field.key().raw(), unescaped, name)) return fail(simdjson::STRING_ERROR);
        Value key;
        Value element;
        const bool read_both =
            read_map_key(name, *type.map_key(), out != nullptr ? &key : nullptr) &&
            read(field.value(), *type.map_value(), out != nullptr ? &element : nullptr);
        if (!read_both) return fail_in("." + std::string(name));
        if (out != nullptr) entries.place(std::string(name), std::move(key)) = std::move(element);
    }
    if (out != nullptr) *out = Value(std::move(map));
    return true;
}

bool JsonReader::read_fields(ondemand::value& value, const NamedFields& named, const SqlType& type,
                             ValueList* out) {
    const bool both = named.exact >= 0 && named.folded >= 0;
    const std::string_view text = both ? text_of(value) : std::string_view();
    for (const int index : {named.exact, named.folded}) {
        if (index < 0) continue;
        const auto i = static_cast<size_t>(index);
        const auto& field = type.fields()[i];
        Value* place = out != nullptr ? &(*out)[i] : nullptr;
        const bool ok =
            both ? read_beside(text, *field.type, place) : read(value, *field.type, place);
        if (!ok) return fail_in("." + field.name);
    }
    return true;
}

bool JsonReader::read_struct(ondemand::value& value, const SqlType& type, Value* out) {
    ondemand::object object;
    if (auto error = value.get_object().get(object)) return fail(error);
    ValueList fields(out != nullptr ? type.fields().size() : 0);
    ExactFields exact(type.fields().size());
    std::string unescaped;
    for (auto item : object) {
        ondemand::field field;
        if (auto error = std::move(item).get(field)) return fail(error);
        std::string_view name;
        if (!read_key(field.key().raw(), unescaped, name)) return fail(simdjson::STRING_ERROR);
        NamedFields named = named_fields(type, name);
        if (named.folded >= 0 && exact.has(static_cast<size_t>(named.folded))) named.folded = -1;
        if (named.exact >= 0) exact.add(static_cast<size_t>(named.exact));
        if (!read_fields(field.value(), named, type, out != nullptr ? &fields : nullptr))
            return false;
    }
    if (out != nullptr) *out = Value(std::move(fields));
    return true;
}

bool JsonReader::compact(ondemand::value value, std::string& out, int depth) {
    if (depth > kDepthMax) return fail(simdjson::DEPTH_ERROR);
    std::string_view token = trim_json(value.raw_json_token());
    if (token.empty()) return fail(simdjson::TAPE_ERROR);
    if (token[0] == '{') return compact_object(value, out, depth);
    if (token[0] == '[') return compact_array(value, out, depth);
    std::string_view text;
    if (token[0] == '"') {
        if (!unquote_json(token, scratch_, text)) return fail(simdjson::STRING_ERROR);
        append_json_string(out, text);
        return true;
    }
    if (token == "null") {
        out += token;
        return true;
    }
    Value scalar;
    JsonRead done = read_json_scalar(token, *SqlType::string(), scratch_, scalar);
    if (done != JsonRead::kOk) return fail(done, token, *SqlType::string());
    out += scalar.as_string();
    return true;
}

bool JsonReader::compact_object(ondemand::value& value, std::string& out, int depth) {
    ondemand::object object;
    if (auto error = value.get_object().get(object)) return fail(error);
    out += '{';
    bool first = true;
    std::string unescaped;
    for (auto item : object) {
        ondemand::field field;
        if (auto error = std::move(item).get(field)) return fail(error);
        std::string_view name;
        if (!read_key(field.key().raw(), unescaped, name)) return fail(simdjson::STRING_ERROR);
        if (!first) out += ',';
        first = false;
        append_json_string(out, name);
        out += ':';
        if (!compact(field.value(), out, depth + 1)) return false;
    }
    out += '}';
    return true;
}

bool JsonReader::compact_array(ondemand::value& value, std::string& out, int depth) {
    ondemand::array array;
    if (auto error = value.get_array().get(array)) return fail(error);
    out += '[';
    bool first = true;
    for (auto item : array) {
        ondemand::value element;
        if (auto error = item.get(element)) return fail(error);
        if (!first) out += ',';
        first = false;
        if (!compact(element, out, depth + 1)) return false;
    }
    out += ']';
    return true;
}

bool JsonReader::read_document(std::string_view json, const SqlType& type, Value* out) {
    std::string_view token = trim_json(json);
    if (token.empty()) return fail(JsonRead::kWrongType, token, type);
    if (token[0] != '{' && token[0] != '[') {
        // simdjson has no value for a bare scalar.
        token = first_value(token);
        bool text_ok = is_valid_utf8(token) && std::none_of(token.begin(), token.end(), [](char c) {
                           return static_cast<unsigned char>(c) < 0x20;
                       });
        if (!text_ok) return fail("Illegal character in JSON text");
        return read_scalar(token, type, out);
    }
    if (read_container(token, type, out)) return true;
    // simdjson minds what follows the value.
    const std::string_view first = first_value(token);
    return first.size() < token.size() && read_container(first, type, out);
}

bool JsonReader::read_container(std::string_view json, const SqlType& type, Value* out) {
    ondemand::document document;
    if (auto error = open(json, document)) return fail(error);
    ondemand::value value;
    if (auto error = document.get_value().get(value)) return fail(error);
    return read(value, type, out);
}

bool JsonReader::read_beside(std::string_view json, const SqlType& type, Value* out) {
    if (!beside_) beside_ = std::make_unique<JsonReader>();
    if (beside_->read_document(json, type, out)) return true;
    problem_ = beside_->problem_;
    has_path_ = beside_->has_path_;
    path_ = beside_->path_;
    return false;
}

Result<Value> parse_json_value(std::string_view json, const SqlType& type) {
    JsonReader reader;
    Value value;
    if (!reader.read_document(json, type, &value)) return Status(Fault::kFatal, reader.problem());
    return value;
}

}  // namespace millrace
