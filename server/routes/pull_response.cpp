#include "server/routes/pull_response.h"

#include "engine/base/guard.h"

namespace millrace::server {

namespace {
/// Row objects are gathered up to this many bytes; the other formats send row by row.
constexpr size_t kObjectsChunkBytes = 5 << 10;
}  // namespace

PullResponse::PullResponse(Service& service, PullAnswer answer, RowFormat format,
                           std::shared_ptr<net::ResponseWriter> writer)
    : service_(service),
      answer_(std::move(answer)),
      rows_(format, answer_.columns, answer_.is_key),
      writer_(std::move(writer)) {}

void PullResponse::run(Service& service, PullAnswer answer, RowFormat format, net::Headers headers,
                       std::shared_ptr<net::ResponseWriter> writer) {
    auto response = std::make_shared<PullResponse>(service, std::move(answer), format, writer);
    writer->start(200, std::move(headers));
    writer->on_drain([weak = std::weak_ptr<PullResponse>(response)] {
        auto self = weak.lock();
        // Refused: the pool is full or stopping. The client gets no more; its time-out ends it.
        const auto pump = [self] {
            guarded(
                "server.pull", "an answer", [&] { self->pump(); },
                [&](const std::string&) { self->writer_->abort(); });
        };
        if (self && !self->service_.query_pool().post(pump)) self->writer_->abort();
    });
    // While rows remain, the close callback holds the response: nobody else does.
    writer->on_close([response] {});
    response->rows_.header(response->chunk_, response->answer_.query_id);
    response->pump();
}

bool PullResponse::flush() {
    if (chunk_.empty()) return true;
    if (!writer_->write(chunk_)) return false;
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

void PullResponse::pump() {
    std::lock_guard lock(mutex_);
    if (ended_) return;
    const bool objects = rows_.format() == RowFormat::kObjects;
    while (true) {
        if (!objects || chunk_.size() >= kObjectsChunkBytes) {
            if (!flush()) return;
        }
        if (!next_row()) break;
    }
    ended_ = true;
    writer_->end(chunk_ + rows_.closing());
}

}  // namespace millrace::server
