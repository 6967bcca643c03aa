#include "server/routes/pull_response.h"

#include "engine/base/clock.h"
#include "engine/base/error.h"
#include "engine/base/guard.h"
#include "engine/session/answer_memory.h"
#include "server/model/error.h"

namespace millrace::server {

namespace {
/// Row objects are gathered up to this many bytes; the other formats send row by row.
constexpr size_t kObjectsChunkBytes = 5 << 10;
/// Unsent bytes at which an answer waits for its client.
constexpr size_t kQueueBytesMax = 512 << 10;
/// What an answer with rows left to read is counted as: the piece that it has read, as rows and as
/// text.
constexpr size_t kAnswerBytes = 1 << 20;
/// Scans take turns of this length, so that a short one does not wait for a long one's end.
constexpr int64_t kTurnMs = 20;
}  // namespace

PullResponse::PullResponse(Service& service, PullAnswer answer, RowFormat format,
                           std::shared_ptr<net::ResponseWriter> writer)
    : service_(service),
      rows_(format, answer.columns, answer.is_key),
      writer_(std::move(writer)),
      answer_(std::move(answer)) {}

void PullResponse::run(Service& service, PullAnswer answer, RowFormat format, net::Headers headers,
                       std::shared_ptr<net::ResponseWriter> writer) {
    auto response = std::make_shared<PullResponse>(service, std::move(answer), format, writer);
    response->admission_ = service.pull_limits().admit(steady_ms());
    if (response->answer_.rest) {
        response->memory_ = answer_memory(service.memory(), kAnswerBytes);
        service.add_pull(response);
    }
    writer->limit_queue(kQueueBytesMax);
    writer->start(200, std::move(headers));
    writer->on_drain([weak = std::weak_ptr<PullResponse>(response)] {
        if (auto self = weak.lock()) self->post_turn();
    });
    // While rows remain, the close callback holds the response: nobody else does.
    writer->on_close([response] {});
    response->rows_.header(response->chunk_, response->answer_.query_id);
    // What was read with the plan may be all; else it is a matter of the threads for scans.
    if (response->answer_.rest) return response->post_turn();
    response->turn();
}

void PullResponse::post_turn() {
    const auto act = [self = shared_from_this()] {
        guarded(
            "server.pull", "an answer", [&] { self->turn(); },
            [&](const std::string&) { self->abandon(); });
    };
    // Refused: the pool is full or stopping, and the client gets no more.
    if (!service_.scan_pool().post(act)) writer_->abort();
}

void PullResponse::turn() {
    std::lock_guard lock(mutex_);
    const int64_t began = steady_ms();
    while (!ended_) {
        if (writer_->closed()) return let_go();
        if (!write_rows()) return;  // on_drain goes on.
        if (!answer_.rest) return finish(chunk_ + rows_.closing());
        if (steady_ms() - began >= kTurnMs) return post_turn();
        answer_.rows.clear();
        batch_ = row_ = 0;
        try {
            if (!answer_.rest->read(answer_.rows)) answer_.rest.reset();
        } catch (const StatementError& error) {
            std::string text = chunk_ + rows_.separator();
            rows_.error(text, kServerError, error.what());
            finish(text + rows_.closing());
        }
    }
}

bool PullResponse::flush() {
    if (chunk_.empty()) return true;
    if (!writer_->write(chunk_)) return false;
    service_.pull_limits().sent(chunk_.size(), steady_ms());
    chunk_.clear();
    return true;
}

/// Appends the next row to the chunk; false: there is none.
bool PullResponse::next_row() {
    while (batch_ < answer_.rows.size() && row_ >= answer_.rows[batch_].num_rows()) {
        ++batch_;
        row_ = 0;
    }
    if (batch_ >= answer_.rows.size()) return false;
    chunk_ += rows_.separator();
    rows_.row(chunk_, answer_.rows[batch_], row_, 0);
    ++row_;
    return true;
}

bool PullResponse::write_rows() {
    const bool objects = rows_.format() == RowFormat::kObjects;
    while (true) {
        if (!objects || chunk_.size() >= kObjectsChunkBytes) {
            if (!flush()) return false;
        }
        if (!next_row()) return true;
    }
}

void PullResponse::finish(const std::string& last) {
    service_.pull_limits().sent(last.size(), steady_ms());
    writer_->end(last);
    let_go();
}

void PullResponse::let_go() {
    ended_ = true;
    answer_ = {};
    chunk_ = {};
    memory_.give_back();
    admission_.leave();
}

void PullResponse::abandon() {
    writer_->abort();
    std::lock_guard lock(mutex_);
    let_go();
}

}  // namespace millrace::server
