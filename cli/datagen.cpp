#include "cli/datagen.h"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "cli/datagen_sink.h"
#include "cli/datagen_templates.h"
#include "engine/base/clock.h"

namespace millrace::cli {

namespace {

constexpr int64_t kHourMs = 3'600'000;
constexpr int64_t kPaceMs = 50;  // With a rate, rows go out in steps of this length.

struct DatagenOptions {
    std::string template_name = "clickstream";
    std::string topic;
    std::string url = "http://127.0.0.1:8088";
    RestLogin login;
    std::string bootstrap_servers;
    std::string key_field;
    int64_t rows = -1;  // -1: the template's own number.
    double rate = 0;    // Rows a second; 0: as fast as they are taken.
    uint64_t seed = 1;
    int64_t start_ms = -1;  // -1: so that the rows end about now.
    int64_t step_ms = 300;
    uint64_t num_users = 1000;
    int32_t partitions = 4;
    bool print_rows = false;
    std::vector<std::string> settings;  // key=value words.
};

volatile std::sig_atomic_t interrupted = 0;
void on_interrupt(int) {
    interrupted = 1;
}

int complain(const std::string& message) {
    fmt::print(stderr, "datagen: {}\n", message);
    return 1;
}

template <class Number>
Number number_of(const std::string& key, const std::string& text) {
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) {
        throw std::invalid_argument(fmt::format("{}={} is no number", key, text));
    }
    return number;
}

/// One word of ksql-datagen's form. Names are its own, and ours without the dashes.
void apply_setting(DatagenOptions& options, const std::string& word) {
    const size_t equals = word.find('=');
    if (equals == std::string::npos) {
        throw std::invalid_argument(fmt::format("'{}' is neither an option nor key=value", word));
    }
    const std::string key = word.substr(0, equals);
    const std::string value = word.substr(equals + 1);
    const std::map<std::string, std::function<void()>> table = {
        {"quickstart", [&] { options.template_name = value; }},
        {"template", [&] { options.template_name = value; }},
        {"topic", [&] { options.topic = value; }},
        {"url", [&] { options.url = value; }},
        {"user", [&] { options.login.user = value; }},
        {"password", [&] { options.login.password = value; }},
        {"token", [&] { options.login.token.text = value; }},
        {"token-file", [&] { options.login.token.file = value; }},
        {"ca", [&] { options.login.ca_file = value; }},
        {"bootstrap-server", [&] { options.bootstrap_servers = value; }},
        {"key", [&] { options.key_field = value; }},
        {"iterations", [&] { options.rows = number_of<int64_t>(key, value); }},
        {"msgRate", [&] { options.rate = std::max(0.0, number_of<double>(key, value)); }},
        {"rate", [&] { options.rate = std::max(0.0, number_of<double>(key, value)); }},
        {"seed", [&] { options.seed = number_of<uint64_t>(key, value); }},
        {"start", [&] { options.start_ms = number_of<int64_t>(key, value); }},
        {"step", [&] { options.step_ms = number_of<int64_t>(key, value); }},
        {"users", [&] { options.num_users = number_of<uint64_t>(key, value); }},
        {"partitions", [&] { options.partitions = number_of<int32_t>(key, value); }},
        {"printRows", [&] { options.print_rows = value == "true"; }},
        {"nThreads", [] {}},     // One thread makes rows faster than they are taken.
        {"maxInterval", [] {}},  // Deprecated there, too.
    };
    const auto entry = table.find(key);
    if (entry != table.end()) {
        entry->second();
        return;
    }
    const bool is_format = key == "format" || key == "value-format" || key == "key-format";
    if (is_format && (value == "json" || (key == "key-format" && value == "kafka"))) return;
    if (is_format) {
        throw std::invalid_argument(
            fmt::format("{}={}: only JSON values and KAFKA keys are made here", key, value));
    }
    throw std::invalid_argument(fmt::format("unknown setting '{}'", key));
}

std::string thousands(uint64_t number) {
    std::string text = fmt::to_string(number);
    for (size_t at = text.size(); at > 3;) text.insert(at -= 3, ",");
    return text;
}

class Generator {
public:
    Generator(const RowTemplate& rows, RowSink& sink, const DatagenOptions& options, uint64_t total)
        : rows_(rows), sink_(sink), options_(options), total_(total), began_ms_(steady_ms()) {}

    /// Ends at `total` rows (0: never) or when interrupted.
    Status run() {
        while (!interrupted && (total_ == 0 || done_ < total_)) {
            const uint64_t until = next_stop();
            for (; done_ < until; done_++) {
                rows_.make(done_, row_);
                if (options_.print_rows) {
                    fmt::print("{} --> ({}) ts:{}\n", row_.key.empty() ? "null" : row_.key,
                               row_.value, row_.timestamp_ms);
                }
                if (Status status = sink_.send(row_); !status) return status;
            }
            if (options_.rate > 0) {
                if (Status status = sink_.flush(); !status) return status;
                if (total_ == 0 || done_ < total_) {
                    std::this_thread::sleep_for(std::chrono::milliseconds(kPaceMs));
                }
            }
            report(false);
        }
        Status status = sink_.flush();
        report(true);
        return status;
    }

