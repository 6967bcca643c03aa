// A plan is built and run as its query's tasks would: sub-topology by sub-topology, a few records
// into each, what they write into those that read it.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/check.h"
#include "engine/exec/build.h"
#include "engine/functions/registry.h"
#include "engine/state/state_store.h"

namespace millrace::fuzz {

/// Keeps records for whoever reads the topic.
class TopicOfRecords final : public exec::RecordSink {
public:
    struct Record {
        std::optional<std::string> key, value;
        int64_t timestamp_ms = 0;
    };

    void write(std::optional<ByteView> key, std::optional<ByteView> value, int64_t timestamp_ms,
               std::optional<ByteView>, const RowHeaders*) override {
        if (records.size() >= kRecordsMax) return;
        records.push_back({text_of(key), text_of(value), timestamp_ms});
    }

    std::vector<Record> records;

private:
    static constexpr size_t kRecordsMax = 100;
    static std::optional<std::string> text_of(std::optional<ByteView> bytes) {
        if (!bytes) return std::nullopt;
        return std::string(*bytes);
    }
};

/// Something that JSON of this type may be.
inline std::string json_of(const SqlType& type, int number) {
    switch (type.base()) {
        case BaseType::kBoolean:
            return number % 2 == 0 ? "true" : "false";
        case BaseType::kString:
            return "\"" + std::to_string(number) + "\"";
        case BaseType::kBytes:
            return "\"YWI=\"";
        case BaseType::kArray:
            return "[" + json_of(*type.element(), number) + "]";
        case BaseType::kMap:
            return "{\"k\":" + json_of(*type.map_value(), number) + "}";
        case BaseType::kStruct: {
            std::string out;
            for (const SqlType::Field& field : type.fields())
                out += (out.empty() ? "" : ",") + std::string("\"") + field.name +
                       "\":" + json_of(*field.type, number);
            return "{" + out + "}";
        }
        default:
            return std::to_string(number);
    }
}

/// Records as a source's topic may have them: with its columns, without, with none of its keys.
inline std::vector<TopicOfRecords::Record> source_records(const plan::SourceStep& source) {
    std::vector<TopicOfRecords::Record> records;
    for (int number = 1; number <= 3; ++number) {
        std::string value;
        for (const Field& field : source.declared.value)
            value +=
                (value.empty() ? "\"" : ",\"") + field.name + "\":" + json_of(*field.type, number);
        value = "{" + value + "}";
        std::string key(1, '"');
        if (!source.declared.key.empty()) {
            const SqlType& type = *source.declared.key[0].type;
            key = type.is(BaseType::kString) ? std::to_string(number) : std::string(7, '\0') + '\1';
            if (type.is(BaseType::kInteger)) key = std::string(3, '\0') + '\1';
            if (source.window != WindowType::kNone) key += std::string(16, '\0');
        }
        records.push_back({key, value, number * 1000});
        records.push_back({key, value, 1000000 + number});
        records.push_back({key, std::nullopt, number * 1000});
        records.push_back({std::nullopt, value, number * 1000});
        records.push_back({key, "1,2,3", number * 1000});
    }
    return records;
}

/// Throws what building and running throw.
inline void run_plan(const plan::PhysicalPlan& plan) {
    struct Client final : exec::RowSink {
        bool rows(const RecordBatch&) override { return true; }
    } client;
    auto backend = open_backend({}).value();
    Overlay overlay(*backend);
    std::map<std::string, std::unique_ptr<StateStore>> stores;
    const ManualClock clock{0};
    EvalEnv env;
    env.clock = &clock;
    const FormatRegistry formats;
    exec::OperatorContext context;
    context.env = &env;
    context.formats = &formats;
    context.report = [](const std::string&, RowErrors& errors) { errors.clear(); };
    context.store = [&](const std::string& name) -> StateStore& {
        auto& store = stores[name];
        if (!store) store = overlay.store({backend->store_number(name), 0});
        return *store;
    };
    std::map<std::string, TopicOfRecords> topics;
    for (const plan::SubTopology& subtopology : plan::cut(plan, "fuzz_")) {
        for (const plan::StoreSpec& store : subtopology.stores) context.store(store.name);
        const size_t kept = stores.size();
        context.coalesce = subtopology.index % 2 == 0;
        auto pipeline = exec::build(subtopology, context, FunctionRegistry::builtin(),
                                    &topics[subtopology.output_topic], &client);
        MR_CHECK(stores.size() == kept, "an operator's store is one of its sub-topology's");
        for (size_t input = 0; input < subtopology.inputs.size(); ++input) {
            const plan::SubTopologyInput& from = subtopology.inputs[input];
            const auto* source = from.step->as<plan::SourceStep>();
            const std::vector<TopicOfRecords::Record> records =
                source ? source_records(*source) : topics[from.topic].records;
            std::vector<LogRecord> read;
            for (const auto& record : records) {
                LogRecord& one = read.emplace_back();
                one.offset = static_cast<int64_t>(read.size());
                one.timestamp_ms = record.timestamp_ms;
                if (record.key) one.key = *record.key;
                if (record.value) one.value = *record.value;
            }
            auto decoded = pipeline->decode(input, read, 0, from.topic);
            if (decoded) pipeline->process(input, std::move(decoded->rows));
        }
        pipeline->flush();
    }
}

}  // namespace millrace::fuzz
