#include "engine/functions/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <re2/re2.h>

#include <algorithm>

#include "engine/base/error.h"
#include "engine/base/row_meter.h"
#include "engine/base/unicode.h"
#include "engine/functions/regex_dialect.h"

namespace millrace::functions {

namespace {

/// A pattern of which RE2 would make more goes to PCRE2, which makes less of it or refuses it.
constexpr int64_t kRe2BytesMax = 2 << 20;
/// RE2 keeps the places of all groups for each of its instructions while it matches.
constexpr size_t kCapturesMax = 4 << 20;
/// From one place of a text on, a pattern that backtracks without end is cut off here; the row then
/// fails.
constexpr uint32_t kStepsMax = 1'000'000;
/// So it is when all places that take many steps take more than this together, and a share a byte.
constexpr uint64_t kTextStepsMax = 4'000'000;
constexpr uint64_t kByteSteps = 8;
/// As many any place may take. For one that takes more it is found out how many.
constexpr uint32_t kFewSteps = 512;
constexpr uint32_t kStepsGrowth = 8;
/// In one that a row's time is counted in (base/row_meter.h).
constexpr uint32_t kStepsOfMeter = 8;
constexpr uint32_t kBacktrackKibMax = 16 << 10;

[[noreturn]] void refuse_match(const std::string& why) {
    throw RowError("The regular expression could not be matched: " + why);
}

}  // namespace

struct Regex::Scratch {
    ~Scratch() {
        pcre2_match_data_free(data);
        pcre2_match_context_free(context);
    }
    pcre2_match_data* data = nullptr;
    pcre2_match_context* context = nullptr;
    size_t places = 1;  ///< How many in a stretch.
    uint64_t steps_left = 0;
};

struct Regex::Engine {
    virtual ~Engine() = default;
    virtual int num_groups() const = 0;
    virtual int group_of(const std::string& name) const = 0;
    /// The first match at or behind `from`, into `match`, which has a place for each span that is
    /// wanted. `scratch`: null at the first call for a text.
    virtual bool find(std::string_view text, size_t from, Match& match,
                      std::unique_ptr<Scratch>& scratch) const = 0;
};

struct Regex::Re2Engine final : Regex::Engine {
    explicit Re2Engine(std::string_view pattern)
        : re2(re2::StringPiece(pattern.data(), pattern.size()), options()) {}

    static RE2::Options options() {
        RE2::Options out;
        out.set_log_errors(false);
        out.set_max_mem(kRe2BytesMax);
        return out;
    }
    int num_groups() const override { return re2.NumberOfCapturingGroups(); }
    int group_of(const std::string& name) const override {
        auto found = re2.NamedCapturingGroups().find(name);
        return found == re2.NamedCapturingGroups().end() ? -1 : found->second;
    }
    bool find(std::string_view text, size_t from, Match& match,
              std::unique_ptr<Scratch>& /*scratch*/) const override {
        if (match.size() > 1 &&
            match.size() * static_cast<size_t>(re2.ProgramSize()) > kCapturesMax)
            refuse_match("it has too many groups for its size");
        thread_local std::vector<re2::StringPiece> spans;
        spans.assign(match.size(), {});
        if (!re2.Match(re2::StringPiece(text.data(), text.size()), from, text.size(),
                       RE2::UNANCHORED, spans.data(), static_cast<int>(spans.size())))
            return false;
        for (size_t i = 0; i < match.size(); ++i) {
            match[i].reset();
            if (!spans[i].data()) continue;
            auto begin = static_cast<size_t>(spans[i].data() - text.data());
            match[i] = {begin, begin + spans[i].size()};
        }
        return true;
    }

