// Formats: codecs between record bytes and columns. What a format can do stands in
// engine/types/format_traits.h; builtin.cpp lists the codecs. A FormatRegistry is filled once and
// then read by all threads; a Decoder or Encoder belongs to one task and one thread.
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
#include "engine/base/clock.h"
#include "engine/base/status.h"
#include "engine/types/column.h"
#include "engine/types/format_traits.h"
#include "engine/types/record_batch.h"

namespace millrace {

/// How the key or the value of a topic's records is laid out.
struct SerdeSpec {
    std::string format;         ///< Name, upper case.
    std::vector<Field> fields;  ///< Key columns or value columns, in order.
    bool wrapped = true;        ///< A record of named fields; false: the one column stands bare.
    bool is_key = false;
    /// A record whose declared fields cannot be read fails whether or not they are used; false:
    /// only used ones are looked at. Decoders hold to it without making the values.
    bool check_unread = true;
    bool changelog = false;  ///< The rows are a table's: the decoder may give their kinds.
    std::map<std::string, std::string> properties;  ///< As the plan stores them: delimiter, ….
    std::string topic;                              ///< For error texts; may be empty.
};

/// Schemas by id, as a schema registry keeps them. Thread-safe; caches what it has seen.
class SchemaSource {
public:
    virtual ~SchemaSource() = default;
    /// The schema's text. kRetriable: cannot be asked now; kNotFound: there is none of this id.
    virtual Result<std::string> schema(int32_t id) = 0;
};

/// What codecs may look at besides their spec. What it points to outlives them.
struct CodecContext {
    const Clock* clock = nullptr;
    SchemaSource* schemas = nullptr;  ///< Null: there is no registry.
};

/// A record that could not be decoded; the caller drops it.
struct DecodeFailure {
    uint32_t record = 0;  ///< Index into the records given.
    std::string message;
    std::vector<std::string> causes;
};

/// What a decoder says of some records besides the columns.
struct Decoded {
    std::vector<DecodeFailure> failures;  ///< In the order of the records.
    /// Formats without one_row_a_record: the record that each row came from, ascending.
    std::vector<uint32_t> origins;
    /// The same, where the spec asks for a changelog: each row's kind, an update's old row directly
    /// ahead of its new one. Empty: a null record deletes, any other inserts or replaces.
    std::vector<RowKind> kinds;
    /// Records that are there and say that there is nothing (JSON's `null`), ascending: they count
    /// as null records. Only of formats with one_row_a_record.
    std::vector<uint32_t> nulls;

    void clear() {
        failures.clear();
        nulls.clear();
        origins.clear();
        kinds.clear();
    }
};

class Decoder {
public:
    virtual ~Decoder() = default;
    /// Appends rows to each of `columns`: one column per used field, in the order given at
    /// creation. One row a record, in order; a null record gives NULLs, and so does one that fails.
    /// Formats without one_row_a_record give any number of rows for a record, none for one that
    /// fails, and fill `out.origins`.
    ///
    /// kRetriable: nothing can be said of these records yet (a registry is down). Then columns and
    /// `out` are worthless, no record has failed, and the same records are asked for again later.
    /// Any other fault ends the query.
    virtual Status decode(std::span<const std::optional<ByteView>> records,
                          std::vector<Column>& columns, Decoded& out) = 0;
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

/// How a format's codecs are made. The spec has been checked against the format's traits.
struct Codec {
    std::string_view name;  ///< As in kFormats.
    /// `used`: indexes of the fields to decode, ascending.
    std::unique_ptr<Decoder> (*decoder)(const SerdeSpec& spec, const std::vector<size_t>& used,
                                        const CodecContext& context) = nullptr;
    std::unique_ptr<Encoder> (*encoder)(const SerdeSpec& spec,
                                        const CodecContext& context) = nullptr;
};

class FormatRegistry {
public:
    /// Every format of this server.
    explicit FormatRegistry(CodecContext context = {});
    /// One more. `traits` outlive the registry.
    void add(const FormatTraits& traits, const Codec& codec);

    // All throw StatementError `Unknown format: X` and, in ksqlDB's words, when the format cannot
    // hold the columns; kNotYet when its codec is no part of this server.

    const FormatTraits& traits(std::string_view name) const;
    /// `used`: indexes of the fields to decode, ascending.
    std::unique_ptr<Decoder> decoder(const SerdeSpec& spec, const std::vector<size_t>& used) const;
    /// Decodes all fields.
    std::unique_ptr<Decoder> decoder(const SerdeSpec& spec) const;
    std::unique_ptr<Encoder> encoder(const SerdeSpec& spec) const;

    /// From a plan's format to what its codecs are made from.
    SerdeSpec key_spec(const FormatInfo& format, const std::vector<Field>& key,
                       const std::string& topic) const;
    SerdeSpec value_spec(const FormatInfo& format, const std::vector<Field>& value,
                         const std::string& topic) const;

private:
    struct Entry {
        const FormatTraits* traits = nullptr;
        Codec codec;
    };
    const Entry& find(std::string_view name) const;
    const Codec& codec_for(const SerdeSpec& spec) const;
    SerdeSpec spec(const FormatInfo& format, const std::vector<Field>& fields, bool is_key,
                   const std::string& topic) const;

    CodecContext context_;
    std::map<std::string_view, Entry> formats_;
};

}  // namespace millrace
