#include "engine/config/config.h"

#include "engine/base/error.h"
#include "engine/config/nearest_property.h"
#include "engine/config/table.h"

namespace millrace {

/// What the server was given, the same under all overrides.
struct Config::Given {
    Settings settings;
    std::vector<std::string> warnings;
};

struct Config::Data {
    std::vector<PropertyValue> values;  ///< By the table's index.
    Overrides overrides;
    std::shared_ptr<const Given> given;
};

namespace {

std::string from(const Setting& setting) {
    return setting.origin.empty() ? "" : " (" + setting.origin + ")";
}

/// What was probably meant by a name without a meaning; empty when nothing is near.
std::string suggestion(const std::string& name) {
    const std::string near =
        nearest_property(name, suggested_distance(name), [](const Property&) { return true; });
    return near.empty() ? "" : " (did you mean " + near + "?)";
}

/// What was wrong, without what stood behind a ${…}.
std::string shown_problem(const Setting& setting, std::string problem) {
    if (setting.written.empty() || setting.value.empty()) return problem;
    for (size_t at = 0; (at = problem.find(setting.value, at)) != std::string::npos;
         at += setting.written.size()) {
        problem.replace(at, setting.value.size(), setting.written);
    }
    return problem;
}

const std::string& shown_value(const Setting& setting) {
    return setting.written.empty() ? setting.value : setting.written;
}

/// Gathers what is wrong or worth a word about what the server was given.
class Checker {
public:
    void check(const std::string& name, const Setting& setting,
               std::vector<PropertyValue>& values) {
        const Property* row = find_property(name);
        if (row == nullptr || row->is_family()) {
            if (const std::string meant = mistyped_property(name); !meant.empty()) {
                problems_.push_back("Unknown property " + setting.name + ": did you mean " + meant +
                                    "?" + from(setting));
                return;
            }
            if (row == nullptr) unknown_.push_back(setting.name + suggestion(setting.name));
        }
        if (row == nullptr) return;
        auto parsed = parse_property(*row, setting.value);
        if (!parsed.problem.empty()) {
            problems_.push_back(invalid_property(setting.name, shown_value(setting),
                                                 shown_problem(setting, parsed.problem)) +
                                from(setting));
            return;
        }
        if (is_refused_value(*row, setting.value)) {
            problems_.push_back(setting.name + "=" +
                                shown_property_value(name, shown_value(setting)) +
                                " is refused: this server does not have " +
                                std::string(row->lacking) + from(setting));
            return;
        }
        if (row->use == PropertyUse::kIgnored) ignored_.push_back(setting.name);
        if (row->name == name) {
            values[static_cast<size_t>(row - kProperties.data())] = std::move(parsed.value);
        }
    }

    void raise_problems() const {
        if (!problems_.empty()) refuse(ErrorKind::kGeneral, joined(problems_, "\n"));
    }
    std::vector<std::string> warnings() const {
        std::vector<std::string> lines;
        if (!unknown_.empty())
            lines.push_back("properties without a meaning here: " + joined(unknown_, ", "));
        if (!ignored_.empty())
            lines.push_back("properties without an effect here: " + joined(ignored_, ", "));
        return lines;
    }

private:
    static std::string joined(const std::vector<std::string>& parts, const char* between) {
        std::string text;
        for (const auto& part : parts) text += (text.empty() ? "" : between) + part;
        return text;
    }

    std::vector<std::string> problems_;
    std::vector<std::string> unknown_;
    std::vector<std::string> ignored_;
};

const std::vector<PropertyValue>& default_values() {
    static const auto defaults = [] {
        std::vector<PropertyValue> values(kProperties.size());
        for (size_t i = 0; i < kProperties.size(); ++i) {
            if (const char* text = kProperties[i].default_value)
                values[i] = parse_property(kProperties[i], text).value;
        }
        return values;
    }();
    return defaults;
}

}  // namespace

Config::Config() {
    static const auto defaults = [] {
        auto data = std::make_shared<Data>();
        data->values = default_values();
        data->given = std::make_shared<Given>();
        return data;
    }();
    data_ = defaults;
}

Config::Config(const Settings& settings) {
    auto data = std::make_shared<Data>();
    data->values = default_values();
    Checker checker;
    for (const auto& [name, setting] : settings) checker.check(name, setting, data->values);
    checker.raise_problems();
    data->given = std::make_shared<Given>(Given{settings, checker.warnings()});
    data_ = std::move(data);
}

const PropertyValue& Config::value_at(size_t index) const {
    return data_->values[index];
}

const std::string* Config::find(const std::string& given) const {
    const std::string name = property_name(given);
    if (auto found = data_->overrides.find(name); found != data_->overrides.end())
        return &found->second;
    auto found = data_->given->settings.find(name);
    return found == data_->given->settings.end() ? nullptr : &found->second.value;
}

Config Config::with(const Overrides& overrides) const {
    if (overrides.empty()) return *this;
    auto data = std::make_shared<Data>(*data_);
    for (const auto& [given, value] : overrides) {
        const std::string name = property_name(given);
        data->overrides[name] = value;
        const size_t index = property_index(name);
        if (index == kNoProperty) continue;
        auto parsed = parse_property(kProperties[index], value);
        if (!parsed.problem.empty()) {
            refuse(ErrorKind::kGeneral, invalid_property(name, value, parsed.problem));
        }
        data->values[index] = std::move(parsed.value);
    }
    return Config(std::move(data));
}

Overrides Config::query_overrides() const {
    return query_scoped(without_secrets(data_->overrides));
}

const Settings& Config::settings() const {
    return data_->given->settings;
}

const std::vector<std::string>& Config::warnings() const {
    return data_->given->warnings;
}

Overrides without_secrets(const Overrides& overrides) {
    Overrides kept;
    for (const auto& [name, value] : overrides) {
        if (!holds_secret(name, value)) kept[name] = value;
    }
    return kept;
}

Overrides query_scoped(const Overrides& properties) {
    Overrides kept;
    for (const auto& [given, value] : properties) {
        const std::string name = property_name(given);
        const Property* row = find_property(name);
        if (row != nullptr && row->reach == PropertyReach::kQuery &&
            parse_property(*row, value).problem.empty()) {
            kept[name] = value;
        }
    }
    return kept;
}

}  // namespace millrace
