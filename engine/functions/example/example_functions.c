/* The worked example of docs/custom-functions.md: a library of functions in plain C. Built with
 *     cc -shared -fPIC -I <folder of millrace_udf.h> -o example_functions.so example_functions.c */
#include <string.h>

#include "millrace_udf.h"

/* HAMMING: in how many places do two texts differ? An error goes to the processing log. */
static void hamming(millrace_call* call, const millrace_value* arguments, size_t num_arguments,
                    millrace_value* result) {
    const millrace_value *a = &arguments[0], *b = &arguments[1];
    int32_t distance = 0;
    (void)num_arguments;
    if (a->as.text.size != b->as.text.size) {
        call->fail(call, "the texts differ in length");
        return;
    }
    for (size_t i = 0; i < a->as.text.size; ++i)
        distance += a->as.text.data[i] != b->as.text.data[i];
    result->kind = MILLRACE_INTEGER;
    result->as.integer = distance;
}

static const char* const kHammingParameters[] = {"one text", "another of the same length"};
static const millrace_overload kHamming[] = {
    {"(VARCHAR a, VARCHAR b) -> INT", "Bytes of the UTF-8 form that differ.", kHammingParameters,
     hamming, 0, NULL},
    {"(BYTES a, BYTES b) -> INT", "Bytes that differ.", kHammingParameters, hamming, 0, NULL},
};

/* GREET: memory from the call, and a property, ksql.functions.greet.word. */
static void greet(millrace_call* call, const millrace_value* arguments, size_t num_arguments,
                  millrace_value* result) {
    const char* word = call->property(call, "word");
    const char* name = "stranger";
    size_t name_size = strlen(name);
    size_t word_size;
    char* text;
    (void)num_arguments;
    if (word == NULL) word = "Hello";
    word_size = strlen(word);
    if (arguments[0].kind != MILLRACE_NULL) {
        name = arguments[0].as.text.data;
        name_size = arguments[0].as.text.size;
    }
    text = call->allocate(call, word_size + 1 + name_size);
    if (text == NULL) return;
    memcpy(text, word, word_size);
    text[word_size] = ' ';
    memcpy(text + word_size + 1, name, name_size);
    result->kind = MILLRACE_STRING;
    result->as.text.data = text;
    result->as.text.size = word_size + 1 + name_size;
}

static const millrace_overload kGreet[] = {
    {"(VARCHAR name) -> VARCHAR", "NULL greets a stranger.", NULL, greet, MILLRACE_TAKES_NULL,
     NULL},
};

/* LONGEST_RUN: any element type, through a type variable. */
static int same(const millrace_value* a, const millrace_value* b) {
    if (a->kind != b->kind) return 0;
    switch (a->kind) {
        case MILLRACE_NULL:
            return 1;
        case MILLRACE_BOOLEAN:
        case MILLRACE_INTEGER:
        case MILLRACE_DATE:
        case MILLRACE_TIME:
            return a->as.integer == b->as.integer;
        case MILLRACE_BIGINT:
        case MILLRACE_TIMESTAMP:
            return a->as.bigint == b->as.bigint;
        case MILLRACE_DOUBLE:
            return a->as.real == b->as.real;
        case MILLRACE_STRING:
        case MILLRACE_BYTES:
            return a->as.text.size == b->as.text.size &&
                   memcmp(a->as.text.data, b->as.text.data, a->as.text.size) == 0;
        default:
            return 0;
    }
}

static void longest_run(millrace_call* call, const millrace_value* arguments, size_t num_arguments,
                        millrace_value* result) {
    const millrace_value* items = arguments[0].as.list.items;
    int32_t best = 0, run = 0;
    (void)call;
    (void)num_arguments;
    for (size_t i = 0; i < arguments[0].as.list.size; ++i) {
        run = i > 0 && same(&items[i], &items[i - 1]) ? run + 1 : 1;
        if (run > best) best = run;
    }
    result->kind = MILLRACE_INTEGER;
    result->as.integer = best;
}

static const millrace_overload kLongestRun[] = {
    {"(ARRAY<T> list) -> INT", "Equal neighbours, counted.", NULL, longest_run, 0, NULL},
};

/* POINT: a STRUCT; its fields in the order of the signature. */
static void point(millrace_call* call, const millrace_value* arguments, size_t num_arguments,
                  millrace_value* result) {
    millrace_value* fields = call->allocate(call, 2 * sizeof(millrace_value));
    (void)num_arguments;
    if (fields == NULL) return;
    fields[0] = arguments[0];
    fields[1] = arguments[1];
    result->kind = MILLRACE_STRUCT;
    result->as.list.items = fields;
    result->as.list.size = 2;
}

static const millrace_overload kPoint[] = {
    {"(DOUBLE x, DOUBLE y) -> STRUCT<X DOUBLE, Y DOUBLE>", NULL, NULL, point, 0, NULL},
};

static const millrace_function kFunctions[] = {
    {"HAMMING", "STRING", "Distance of two texts of one length.", "Millrace examples", "1.0",
     kHamming, sizeof(kHamming) / sizeof(kHamming[0])},
    {"GREET", "STRING", "Greets somebody.", "Millrace examples", "1.0", kGreet, 1},
    {"LONGEST_RUN", "ARRAY", "Length of the longest run of equal elements.", "Millrace examples",
     "1.0", kLongestRun, 1},
    {"POINT", NULL, "A point of the plane.", "Millrace examples", "1.0", kPoint, 1},
};

static const millrace_library kLibrary = {MILLRACE_UDF_ABI_VERSION, 0, kFunctions,
                                          sizeof(kFunctions) / sizeof(kFunctions[0])};

const millrace_library* millrace_udf_library(void) {
    return &kLibrary;
}
