// JSON records against a schema of every type, and bare values of each type.
#include <cstddef>
#include <cstdint>

#include "tests/fuzz/decoder_fuzz.h"
#include "tests/fuzz/rows.h"

using namespace millrace;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (size == 0) return 0;
    static const Schema schema = fuzz::every_type();
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    SerdeSpec spec;
    spec.format = "JSON";
    const size_t which = data[0] % (schema.value.size() + 1);
    if (which == schema.value.size()) {
        spec.fields = schema.value;
    } else {
        spec.fields = {schema.value[which]};
        spec.wrapped = data[0] >= 128;
    }
    fuzz::check_decoder(spec, bytes);
    return 0;
}
