// DELIMITED records against a schema of every type that the format knows.
#include <cstddef>
#include <cstdint>

#include "tests/fuzz/decoder_fuzz.h"
#include "tests/fuzz/rows.h"

using namespace millrace;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (size == 0) return 0;
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    SerdeSpec spec;
    spec.format = "DELIMITED";
    spec.wrapped = true;
    spec.properties["delimiter"] = ",|\t "[data[0] % 4];
    for (const Field& field : fuzz::every_type().value)
        if (!field.type->is_nested()) spec.fields.push_back(field);
    if (data[0] >= 128) spec.fields.resize(1 + data[0] % 5);
    fuzz::check_decoder(spec, bytes);
    return 0;
}
