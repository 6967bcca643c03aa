// KAFKA: one bare column as Kafka's own serializers write it, big-endian.
#include <bit>

#include "engine/base/error.h"
#include "engine/serde/builtin.h"
#include "engine/serde/utf8.h"

namespace millrace {
namespace {

bool is_supported(BaseType base) {
    return base == BaseType::kInteger || base == BaseType::kBigint || base == BaseType::kDouble ||
           base == BaseType::kString || base == BaseType::kBytes;
}

class KafkaDecoder final : public Decoder {
public:
    KafkaDecoder(const SerdeSpec& spec, bool used)
        : base_(spec.fields[0].type->base()), used_(used), is_key_(spec.is_key) {
        from_topic_ = spec.topic.empty() ? "" : " from topic: " + spec.topic;
    }

    void decode(std::span<const std::optional<ByteView>> records, std::vector<Column>& columns,
                std::vector<DecodeFailure>& failures) override {
        if (!used_) return;
        Column& column = columns[0];
        column.reserve(column.size() + records.size());
        for (size_t row = 0; row < records.size(); ++row) {
            if (!records[row]) {
                column.append_null();
            } else if (!append(*records[row], column)) {
                column.append_null();
                failures.push_back({static_cast<uint32_t>(row), failure_text(), {size_text()}});
            }
        }
    }

private:
    bool append(ByteView bytes, Column& column) const {
        switch (base_) {
            case BaseType::kInteger:
                if (bytes.size() != 4) return false;
                column.append_int(static_cast<int32_t>(get_be32(bytes.data())));
                return true;
            case BaseType::kBigint:
                if (bytes.size() != 8) return false;
                column.append_long(static_cast<int64_t>(get_be64(bytes.data())));
                return true;
            case BaseType::kDouble:
                if (bytes.size() != 8) return false;
                column.append_double(std::bit_cast<double>(get_be64(bytes.data())));
                return true;
            case BaseType::kString:
                append_utf8(column, bytes);
                return true;
            default:
                column.append_text(bytes);
                return true;
        }
    }
    std::string failure_text() const {
        return std::string("Error deserializing ") + (is_key_ ? "key" : "value") + from_topic_ +
               ". " + size_text();
    }
    std::string size_text() const {
        const char* type = base_ == BaseType::kInteger  ? "Integer"
                           : base_ == BaseType::kBigint ? "Long"
                                                        : "Double";
        return std::string("Size of data received by ") + type + "Deserializer is not " +
               (base_ == BaseType::kInteger ? "4" : "8");
    }

    BaseType base_;
    bool used_;
    bool is_key_;
    std::string from_topic_;
};

class KafkaEncoder final : public Encoder {
public:
    explicit KafkaEncoder(BaseType base) : base_(base) {}

    bool encode_row(const std::vector<ColumnPtr>& columns, size_t row,
                    std::string& out) const override {
        const Column& column = *columns[0];
        if (column.is_null(row)) return false;
        switch (base_) {
            case BaseType::kInteger:
                put_be32(out, static_cast<uint32_t>(column.int_at(row)));
                break;
            case BaseType::kBigint:
                put_be64(out, static_cast<uint64_t>(column.long_at(row)));
                break;
            case BaseType::kDouble:
                put_be64(out, std::bit_cast<uint64_t>(column.double_at(row)));
                break;
            default:
                out += column.text_at(row);
                break;
        }
        return true;
    }

private:
    BaseType base_;
};

/// A source without columns of this kind: nothing to read, nothing to write.
class EmptyDecoder final : public Decoder {
public:
    void decode(std::span<const std::optional<ByteView>>, std::vector<Column>&,
                std::vector<DecodeFailure>&) override {}
};
class EmptyEncoder final : public Encoder {
public:
    bool encode_row(const std::vector<ColumnPtr>&, size_t, std::string&) const override {
        return false;
    }
};

class KafkaFormat final : public Format {
public:
    std::string_view name() const override { return "KAFKA"; }
    const FormatTraits& traits() const override {
        static const FormatTraits kTraits = {
            .multi_column = false, .wraps = false, .group_by_and_join = false};
        return kTraits;
    }
    void check_columns(const SerdeSpec& spec) const override {
        for (const Field& field : spec.fields) {
            if (is_supported(field.type->base())) continue;
            throw StatementError(ErrorKind::kStatement,
                                 "The 'KAFKA' format does not support type '" +
                                     std::string(base_type_name(field.type->base())) + "'");
        }
        if (spec.fields.size() <= 1) return;
        std::string columns;
        for (const Field& field : spec.fields) {
            if (!columns.empty()) columns += ", ";
            columns += quote_identifier(field.name, true) + " " + field.type->to_string();
            if (spec.is_key) columns += " KEY";
        }
        throw StatementError(
            ErrorKind::kStatement,
            "The 'KAFKA' format only supports a single field. Got: [" + columns + "]");
    }
    std::unique_ptr<Decoder> decoder(const SerdeSpec& spec,
                                     const std::vector<size_t>& used) const override {
        check_columns(spec);
        if (spec.fields.empty()) return std::make_unique<EmptyDecoder>();
        return std::make_unique<KafkaDecoder>(spec, !used.empty());
    }
    std::unique_ptr<Encoder> encoder(const SerdeSpec& spec) const override {
        check_columns(spec);
        if (spec.fields.empty()) return std::make_unique<EmptyEncoder>();
        return std::make_unique<KafkaEncoder>(spec.fields[0].type->base());
    }
};

}  // namespace

std::unique_ptr<const Format> make_kafka_format() {
    return std::make_unique<KafkaFormat>();
}

}  // namespace millrace
