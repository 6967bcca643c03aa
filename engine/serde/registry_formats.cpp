// Formats whose names and rules are known but whose codecs this server does not have yet.
#include "engine/base/error.h"
#include "engine/serde/builtin.h"

namespace millrace {
namespace {

class PendingFormat final : public Format {
public:
    PendingFormat(std::string_view name, const FormatTraits& traits)
        : name_(name), traits_(traits) {}

    std::string_view name() const override { return name_; }
    const FormatTraits& traits() const override { return traits_; }
    bool available() const override { return false; }
    void check_columns(const SerdeSpec&) const override {}
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
};

}  // namespace

void add_registry_formats(FormatRegistry& registry) {
    FormatTraits registered = {.infers_schema = true, .needs_registry = true};
    registry.add(std::make_unique<PendingFormat>("AVRO", registered));
    registry.add(std::make_unique<PendingFormat>("JSON_SR", registered));
    FormatTraits protobuf = registered;
    protobuf.unwraps = false;
    registry.add(std::make_unique<PendingFormat>("PROTOBUF", protobuf));
    registry.add(std::make_unique<PendingFormat>("PROTOBUF_NOSR", FormatTraits{}));
}

}  // namespace millrace
