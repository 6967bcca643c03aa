#include "engine/functions/extension_kernel.h"

#include <array>
#include <cctype>
#include <cstddef>
#include <exception>

#include "engine/base/unicode.h"

namespace millrace::functions {
namespace {

constexpr size_t kRowBytesMax = size_t{256} << 20;  ///< millrace_udf.h tells it.
constexpr size_t kBlockBytes = 4096;
constexpr int32_t kDayMs = 86'400'000;

constexpr std::array<int32_t, 13> kKindOf = {
    MILLRACE_BOOLEAN, MILLRACE_INTEGER, MILLRACE_BIGINT, MILLRACE_DECIMAL, MILLRACE_DOUBLE,
    MILLRACE_STRING,  MILLRACE_BYTES,   MILLRACE_DATE,   MILLRACE_TIME,    MILLRACE_TIMESTAMP,
    MILLRACE_ARRAY,   MILLRACE_MAP,     MILLRACE_STRUCT,
};

int32_t kind_of(const SqlType& type) {
    return kKindOf[static_cast<size_t>(type.base())];
}

/// A row's call: the C struct, its memory, and what went wrong.
class Call : public millrace_call {
public:
    /// `prefix`: of this function's properties.
    Call(const std::string& prefix, const millrace_overload& overload, const EvalEnv& env)
        : millrace_call{sizeof(millrace_call), &Call::give, &Call::note, &Call::look_up,
                        overload.data},
          prefix_(prefix),
          env_(env) {}

    void next_row() {
        if (blocks_.size() > 1) blocks_.erase(blocks_.begin() + 1, blocks_.end());
        if (!blocks_.empty()) {
            next_ = blocks_.front().get();
            left_ = kBlockBytes;
        }
        row_bytes_ = 0;
        failed_ = false;
    }
    void fail(std::string message) {
        failed_ = true;
        message_ = std::move(message);
    }
    bool failed() const { return failed_; }
    const std::string& message() const { return message_; }

    void* allocate_bytes(size_t bytes) {
        constexpr size_t kAlign = alignof(std::max_align_t);
        if (bytes > kRowBytesMax - row_bytes_) {
            fail("asked for more than " + std::to_string(kRowBytesMax) + " bytes for one row");
            return nullptr;
        }
        row_bytes_ += bytes;
        const size_t taken = (bytes + kAlign - 1) / kAlign * kAlign;
        if (taken > left_) {
            // The first block is of the usual size, for it is the one that is used again.
            const bool own = taken > kBlockBytes / 4 && !blocks_.empty();
            const size_t size = own || taken > kBlockBytes ? taken : kBlockBytes;
            if (blocks_.empty() && size != kBlockBytes)
                blocks_.push_back(std::make_unique<char[]>(kBlockBytes));
            blocks_.push_back(std::make_unique<char[]>(size));
            if (size != kBlockBytes) return blocks_.back().get();
            next_ = blocks_.back().get();
            left_ = kBlockBytes;
        }
        void* out = next_;
        next_ += taken;
        left_ -= taken;
        return out;
    }
    millrace_value* allocate_values(size_t count) {
        return static_cast<millrace_value*>(allocate_bytes(count * sizeof(millrace_value)));
    }

private:
    // Called from C: nothing may be thrown through it, so running out of memory ends the process.
    static void* give(millrace_call* call, size_t bytes) noexcept {
        return static_cast<Call*>(call)->allocate_bytes(bytes);
    }
    static void note(millrace_call* call, const char* message) noexcept {
        static_cast<Call*>(call)->fail(message ? message : "no reason given");
    }
    static const char* look_up(millrace_call* call, const char* key) noexcept {
        const Call& self = *static_cast<Call*>(call);
        if (!key) return nullptr;
        for (const std::string& prefix : {self.prefix_, std::string("ksql.functions._global_.")}) {
            const std::string* found = self.env_.config.find(prefix + key);
            if (found != nullptr) return found->c_str();
        }
        return nullptr;
    }

