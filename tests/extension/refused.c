/* Libraries that a server must refuse; the REFUSED_… definitions say why. */
#include "engine/functions/millrace_udf.h"

static void one(millrace_call* call, const millrace_value* arguments, size_t num_arguments,
                millrace_value* result) {
    (void)call;
    (void)arguments;
    (void)num_arguments;
    result->kind = MILLRACE_INTEGER;
    result->as.integer = 1;
}

static const millrace_overload kOverloads[] = {
    {REFUSED_SIGNATURE, NULL, NULL, one, 0, NULL},
};
static const millrace_function kFunctions[] = {
    {"FINE", NULL, NULL, NULL, NULL, kOverloads, 1},
    {REFUSED_NAME, NULL, NULL, NULL, NULL, kOverloads, 1},
};
static const millrace_library kLibrary = {REFUSED_VERSION, 0, kFunctions, 2};

const millrace_library* REFUSED_SYMBOL(void);
MILLRACE_UDF_EXPORT const millrace_library* REFUSED_SYMBOL(void) {
    return &kLibrary;
}
