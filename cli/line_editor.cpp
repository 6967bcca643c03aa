#include "cli/line_editor.h"

#include <histedit.h>
#include <unistd.h>

#include <cerrno>
#include <clocale>
#include <cstdio>
#include <cwchar>
#include <istream>
#include <utility>

namespace millrace::cli {

namespace {

constexpr int kHistoryEntriesMax = 1'000;

class StreamLines final : public LineSource {
public:
    explicit StreamLines(std::istream& stream) : stream_(stream) {}
    ReadOutcome read(std::string_view, std::string& line) override {
        return std::getline(stream_, line) ? ReadOutcome::kLine : ReadOutcome::kEnd;
    }
    void add_history(std::string_view) override {}
    std::vector<std::string> history() const override { return {}; }

private:
    std::istream& stream_;
};

class EditedLines final : public LineSource {
public:
    EditedLines(std::string history_path, bool (*interrupted)())
        : history_path_(std::move(history_path)), interrupted_(interrupted) {
        // Without a UTF-8 locale libedit would garble what is typed.
        if (const char* now = std::setlocale(LC_CTYPE, "");
            now == nullptr || std::string_view(now) == "C") {
            std::setlocale(LC_CTYPE, "C.UTF-8");
        }
        history_ = history_init();
        HistEvent event;
        ::history(history_, &event, H_SETSIZE, kHistoryEntriesMax);
        ::history(history_, &event, H_SETUNIQUE, 1);
        if (!history_path_.empty()) ::history(history_, &event, H_LOAD, history_path_.c_str());

        editor_ = el_init("millrace", stdin, stdout, stderr);
        el_set(editor_, EL_CLIENTDATA, this);
        el_set(editor_, EL_PROMPT, &EditedLines::prompt);
        el_set(editor_, EL_EDITOR, "emacs");
        el_set(editor_, EL_HIST, ::history, history_);
        el_set(editor_, EL_GETCFN, &EditedLines::get_character);
        el_set(editor_, EL_BIND, "^R", "em-inc-search-prev", nullptr);
        // A tab is a blank of pasted SQL; libedit would drop it, and join two words.
        el_set(editor_, EL_BIND, "^I", "ed-insert", nullptr);
        el_source(editor_, nullptr);
    }
    ~EditedLines() override {
        el_end(editor_);
        history_end(history_);
    }
    EditedLines(const EditedLines&) = delete;
    EditedLines& operator=(const EditedLines&) = delete;

    ReadOutcome read(std::string_view prompt, std::string& line) override {
        prompt_ = prompt;
        el_resize(editor_);
        int count = 0;
        const char* text = el_gets(editor_, &count);
        if (text == nullptr || count <= 0) {
            const bool stopped = std::exchange(pending_, false) || interrupted_();
            if (stopped) el_reset(editor_);
            return stopped ? ReadOutcome::kInterrupted : ReadOutcome::kEnd;
        }
        line.assign(text, static_cast<size_t>(count));
        while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.pop_back();
        return ReadOutcome::kLine;
    }

    void add_history(std::string_view entry) override {
        HistEvent event;
        ::history(history_, &event, H_ENTER, std::string(entry).c_str());
        if (!history_path_.empty()) ::history(history_, &event, H_SAVE, history_path_.c_str());
    }

    std::vector<std::string> history() const override {
        std::vector<std::string> entries;
        HistEvent event;
        for (int found = ::history(history_, &event, H_LAST); found >= 0;
             found = ::history(history_, &event, H_PREV)) {
            std::string entry = event.str;
            while (!entry.empty() && entry.back() == '\n') entry.pop_back();
            entries.push_back(std::move(entry));
        }
        return entries;
    }

private:
    static EditedLines* of(EditLine* editor) {
        void* self = nullptr;
        el_get(editor, EL_CLIENTDATA, &self);
        return static_cast<EditedLines*>(self);
    }
    static char* prompt(EditLine* editor) { return of(editor)->prompt_.data(); }

    /// libedit's own reader swallows a signal; this one lets Ctrl-C end the line.
    static int get_character(EditLine* editor, wchar_t* out) {
        EditedLines* self = of(editor);
        std::mbstate_t state{};
        for (;;) {
            char byte = 0;
            const ssize_t got = ::read(STDIN_FILENO, &byte, 1);
            if (got == 0) return 0;
            if (got < 0) {
                if (errno == EINTR && !self->interrupted_pending()) continue;
                return -1;
            }
            const size_t used = std::mbrtowc(out, &byte, 1, &state);
            if (used == static_cast<size_t>(-2)) continue;  // More bytes belong to it.
            if (used == static_cast<size_t>(-1)) {
                state = {};
                continue;
            }
            if (used == 0) *out = L'\0';
            return 1;
        }
    }
    /// A resize interrupts reads too and does not count.
    bool interrupted_pending() {
        pending_ = pending_ || interrupted_();
        return pending_;
    }

    EditLine* editor_ = nullptr;
    History* history_ = nullptr;
    std::string history_path_;
    std::string prompt_;
    bool (*interrupted_)();
    bool pending_ = false;
};

}  // namespace

std::unique_ptr<LineSource> read_stream(std::istream& stream) {
    return std::make_unique<StreamLines>(stream);
}

std::unique_ptr<LineSource> edit_lines(const std::string& history_path, bool (*interrupted)()) {
    return std::make_unique<EditedLines>(history_path, interrupted);
}

}  // namespace millrace::cli