    const std::string& prefix_;
    const EvalEnv& env_;
    std::vector<std::unique_ptr<char[]>> blocks_;
    char* next_ = nullptr;
    size_t left_ = 0;
    size_t row_bytes_ = 0;
    bool failed_ = false;
    std::string message_;
};

millrace_value c_text(int32_t kind, std::string_view text) {
    millrace_value out{};
    out.kind = kind;
    out.as.text.data = text.data();
    out.as.text.size = text.size();
    return out;
}

/// False when the call has no memory left for it.
bool to_c(const Value& value, const SqlType& type, Call& call, millrace_value& out) {
    out = {};
    if (value.is_null()) return true;
    out.kind = kind_of(type);
    switch (type.base()) {
        case BaseType::kBoolean:
            out.as.boolean = value.as_bool() ? 1 : 0;
            return true;
        case BaseType::kInteger:
        case BaseType::kDate:
        case BaseType::kTime:
            out.as.integer = value.as_int();
            return true;
        case BaseType::kBigint:
        case BaseType::kTimestamp:
            out.as.bigint = value.as_long();
            return true;
        case BaseType::kDouble:
            out.as.real = value.as_double();
            return true;
        case BaseType::kDecimal: {
            const Decimal& decimal = value.as_decimal();
            out.as.decimal.low = static_cast<uint64_t>(decimal.unscaled());
            out.as.decimal.high = static_cast<int64_t>(decimal.unscaled() >> 64);
            out.as.decimal.scale = decimal.scale();
            return true;
        }
        case BaseType::kString:
        case BaseType::kBytes:
            out = c_text(out.kind, value.as_string());
            return true;
        case BaseType::kArray:
        case BaseType::kStruct: {
            const ValueList& list = value.as_list();
            millrace_value* items = call.allocate_values(list.size());
            if (!items) return false;
            for (size_t i = 0; i < list.size(); ++i) {
                const SqlType& item =
                    type.is(BaseType::kArray) ? *type.element() : *type.fields()[i].type;
                if (!to_c(list[i], item, call, items[i])) return false;
            }
            out.as.list.items = items;
            out.as.list.size = list.size();
            return true;
        }
        case BaseType::kMap: {
            const ValueMap& map = value.as_map();
            millrace_value* keys = call.allocate_values(map.size());
            millrace_value* values = call.allocate_values(map.size());
            if (!keys || !values) return false;
            for (size_t i = 0; i < map.size(); ++i) {
                if (!to_c(map[i].first, *type.map_key(), call, keys[i]) ||
                    !to_c(map[i].second, *type.map_value(), call, values[i]))
                    return false;
            }
            out.as.map.keys = keys;
            out.as.map.values = values;
            out.as.map.size = map.size();
            return true;
        }
    }
    return true;
}

bool argument_to_c(const Column& column, size_t row, Call& call, millrace_value& out) {
    out = {};
    if (column.is_null(row)) return true;
    out.kind = kind_of(column.type());
    switch (column.physical()) {
        case PhysicalType::kBool:
            out.as.boolean = column.bool_at(row) != 0;
            return true;
        case PhysicalType::kInt:
            out.as.integer = column.int_at(row);
            return true;
        case PhysicalType::kLong:
            out.as.bigint = column.long_at(row);
            return true;
        case PhysicalType::kDouble:
            out.as.real = column.double_at(row);
            return true;
        case PhysicalType::kText:
            out = c_text(out.kind, column.text_at(row));
            return true;
        case PhysicalType::kValue:
            return to_c(column.value_ref_at(row), column.type(), call, out);
    }
    return true;
}

bool is_utf8(std::string_view text) {
    if (is_ascii(text)) return true;
    for (size_t at = 0; at < text.size();) {
        const size_t from = at;
        if (next_code_point(text, at) == U'\uFFFD' &&
            text.substr(from, at - from) != "\xEF\xBF\xBD")
            return false;
    }
    return true;
}

/// What a library returned, checked: it is not our code.
class ResultReader {
public:
    /// False: `problem()` tells why this is no value of the type.
    bool read(const millrace_value& result, const SqlType& type, Value& out) {
        out = Value::null();
        if (result.kind == MILLRACE_NULL) return true;
        if (result.kind != kind_of(type)) return wrong("not of type " + type.to_string());
        switch (type.base()) {
            case BaseType::kBoolean:
                out = Value(result.as.boolean != 0);
                return true;
            case BaseType::kTime:
                if (result.as.integer < 0 || result.as.integer >= kDayMs)
                    return wrong("no time of a day");
                out = Value(result.as.integer);
                return true;
            case BaseType::kInteger:
            case BaseType::kDate:
                out = Value(result.as.integer);
                return true;
            case BaseType::kBigint:
            case BaseType::kTimestamp:
                out = Value(result.as.bigint);
                return true;
            case BaseType::kDouble:
                out = Value(result.as.real);
                return true;
            case BaseType::kDecimal:
                return decimal(result, type, out);
            case BaseType::kString:
            case BaseType::kBytes: {
                std::string_view text;
                if (!view(result, type, text)) return false;
                out = Value(text);
                return true;
            }
            case BaseType::kArray:
            case BaseType::kStruct:
                return list(result, type, out);
            case BaseType::kMap:
                return map(result, type, out);
        }
        return wrong("of no type");
    }
    bool view(const millrace_value& result, const SqlType& type, std::string_view& out) {
        if (!result.as.text.data && result.as.text.size > 0) return wrong("a text without data");
        out = {result.as.text.data ? result.as.text.data : "", result.as.text.size};
        if (type.is(BaseType::kString) && !is_utf8(out)) return wrong("no UTF-8");
        return true;
    }
    const std::string& problem() const { return problem_; }

private:
    bool wrong(std::string what) {
        problem_ = std::move(what);
        return false;
    }
    bool decimal(const millrace_value& result, const SqlType& type, Value& out) {
        const auto high = static_cast<unsigned __int128>(result.as.decimal.high);
        const auto unscaled = static_cast<Int128>(high << 64 | result.as.decimal.low);
        if (result.as.decimal.scale < 0 || result.as.decimal.scale > Decimal::kMaxDigits)
            return wrong("a DECIMAL of scale " + std::to_string(result.as.decimal.scale));
        auto fitted = Decimal(unscaled, result.as.decimal.scale)
                          .fit(type.precision(), type.scale(), Rounding::kUnnecessary);
        if (!fitted) return wrong("more digits than " + type.to_string() + " has");
        out = Value(*fitted);
        return true;
    }
    bool list(const millrace_value& result, const SqlType& type, Value& out) {
        const size_t size = result.as.list.size;
        const bool is_struct = type.is(BaseType::kStruct);
        if (!result.as.list.items && size > 0) return wrong("a list without items");
        if (is_struct && size != type.fields().size())
            return wrong("a STRUCT of " + std::to_string(size) + " fields");
        ValueList items(size);
        for (size_t i = 0; i < size; ++i) {
            const SqlType& item = is_struct ? *type.fields()[i].type : *type.element();
            if (!read(result.as.list.items[i], item, items[i])) return false;
        }
        out = Value(std::move(items));
        return true;
    }
    bool map(const millrace_value& result, const SqlType& type, Value& out) {
        const size_t size = result.as.map.size;
        if (size > 0 && (!result.as.map.keys || !result.as.map.values))
            return wrong("a MAP without entries");
        ValueMap entries(size);
        for (size_t i = 0; i < size; ++i) {
            if (!read(result.as.map.keys[i], *type.map_key(), entries[i].first) ||
                !read(result.as.map.values[i], *type.map_value(), entries[i].second))
                return false;
            if (entries[i].first.is_null()) return wrong("a MAP with a NULL key");
            for (size_t j = 0; j < i; ++j)
                if (entries[j].first == entries[i].first) return wrong("a MAP with a key twice");
        }
        out = Value(std::move(entries));
        return true;
    }

