// KAFKA records: one bare column of each type.
#include <cstddef>
#include <cstdint>

#include "tests/fuzz/decoder_fuzz.h"

using namespace millrace;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (size == 0) return 0;
    const SqlTypePtr types[] = {SqlType::integer(), SqlType::bigint(), SqlType::double_(),
                                SqlType::string(), SqlType::bytes()};
    SerdeSpec spec;
    spec.format = "KAFKA";
    spec.wrapped = false;
    spec.fields = {{"V", types[data[0] % 5]}};
    fuzz::check_decoder(spec, {reinterpret_cast<const char*>(data) + 1, size - 1});
    return 0;
}
