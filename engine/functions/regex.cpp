#include "engine/functions/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <re2/re2.h>

#include "engine/base/error.h"
#include "engine/functions/regex_dialect.h"

namespace millrace::functions {

struct Regex::Engine {
    virtual ~Engine() = default;
    virtual int num_groups() const = 0;
    virtual Match find(std::string_view text, size_t from) const = 0;
    virtual int group_of(const std::string& name) const = 0;
};

struct Regex::Re2Engine final : Regex::Engine {
    explicit Re2Engine(std::string_view pattern)
        : re2(re2::StringPiece(pattern.data(), pattern.size()), options()) {}

    static RE2::Options options() {
        RE2::Options out;
        out.set_log_errors(false);
        return out;
    }
    int num_groups() const override { return re2.NumberOfCapturingGroups(); }
    Match find(std::string_view text, size_t from) const override {
        auto count = static_cast<size_t>(num_groups()) + 1;
        std::vector<re2::StringPiece> groups(count);
        if (!re2.Match(re2::StringPiece(text.data(), text.size()), from, text.size(),
                       RE2::UNANCHORED, groups.data(), static_cast<int>(count)))
            return {};
        Match out(count);
        for (size_t i = 0; i < count; ++i) {
            if (!groups[i].data()) continue;
            auto begin = static_cast<size_t>(groups[i].data() - text.data());
            out[i] = {begin, begin + groups[i].size()};
        }
        return out;
    }
    int group_of(const std::string& name) const override {
        auto found = re2.NamedCapturingGroups().find(name);
        return found == re2.NamedCapturingGroups().end() ? -1 : found->second;
    }

    RE2 re2;
};

struct Regex::Pcre2Engine final : Regex::Engine {
    // A pattern that backtracks without end is cut off here; the row then fails.
    static constexpr uint32_t kMatchLimit = 1'000'000;

    /// `shown` is the pattern as the user wrote it.
    Pcre2Engine(std::string_view pattern, std::string_view shown) {
        pcre2_compile_context* newlines = pcre2_compile_context_create(nullptr);
        pcre2_set_newline(newlines, PCRE2_NEWLINE_ANYCRLF);
        int error = 0;
        PCRE2_SIZE offset = 0;
        code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(),
                             PCRE2_UTF, &error, &offset, newlines);
        pcre2_compile_context_free(newlines);
        if (!code) {
            unsigned char text[200];
            pcre2_get_error_message(error, text, sizeof text);
            throw RowError("Invalid regular expression pattern: " + std::string(shown) + ": " +
                           reinterpret_cast<const char*>(text) + " near index " +
                           std::to_string(offset));
        }
        context = pcre2_match_context_create(nullptr);
        pcre2_set_match_limit(context, kMatchLimit);
    }
    ~Pcre2Engine() override {
        pcre2_code_free(code);
        pcre2_match_context_free(context);
    }
    int num_groups() const override {
        uint32_t count = 0;
        pcre2_pattern_info(code, PCRE2_INFO_CAPTURECOUNT, &count);
        return static_cast<int>(count);
    }
    Match find(std::string_view text, size_t from) const override {
        pcre2_match_data* data = pcre2_match_data_create_from_pattern(code, nullptr);
        int found = pcre2_match(code, reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), from,
                                0, data, context);
        Match out;
        if (found > 0) {
            const PCRE2_SIZE* spans = pcre2_get_ovector_pointer(data);
            out.resize(static_cast<size_t>(num_groups()) + 1);
            for (size_t i = 0; i < static_cast<size_t>(found); ++i)
                if (spans[2 * i] != PCRE2_UNSET) out[i] = {spans[2 * i], spans[2 * i + 1]};
        }
        pcre2_match_data_free(data);
        if (found < 0 && found != PCRE2_ERROR_NOMATCH)
            throw RowError("The regular expression could not be matched (error " +
                           std::to_string(found) + ")");
        return out;
    }
    int group_of(const std::string& name) const override {
        int number =
            pcre2_substring_number_from_name(code, reinterpret_cast<PCRE2_SPTR>(name.c_str()));
        return number < 0 ? -1 : number;
    }

    pcre2_code* code = nullptr;
    pcre2_match_context* context = nullptr;
};

Regex::Regex(std::string_view pattern) {
    const PortablePattern portable = portable_pattern(pattern);
    auto re2 = std::make_unique<Re2Engine>(portable.text);
    if (!re2->re2.ok()) {
        engine_ = std::make_unique<Pcre2Engine>(portable.text, pattern);
        return;
    }
    engine_ = std::move(re2);
    if (!portable.has_lines) return;
    try {
        line_engine_ = std::make_unique<Pcre2Engine>(portable.text, pattern);
    } catch (const RowError&) {
        // RE2's own words only: it goes on alone.
    }
}
Regex::~Regex() = default;

int Regex::num_groups() const {
    return engine_->num_groups();
}
Regex::Match Regex::find(std::string_view text, size_t from) const {
    // An empty text may point nowhere, which RE2 takes for a group that did not take part.
    if (!text.data()) text = "";
    // To Java a carriage return ends a line, too, and `$` matches before the last line's end.
    const bool lines = line_engine_ && !text.empty() &&
                       (text.back() == '\n' || text.find('\r') != std::string_view::npos);
    if (lines) return line_engine_->find(text, from);
    return engine_->find(text, from);
}
int Regex::group_of(const std::string& name) const {
    return engine_->group_of(name);
}

std::vector<Regex::Match> Regex::find_all(std::string_view text) const {
    std::vector<Match> out;
    for (size_t from = 0; from <= text.size();) {
        Match match = find(text, from);
        if (match.empty()) break;
        auto [begin, end] = *match[0];
        from = end;
        if (begin == end) {  // An empty match: on to the next character.
            ++from;
            while (from < text.size() && (static_cast<unsigned char>(text[from]) & 0xC0) == 0x80)
                ++from;
        }
        out.push_back(std::move(match));
    }
    return out;
}

}  // namespace millrace::functions
