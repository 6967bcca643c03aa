#include "engine/serde/format.h"

#include <numeric>

#include "engine/base/error.h"

namespace millrace {

void FormatRegistry::add(const FormatTraits& traits, const Codec& codec) {
    formats_[traits.name] = {&traits, codec};
}

const FormatRegistry::Entry& FormatRegistry::find(std::string_view name) const {
    auto found = formats_.find(name);
    if (found != formats_.end()) return found->second;
    refuse(ErrorKind::kFormat, "Unknown format: " + std::string(name));
}

const FormatTraits& FormatRegistry::traits(std::string_view name) const {
    return *find(name).traits;
}

const Codec& FormatRegistry::codec_for(const SerdeSpec& spec) const {
    const Entry& entry = find(spec.format);
    if (auto reason = unsupported_reason(*entry.traits, spec.fields, spec.is_key)) refuse(*reason);
    return entry.codec;
}

std::unique_ptr<Decoder> FormatRegistry::decoder(const SerdeSpec& spec,
                                                 const std::vector<size_t>& used) const {
    return codec_for(spec).decoder(spec, used, context_);
}

std::unique_ptr<Decoder> FormatRegistry::decoder(const SerdeSpec& spec) const {
    std::vector<size_t> used(spec.fields.size());
    std::iota(used.begin(), used.end(), size_t{0});
    return decoder(spec, used);
}

std::unique_ptr<Encoder> FormatRegistry::encoder(const SerdeSpec& spec) const {
    return codec_for(spec).encoder(spec, context_);
}

SerdeSpec FormatRegistry::spec(const FormatInfo& format, const std::vector<Field>& fields,
                               bool is_key, const std::string& topic) const {
    SerdeSpec spec;
    spec.format = format.name;
    spec.fields = fields;
    spec.wrapped = is_wrapped(traits(format.name), is_key, fields.size(), format.wrap_single);
    spec.is_key = is_key;
    spec.properties = format.properties;
    spec.topic = topic;
    return spec;
}

SerdeSpec FormatRegistry::key_spec(const FormatInfo& format, const std::vector<Field>& key,
                                   const std::string& topic) const {
    return spec(format, key, true, topic);
}

SerdeSpec FormatRegistry::value_spec(const FormatInfo& format, const std::vector<Field>& value,
                                     const std::string& topic) const {
    return spec(format, value, false, topic);
}

}  // namespace millrace
