// JSON, written: an object of columns a record, or one bare value.
#include "engine/serde/builtin.h"
#include "engine/serde/json_text.h"

namespace millrace {
namespace {

class JsonEncoder final : public Encoder {
public:
    explicit JsonEncoder(const SerdeSpec& spec) : bare_(!spec.wrapped && spec.fields.size() == 1) {
        for (size_t i = 0; i < spec.fields.size(); ++i) {
            std::string prefix = i == 0 ? "{" : ",";
            append_json_string(prefix, spec.fields[i].name);
            prefix += ':';
            prefixes_.push_back(std::move(prefix));
        }
        if (prefixes_.empty()) prefixes_.emplace_back("{");
    }

    bool encode_row(const std::vector<ColumnPtr>& columns, size_t row,
                    std::string& out) const override {
        if (bare_) {
            if (columns[0]->is_null(row)) return false;
            append_json_cell(out, *columns[0], row, JsonStyle::kTopic);
            return true;
        }
        if (columns.empty()) out += '{';
        for (size_t i = 0; i < columns.size(); ++i) {
            out += prefixes_[i];
            append_json_cell(out, *columns[i], row, JsonStyle::kTopic);
        }
        out += '}';
        return true;
    }

private:
    bool bare_;
    std::vector<std::string> prefixes_;  ///< `{"A":`, `,"B":`, …
};

}  // namespace

EncoderPtr make_json_encoder(const SerdeSpec& spec, const CodecContext&) {
    return std::make_unique<JsonEncoder>(spec);
}

}  // namespace millrace
