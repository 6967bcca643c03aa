// Reads JSON by way of simdjson's On-Demand parser into Values of a given type; the slow part of
// the JSON decoder (nested values) and the reader behind json_value.h. Internal to engine/serde.
// One thread.
#pragma once

#include <simdjson.h>

#include <memory>
#include <string>
#include <string_view>

#include "engine/serde/json_scalar.h"

namespace millrace {

/// The fields of a STRUCT that a key means: by its exact name, and by its upper case.
struct NamedFields {
    int exact = -1;
    int folded = -1;
};

class JsonReader {
public:
    static constexpr int kDepthMax = 500;

    /// The document's text, copied to where simdjson may read past its end.
    simdjson::error_code open(std::string_view json, simdjson::ondemand::document& document);

    /// False when the value does not become this type; then problem() says why. Without `out` no
    /// value is made: the answer is the same.
    bool read(simdjson::ondemand::value value, const SqlType& type, Value* out);
    /// Reads a whole document, bare scalars included.
    bool read_document(std::string_view json, const SqlType& type, Value* out);
    /// A value of the open document as it stands there.
    std::string_view text_of(simdjson::ondemand::value& value) const;
    /// Reads the text of a value of the open document, which stays as it is.
    bool read_beside(std::string_view json, const SqlType& type, Value* out);
    /// Text of an object or array without blanks, as Jackson would write it.
    bool compact(simdjson::ondemand::value value, std::string& out, int depth = 0);

    /// Text of a key of the open document (escapes resolved), from behind its quote on; false when
    /// it is malformed. Points into the document, or else into `scratch`.
    bool read_key(const char* key, std::string& scratch, std::string_view& out) const;

    /// Each notes what went wrong and returns false.
    bool fail(JsonRead read, std::string_view token, const SqlType& type);
    bool fail(simdjson::error_code error);
    bool fail(std::string message);
    /// What failed lies here, in what is being read: ".A", "[0]". Told from the inside outwards, so
    /// that no path is made while all goes well.
    bool fail_in(std::string_view step);
    std::string problem() const { return has_path_ ? problem_ + ", path: $" + path_ : problem_; }

    std::string& scratch() { return scratch_; }

private:
    bool read_scalar(std::string_view token, const SqlType& type, Value* out);
    bool read_array(simdjson::ondemand::value& value, const SqlType& type, Value* out);
    bool read_map(simdjson::ondemand::value& value, const SqlType& type, Value* out);
    bool read_struct(simdjson::ondemand::value& value, const SqlType& type, Value* out);
    bool read_fields(simdjson::ondemand::value& value, const NamedFields& named,
                     const SqlType& type, ValueList* out);
    bool read_container(std::string_view json, const SqlType& type, Value* out);
    bool read_map_key(std::string_view name, const SqlType& type, Value* out);
    bool compact_object(simdjson::ondemand::value& value, std::string& out, int depth);
    bool compact_array(simdjson::ondemand::value& value, std::string& out, int depth);

    simdjson::ondemand::parser parser_;
    std::unique_ptr<char[]> buffer_;
    size_t buffer_size_ = 0;
    size_t text_size_ = 0;
    std::string scratch_;
    std::string discarded_;  ///< Texts that nobody asked for.
    std::string problem_;
    bool has_path_ = false;
    std::unique_ptr<JsonReader> beside_;  ///< Of read_beside, once it was needed.
    std::string path_;
};

/// The text up to the end of its first value, without blanks ahead: what follows it is nobody's, as
/// Jackson has it. The whole text where no value ends.
std::string_view first_value(std::string_view text);
/// Blanks of JSON off both ends.
std::string_view trim_json(std::string_view text);

}  // namespace millrace