    std::string problem_;
};

bool append_result(const millrace_value& result, Column& output, ResultReader& reader) {
    if (result.kind == kind_of(output.type()) && output.physical() == PhysicalType::kText) {
        std::string_view text;
        if (!reader.view(result, output.type(), text)) return false;
        output.append_text(text);
        return true;
    }
    Value value;
    if (!reader.read(result, output.type(), value)) return false;
    output.append(value);
    return true;
}

class ExtensionKernel final : public ScalarKernel {
public:
    ExtensionKernel(const std::string& name, const millrace_overload& overload)
        : name_(name), prefix_("ksql.functions."), overload_(overload) {
        for (char c : name)
            prefix_ += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        prefix_ += '.';
    }

    void evaluate(const CallArguments& arguments, size_t rows, const EvalEnv& env,
                  RowErrors& errors, Column& output) const override {
        output.reserve(rows);
        Call call(prefix_, overload_, env);
        ResultReader reader;
        std::vector<millrace_value> values(arguments.columns.size());
        for (size_t row = 0; row < rows; ++row) {
            call.next_row();
            bool null = false;
            for (size_t i = 0; i < values.size() && !call.failed(); ++i) {
                argument_to_c(*arguments.columns[i], row, call, values[i]);
                null = null || values[i].kind == MILLRACE_NULL;
            }
            millrace_value result{};
            const bool called =
                !call.failed() && (!null || (overload_.flags & MILLRACE_TAKES_NULL) != 0);
            if (called) run(call, values, result);
            if (!call.failed() && !append_result(result, output, reader))
                call.fail("returned " + reader.problem());
            if (!call.failed()) continue;
            output.append_null();
            errors.add_row(static_cast<uint32_t>(row), name_ + ": " + call.message());
        }
    }

private:
    /// A library in C++ may throw although it should not.
    void run(Call& call, const std::vector<millrace_value>& values, millrace_value& result) const {
        try {
            overload_.evaluate(&call, values.data(), values.size(), &result);
        } catch (const std::exception& error) {
            call.fail(error.what());
        } catch (...) {
            call.fail("threw an exception");
        }
    }

    std::string name_;
    std::string prefix_;
    millrace_overload overload_;
};

}  // namespace

std::shared_ptr<const ScalarKernel> make_extension_kernel(const std::string& name,
                                                          const millrace_overload& overload) {
    return std::make_shared<ExtensionKernel>(name, overload);
}

}  // namespace millrace::functions
