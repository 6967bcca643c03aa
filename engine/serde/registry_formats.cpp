// Formats whose names and rules are known but whose codecs this server does not have yet.
#include "engine/base/error.h"
#include "engine/serde/builtin.h"

namespace millrace {
namespace {

class PendingFormat final : public Format {
public:
    /// `map_text`: the refusal of maps whose keys are not STRING; empty when they are allowed.
    PendingFormat(std::string_view name, const FormatTraits& traits, std::string_view map_text)
        : name_(name), traits_(traits), map_text_(map_text) {}

    std::string_view name() const override { return name_; }
    const FormatTraits& traits() const override { return traits_; }
    bool available() const override { return false; }
    void check_columns(const SerdeSpec& spec) const override {
        for (const Field& field : spec.fields) {
            if (!map_text_.empty() && has_odd_map_key(*field.type)) {
                throw StatementError(ErrorKind::kStatement, std::string(map_text_));
            }
        }
    }
    std::unique_ptr<Decoder> decoder(const SerdeSpec&, const std::vector<size_t>&) const override {
        not_yet();
    }
    std::unique_ptr<Encoder> encoder(const SerdeSpec&) const override { not_yet(); }

private:
    [[noreturn]] void not_yet() const {
        throw StatementError(ErrorKind::kNotYet, "Format " + std::string(name_) +
                                                     " is not supported by this server yet.");
    }

    std::string_view name_;
    FormatTraits traits_;
    std::string_view map_text_;
};

}  // namespace

void add_registry_formats(FormatRegistry& registry) {
    FormatTraits registered = {.infers_schema = true, .needs_registry = true};
    registry.add(std::make_unique<PendingFormat>("AVRO", registered,
                                                 "Avro only supports MAPs with STRING keys"));
    registry.add(std::make_unique<PendingFormat>("JSON_SR", registered,
                                                 "JSON only supports MAP types with STRING keys"));
    FormatTraits protobuf = registered;
    protobuf.unwraps = false;
    registry.add(std::make_unique<PendingFormat>("PROTOBUF", protobuf, ""));
    registry.add(std::make_unique<PendingFormat>("PROTOBUF_NOSR", FormatTraits{}, ""));
}

}  // namespace millrace
