// Formats: codecs between record bytes and columns. Formats are immutable and shared by all
// threads; a Decoder or Encoder belongs to one task and one thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/types/column.h"
#include "engine/types/schema.h"

namespace millrace {

/// How the key or the value of a topic's records is laid out.
struct SerdeSpec {
    std::string format;         ///< Name, upper case.
    std::vector<Field> fields;  ///< Key columns or value columns, in order.
    bool wrapped = true;        ///< A record of named fields; false: the one column stands bare.
    char delimiter = ',';       ///< DELIMITED only.
    bool is_key = false;
    std::map<std::string, std::string> properties;  ///< Others, as the plan stores them.
    std::string topic;                              ///< For error texts; may be empty.
};

/// A record that could not be decoded. Its row holds NULLs; the caller drops it.
struct DecodeFailure {
    uint32_t row = 0;  ///< Index into the records given.
    std::string message;
    std::vector<std::string> causes;
};

class Decoder {
public:
    virtual ~Decoder() = default;
    /// Appends exactly one row per record to each of `columns`: one column per used field, in the
    /// order given at creation. A null record gives NULLs, and so does one that fails, which is
    /// also added to `failures`, in row order.
    virtual void decode(std::span<const std::optional<ByteView>> records,
                        std::vector<Column>& columns, std::vector<DecodeFailure>& failures) = 0;
};

/// Encoded records, one after the other in one buffer.
struct EncodedRows {
    std::string buffer;
    std::vector<size_t> ends;    ///< End of each record in the buffer.
    std::vector<uint8_t> nulls;  ///< 1: the record is null, not empty.

    size_t size() const { return ends.size(); }
    /// Valid until the next change.
    std::optional<ByteView> at(size_t index) const {
        if (nulls[index] != 0) return std::nullopt;
        size_t begin = index == 0 ? 0 : ends[index - 1];
        return ByteView(buffer).substr(begin, ends[index] - begin);
    }
    void clear() {
        buffer.clear();
        ends.clear();
        nulls.clear();
    }
};

/// A row that could not be encoded; its entry is null and must not be written.
struct EncodeFailure {
    size_t index = 0;  ///< Index into the rows given.
    std::string message;
};

class Encoder {
public:
    virtual ~Encoder() = default;
    /// Appends row `row` of these columns (one per field of the spec, in order) to `out`. False:
    /// the record is null (a bare column that is NULL), and `out` is as it was. Throws RowError
    /// when the row cannot be written in this format.
    virtual bool encode_row(const std::vector<ColumnPtr>& columns, size_t row,
                            std::string& out) const = 0;

    /// Appends one record per row to `out`.
    void encode(const std::vector<ColumnPtr>& columns, std::span<const uint32_t> rows,
                EncodedRows& out, std::vector<EncodeFailure>& failures) const;
    /// All rows, 0 to `num_rows` - 1.
    void encode_all(const std::vector<ColumnPtr>& columns, size_t num_rows, EncodedRows& out,
                    std::vector<EncodeFailure>& failures) const;

private:
    void encode_into(const std::vector<ColumnPtr>& columns, size_t row, size_t index,
                     EncodedRows& out, std::vector<EncodeFailure>& failures) const;
};

/// What a format can do, for the rules of statements.
struct FormatTraits {
    bool multi_column = true;    ///< More than one column.
    bool wraps = true;           ///< Can write a single column as a record with one field.
    bool unwraps = true;         ///< Can write a single column bare.
    bool infers_schema = false;  ///< Columns can come from the schema registry.
    bool needs_registry = false;
    bool group_by_and_join = true;  ///< Its values may be grouped and joined (not KAFKA's).
    bool has_delimiter = false;     ///< Takes KEY_DELIMITER and VALUE_DELIMITER.
};

class Format {
public:
    virtual ~Format() = default;
    virtual std::string_view name() const = 0;
    virtual const FormatTraits& traits() const = 0;
    /// Is the codec part of this server? Otherwise decoder() and encoder() throw kNotYet.
    virtual bool available() const { return true; }

    /// Throws StatementError with ksqlDB's reason when it cannot hold these columns; see
    /// check_schema.
    virtual void check_columns(const SerdeSpec& spec) const = 0;
    /// `used`: indexes of the fields to decode, ascending.
    virtual std::unique_ptr<Decoder> decoder(const SerdeSpec& spec,
                                             const std::vector<size_t>& used) const = 0;
    virtual std::unique_ptr<Encoder> encoder(const SerdeSpec& spec) const = 0;
};

class FormatRegistry {
public:
    /// Every format of this server.
    static const FormatRegistry& builtin();

    void add(std::unique_ptr<const Format> format);
    /// Any case; null when there is none.
    const Format* find(std::string_view name) const;
    /// Throws StatementError: `Unknown format: X`.
    const Format& get(std::string_view name) const;
    std::vector<std::string> names() const;

private:
    std::map<std::string, std::unique_ptr<const Format>, std::less<>> formats_;
};

/// Short for FormatRegistry::builtin().get(spec.format).decoder(spec, used), and so on.
std::unique_ptr<Decoder> make_decoder(const SerdeSpec& spec, const std::vector<size_t>& used);
/// Decodes all fields.
std::unique_ptr<Decoder> make_decoder(const SerdeSpec& spec);
std::unique_ptr<Encoder> make_encoder(const SerdeSpec& spec);

// Rules that statements are checked by; all throw StatementError with ksqlDB's texts.

/// `Value format does not support schema.` with format, schema and reason; for keys also the ban on
/// MAP.
void check_schema(const SerdeSpec& spec);
/// Is there a MAP whose keys are not STRING, at any depth?
bool has_odd_map_key(const SqlType& type);
/// Whether the columns stand in a record. `wrap_single_value` is the WITH property (values only);
/// `wrap_by_default` is ksql.persistence.wrap.single.values where that is set.
bool resolve_wrapped(const Format& format, bool is_key, size_t num_columns,
                     std::optional<bool> wrap_single_value,
                     std::optional<bool> wrap_by_default = std::nullopt);
/// One character, SPACE or TAB. `property` is KEY_DELIMITER or VALUE_DELIMITER.
char parse_delimiter(std::string_view text, std::string_view property);
/// `JSON does not support the following configs: [delimiter]`.
void check_delimiter_allowed(const Format& format);

}  // namespace millrace
