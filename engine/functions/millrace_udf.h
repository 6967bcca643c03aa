// Functions of your own, from a shared library: the whole interface, plain C, usable alone.
//
// A library exports one symbol, millrace_udf_library(), which returns a description that stays
// valid for ever. Millrace loads every *.so file of `ksql.extension.dir` when it starts. The layout
// of version 1 does not change; a later version has another MILLRACE_UDF_ABI_VERSION.
//
// Threads: evaluate functions are called by several threads at the same time, each call with its
// own `call`. What they share they must protect themselves. They should not wait for anything: the
// query's worker waits with them.
// Memory: whatever a function is given is valid until it returns. What a result points to must come
// from call->allocate, from an argument or from memory that stays for ever.
//
// docs/custom-functions.md has a worked example.
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define MILLRACE_UDF_ABI_VERSION 1u
#define MILLRACE_UDF_EXPORT __attribute__((visibility("default")))

/* Names as C has them. NOLINTBEGIN(readability-identifier-naming) */

/* What a millrace_value holds, and which member of `as` says it. */
enum millrace_kind {
    MILLRACE_NULL = 0,
    MILLRACE_BOOLEAN = 1,    /* as.boolean: 0 or 1 */
    MILLRACE_INTEGER = 2,    /* as.integer */
    MILLRACE_BIGINT = 3,     /* as.bigint */
    MILLRACE_DOUBLE = 4,     /* as.real */
    MILLRACE_DECIMAL = 5,    /* as.decimal */
    MILLRACE_STRING = 6,     /* as.text, UTF-8, no NUL at its end */
    MILLRACE_BYTES = 7,      /* as.text */
    MILLRACE_DATE = 8,       /* as.integer: days since 1970-01-01 */
    MILLRACE_TIME = 9,       /* as.integer: milliseconds since midnight */
    MILLRACE_TIMESTAMP = 10, /* as.bigint: milliseconds since 1970-01-01 UTC */
    MILLRACE_ARRAY = 11,     /* as.list */
    MILLRACE_STRUCT = 12,    /* as.list: the fields in the order of the type */
    MILLRACE_MAP = 13        /* as.map: size keys and size values */
};

typedef struct millrace_value millrace_value;
struct millrace_value {
    int32_t kind; /* enum millrace_kind */
    int32_t reserved;
    union {
        int32_t boolean;
        int32_t integer;
        int64_t bigint;
        double real;
        struct {
            const char* data;
            size_t size;
        } text;
        /* unscaled / 10^scale, unscaled = high * 2^64 + low in two's complement, up to 38 digits.
         */
        struct {
            uint64_t low;
            int64_t high;
            int32_t scale;
        } decimal;
        struct {
            const millrace_value* items;
            size_t size;
        } list;
        struct {
            const millrace_value* keys;
            const millrace_value* values;
            size_t size;
        } map;
    } as;
};

/* One row's call. The functions take the call itself as their first argument. */
typedef struct millrace_call millrace_call;
struct millrace_call {
    size_t struct_size; /* Bytes of this struct; members behind it are not there. */
    /* Memory that lives until the result has been taken; not to be freed. NULL, and the row fails,
     * past 256 MiB a row. */
    void* (*allocate)(millrace_call* call, size_t bytes);
    /* The row fails: the value becomes NULL and the message goes to the processing log. */
    void (*fail)(millrace_call* call, const char* message);
    /* ksql.functions.<name of this function>.<key>, else ksql.functions._global_.<key>, else NULL.
     */
    const char* (*property)(millrace_call* call, const char* key);
    const void* data; /* The overload's `data`. */
};

/* `result` is MILLRACE_NULL at first; setting its kind and value gives the row its value. */
typedef void (*millrace_evaluate)(millrace_call* call, const millrace_value* arguments,
                                  size_t num_arguments, millrace_value* result);

enum millrace_flags {
    /* Called with NULL arguments, too; otherwise any NULL argument makes the result NULL. */
    MILLRACE_TAKES_NULL = 1,
    /* Another value each time: never computed once for a whole query. */
    MILLRACE_NOT_DETERMINISTIC = 2
};

/* One signature of a function. */
typedef struct {
    /* "(VARCHAR text, INT length) -> VARCHAR". Types: BOOLEAN INT BIGINT DOUBLE DECIMAL VARCHAR
     * BYTES DATE TIME TIMESTAMP ARRAY<..> MAP<.., ..> STRUCT<NAME .., ..>, and type variables, one
     * capital letter: "(ARRAY<T> list) -> T". "INT... rest" stands any number of times. A DECIMAL
     * parameter takes any digits; a DECIMAL result names its own, "DECIMAL(10, 2)", or has those of
     * the first DECIMAL argument. */
    const char* signature;
    const char* description; /* Or NULL. */
    /* A text for each parameter, or NULL. */
    const char* const* parameter_descriptions;
    millrace_evaluate evaluate;
    uint32_t flags;   /* Of enum millrace_flags. */
    const void* data; /* Handed to each call. */
} millrace_overload;

typedef struct {
    const char* name;        /* Letters, digits and underscores; any case. */
    const char* category;    /* In SHOW FUNCTIONS; NULL: OTHER. */
    const char* description; /* The rest may be NULL. */
    const char* author;
    const char* version;
    const millrace_overload* overloads;
    size_t num_overloads;
} millrace_function;

typedef struct {
    uint32_t abi_version; /* MILLRACE_UDF_ABI_VERSION of the header it was compiled with. */
    uint32_t reserved;
    const millrace_function* functions;
    size_t num_functions;
} millrace_library;

/* The symbol that a library exports. */
MILLRACE_UDF_EXPORT const millrace_library* millrace_udf_library(void);

/* NOLINTEND(readability-identifier-naming) */

#ifdef __cplusplus
}
#endif
