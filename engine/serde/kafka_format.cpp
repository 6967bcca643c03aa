// KAFKA: one bare column as Kafka's own serializers write it, big-endian.
#include <bit>

#include "engine/serde/builtin.h"
#include "engine/serde/utf8.h"

namespace millrace {
namespace {

class KafkaDecoder final : public Decoder {
public:
    KafkaDecoder(const SerdeSpec& spec, bool used)
        : base_(spec.fields[0].type->base()),
          used_(used),
          check_(spec.check_unread),
          is_key_(spec.is_key) {
        from_topic_ = spec.topic.empty() ? "" : " from topic: " + spec.topic;
    }

    Status decode(std::span<const std::optional<ByteView>> records, std::vector<Column>& columns,
                  Decoded& out) override {
        if (!used_) {
            if (check_) check(records, out);
            return Status::ok();
        }
        Column& column = columns[0];
        column.reserve(column.size() + records.size());
        for (size_t row = 0; row < records.size(); ++row) {
            if (!records[row]) {
                column.append_null();
            } else if (!append(*records[row], column)) {
                column.append_null();
                add_failure(row, out);
            }
        }
        return Status::ok();
    }

private:
    /// Nobody asked for the column, but a record that does not hold one is bad all the same.
    void check(std::span<const std::optional<ByteView>> records, Decoded& out) const {
        for (size_t row = 0; row < records.size(); ++row) {
            if (records[row] && !right_size(records[row]->size())) add_failure(row, out);
        }
    }
    void add_failure(size_t row, Decoded& out) const {
        out.failures.push_back({static_cast<uint32_t>(row), failure_text(), {size_text()}});
    }
    bool right_size(size_t bytes) const {
        switch (base_) {
            case BaseType::kInteger:
                return bytes == 4;
            case BaseType::kBigint:
            case BaseType::kDouble:
                return bytes == 8;
            default:
                return true;
        }
    }
    bool append(ByteView bytes, Column& column) const {
        if (!right_size(bytes.size())) return false;
        switch (base_) {
            case BaseType::kInteger:
                column.append_int(static_cast<int32_t>(get_be32(bytes.data())));
                return true;
            case BaseType::kBigint:
                column.append_long(static_cast<int64_t>(get_be64(bytes.data())));
                return true;
            case BaseType::kDouble:
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
    bool check_;
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

}  // namespace

DecoderPtr make_kafka_decoder(const SerdeSpec& spec, const std::vector<size_t>& used,
                              const CodecContext& context) {
    if (spec.fields.empty()) return make_empty_decoder(spec, used, context);
    return std::make_unique<KafkaDecoder>(spec, !used.empty());
}

EncoderPtr make_kafka_encoder(const SerdeSpec& spec, const CodecContext& context) {
    if (spec.fields.empty()) return make_empty_encoder(spec, context);
    return std::make_unique<KafkaEncoder>(spec.fields[0].type->base());
}

}  // namespace millrace