    RE2 re2;
};

struct Regex::Pcre2Engine final : Regex::Engine {
    /// `shown` is the pattern as the user wrote it.
    Pcre2Engine(std::string_view pattern, std::string_view shown) {
        pcre2_compile_context* context = pcre2_compile_context_create(nullptr);
        pcre2_set_newline(context, PCRE2_NEWLINE_ANYCRLF);
        int error = 0;
        PCRE2_SIZE offset = 0;
        // \C would match a part of a character.
        code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(),
                             PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C | PCRE2_USE_OFFSET_LIMIT, &error,
                             &offset, context);
        pcre2_compile_context_free(context);
        if (!code) {
            unsigned char text[200];
            pcre2_get_error_message(error, text, sizeof text);
            throw RowError("Invalid regular expression pattern: " + std::string(shown) + ": " +
                           reinterpret_cast<const char*>(text) + " near index " +
                           std::to_string(offset));
        }
    }
    ~Pcre2Engine() override { pcre2_code_free(code); }
    int num_groups() const override {
        uint32_t count = 0;
        pcre2_pattern_info(code, PCRE2_INFO_CAPTURECOUNT, &count);
        return static_cast<int>(count);
    }
    int group_of(const std::string& name) const override {
        int number =
            pcre2_substring_number_from_name(code, reinterpret_cast<PCRE2_SPTR>(name.c_str()));
        return number < 0 ? -1 : number;
    }
    bool find(std::string_view text, size_t from, Match& match,
              std::unique_ptr<Scratch>& scratch) const override {
        // Checking that a text is UTF-8 takes a look at all of it: once is enough.
        uint32_t options = PCRE2_NO_UTF_CHECK;
        if (!scratch) {
            scratch = std::make_unique<Scratch>();
            scratch->data = pcre2_match_data_create_from_pattern(code, nullptr);
            scratch->context = pcre2_match_context_create(nullptr);
            pcre2_set_heap_limit(scratch->context, kBacktrackKibMax);
            scratch->places = text.size() + 1;
            scratch->steps_left = kTextStepsMax + kByteSteps * text.size();
            options = 0;
        }
        const int found = search(text, from, options, *scratch);
        if (found == PCRE2_ERROR_NOMATCH) return false;
        if (found < 0) refuse_match("error " + std::to_string(found));
        const PCRE2_SIZE* spans = pcre2_get_ovector_pointer(scratch->data);
        for (size_t i = 0; i < match.size(); ++i) {
            match[i].reset();
            if (i < static_cast<size_t>(found) && spans[2 * i] != PCRE2_UNSET)
                match[i] = {spans[2 * i], spans[2 * i + 1]};
        }
        return true;
    }
    /// As pcre2_match(), whose own limit is for each place where a match may begin, so that all
    /// places of a long text could come to any number of steps. Stretches of places are given few
    /// steps each; one that takes more is narrowed down to, and pays for what it takes.
    int search(std::string_view text, size_t from, uint32_t options, Scratch& scratch) const {
        while (true) {
            int found = match(text, from, kFewSteps, options, scratch);
            options |= PCRE2_NO_UTF_CHECK;
            if (found == PCRE2_ERROR_MATCHLIMIT && scratch.places > 1) {
                scratch.places /= 2;
                continue;
            }
            if (found == PCRE2_ERROR_MATCHLIMIT) found = match_dear(text, from, options, scratch);
            if (found != PCRE2_ERROR_NOMATCH || text.size() - from < scratch.places) return found;
            from += scratch.places;
            while (from < text.size() && continues_character(text[from])) ++from;
            scratch.places *= 2;
        }
    }
    /// From this place on alone.
    int match_dear(std::string_view text, size_t from, uint32_t options, Scratch& scratch) const {
        for (uint32_t steps = kFewSteps; steps < kStepsMax;) {
            steps = std::min(steps * kStepsGrowth, kStepsMax);
            if (steps > scratch.steps_left)
                refuse_match("it backtracks too often in a text of " + std::to_string(text.size()) +
                             " bytes");
            const int found = match(text, from, steps, options, scratch);
            if (found != PCRE2_ERROR_MATCHLIMIT) return found;
            scratch.steps_left -= steps;
        }
        refuse_match("it backtracks without end");
    }
    int match(std::string_view text, size_t from, uint32_t steps, uint32_t options,
              Scratch& scratch) const {
        RowMeter::here().work(steps / kStepsOfMeter);
        pcre2_set_match_limit(scratch.context, steps);
        const size_t rest = text.size() - from;
        pcre2_set_offset_limit(scratch.context,
                               rest < scratch.places ? text.size() : from + scratch.places - 1);
        return pcre2_match(code, reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), from,
                           options, scratch.data, scratch.context);
    }

    pcre2_code* code = nullptr;
};

Regex::Regex(std::string_view pattern) {
    if (pattern.size() > kPatternBytesMax)
        throw RowError("Invalid regular expression pattern: it is longer than " +
                       std::to_string(kPatternBytesMax) + " bytes");
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
int Regex::group_of(const std::string& name) const {
    return engine_->group_of(name);
}

const Regex::Engine& Regex::engine_for(std::string_view text) const {
    // To Java a carriage return ends a line, too, and `$` matches before the last line's end.
    const bool lines = line_engine_ && !text.empty() &&
                       (text.back() == '\n' || text.find('\r') != std::string_view::npos);
    return lines ? *line_engine_ : *engine_;
}

// An empty text may point nowhere, which RE2 takes for a group that did not take part.
Regex::Walk::Walk(const Regex& regex, std::string_view text, int groups)
    : engine_(regex.engine_for(text)),
      text_(text.data() ? text : ""),
      groups_(static_cast<size_t>(groups)),
      match_(groups_ + 1) {}
Regex::Walk::~Walk() = default;

const Regex::Match* Regex::Walk::next() {
    // A find may look at all the text that is left, however little it matches.
    constexpr size_t kFindSteps = 4, kBytesAStep = 64, kStepsMost = 4096;
    const size_t rest = text_.size() - std::min(from_, text_.size());
    RowMeter::here().work(kFindSteps + std::min(rest / kBytesAStep, kStepsMost));
    if (from_ > text_.size() || !engine_.find(text_, from_, match_, scratch_)) return nullptr;
    const auto [begin, end] = *match_[0];
    from_ = end;
    if (begin == end) {  // An empty match: on to the next character.
        ++from_;
        while (from_ < text_.size() && continues_character(text_[from_])) ++from_;
    }
    return &match_;
}

}  // namespace millrace::functions