    void say_result(const std::string& topic) const {
        const double seconds =
            static_cast<double>(std::max<int64_t>(steady_ms() - began_ms_, 1)) / 1e3;
        fmt::print("{} rows to topic {} in {:.2f} s, {} a second\n", thousands(done_), topic,
                   seconds, thousands(static_cast<uint64_t>(static_cast<double>(done_) / seconds)));
    }

private:
    uint64_t next_stop() const {
        uint64_t until = done_ + 10'000;
        if (options_.rate > 0) {
            const auto elapsed = static_cast<double>(steady_ms() - began_ms_ + kPaceMs);
            until = std::min(until, static_cast<uint64_t>(elapsed * options_.rate / 1e3));
        }
        return total_ == 0 ? until : std::min(until, total_);
    }

    /// A line that is overwritten, only for people.
    void report(bool last) {
        static const bool terminal = isatty(STDERR_FILENO) == 1;
        if (!terminal || options_.print_rows) return;
        if (last) {
            fmt::print(stderr, "\r\033[K");
        } else if (steady_ms() - reported_ms_ > 200) {
            reported_ms_ = steady_ms();
            fmt::print(stderr, "\r{} rows", thousands(done_));
        }
        std::fflush(stderr);
    }

    const RowTemplate& rows_;
    RowSink& sink_;
    const DatagenOptions& options_;
    GeneratedRow row_;
    uint64_t total_;
    uint64_t done_ = 0;
    int64_t began_ms_;
    int64_t reported_ms_ = 0;
};

/// Event time of row 0 when none is given: the beginning of an hour, early enough for all rows to
/// be past.
int64_t default_start_ms(const DatagenOptions& options, uint64_t total) {
    const int64_t now = SystemClock().now_ms();
    const int64_t span = static_cast<int64_t>(total) * options.step_ms;
    return (now - span) / kHourMs * kHourMs;
}

int run_datagen(DatagenOptions options) {
    try {
        for (const std::string& word : options.settings) apply_setting(options, word);
        if (options.step_ms < 1 || options.num_users < 1 || options.partitions < 1) {
            return complain("step, users and partitions must be at least 1");
        }
        TemplateOptions shape{options.seed, 0, options.step_ms, options.num_users,
                              options.key_field};
        std::unique_ptr<RowTemplate> rows = make_template(options.template_name, shape);
        if (rows == nullptr) {
            return complain(fmt::format("no template '{}'; there are {}", options.template_name,
                                        fmt::join(template_names(), ", ")));
        }
        const uint64_t total =
            options.rows >= 0 ? static_cast<uint64_t>(options.rows) : rows->default_rows();
        if (options.rows == 0) return 0;
        shape.start_ms =
            options.start_ms >= 0 ? options.start_ms : default_start_ms(options, total);
        rows = make_template(options.template_name, shape);
        const std::string topic =
            options.topic.empty() ? std::string(rows->default_topic()) : options.topic;
        Result<std::unique_ptr<RowSink>> sink =
            options.bootstrap_servers.empty()
                ? open_rest_sink(options.url, options.login, topic, options.partitions)
                : open_kafka_sink(options.bootstrap_servers, topic, options.partitions);
        if (!sink) return complain(sink.status().message());

        std::signal(SIGINT, on_interrupt);
        std::signal(SIGTERM, on_interrupt);
        Generator generator(*rows, **sink, options, total);
        const Status status = generator.run();
        if (!status) return complain(status.message());
        generator.say_result(topic);
        return 0;
    } catch (const std::invalid_argument& mistake) {
        return complain(mistake.what());
    }
}

}  // namespace

void add_datagen_command(CLI::App& app, int& exit_code) {
    CLI::App* command = app.add_subcommand("datagen", "Produce generated rows at a rate");
    auto options = std::make_shared<DatagenOptions>();
    command
        ->add_option("--template,--quickstart", options->template_name,
                     "Kind of rows: clickstream or users")
        ->capture_default_str();
    command->add_option("--topic", options->topic, "Topic (default: raw_clicks or users)");
    command->add_option("--url", options->url, "Millrace server to send the rows to")
        ->capture_default_str();
    command->add_option("-u,--user", options->login.user, "User for HTTP basic authentication");
    command->add_option("-p,--password", options->login.password, "The user's password");
    command->add_option("-t,--token", options->login.token.text,
                        "Token for HTTP bearer authentication (or in MILLRACE_TOKEN)");
    command->add_option("--token-file", options->login.token.file,
                        "File with the token, read again when it changes (or in "
                        "MILLRACE_TOKEN_FILE)");
    command->add_option("--ca", options->login.ca_file, "PEM file of authorities, for https://");
    command->add_option("--bootstrap-server", options->bootstrap_servers,
                        "Kafka brokers to send the rows to, instead of a server");
    command->add_option("--iterations", options->rows,
                        "Number of rows (clickstream: endless; users: each once)");
    command->add_option("--rate,--msg-rate", options->rate,
                        "Rows a second (default: as fast as possible)");
    command->add_option("--key", options->key_field, "Field to use as key as well");
    command->add_option("--seed", options->seed, "The same seed makes the same rows")
        ->capture_default_str();
    command->add_option(
        "--start", options->start_ms,
        "Event time of the first row, ms since 1970 (default: so as to end about now)");
    command->add_option("--step", options->step_ms, "Event time between two rows, ms")
        ->capture_default_str();
    command->add_option("--users", options->num_users, "Number of users")->capture_default_str();
    command->add_option("--partitions", options->partitions, "Partitions of a topic that is made")
        ->capture_default_str();
    command->add_flag("--print-rows", options->print_rows, "Print each row");
    command->add_option("setting", options->settings,
                        "The same as key=value, with ksql-datagen's names: quickstart= topic= "
                        "iterations= msgRate= bootstrap-server= key=");
    command->callback([options, &exit_code] { exit_code = run_datagen(*options); });
}

}  // namespace millrace::cli
