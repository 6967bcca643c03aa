#include "server/routes/push_response.h"

#include "engine/base/log.h"
#include "server/model/error.h"

namespace millrace::server {

namespace {

/// Which columns of a batch a tombstone still shows: those that copy the key, with its window.
std::vector<int> key_cells(const plan::Step& root) {
    std::vector<int> cells;
    const Schema& schema = root.schema;
    const bool windowed = root.window != WindowType::kNone;
    for (const auto& field : schema.value) {
        int cell = RowWriter::kNullCell;
        if (windowed && field.name == pseudo::kWindowstart) cell = RowWriter::kWindowStartCell;
        if (windowed && field.name == pseudo::kWindowend) cell = RowWriter::kWindowEndCell;
        for (size_t i = 0; i < schema.key.size(); ++i) {
            if (schema.key[i].name == field.name) cell = static_cast<int>(i);
        }
        cells.push_back(cell);
    }
    return cells;
}

}  // namespace

PushResponse::PushResponse(Service& service, const PushQueryPlan& query, RowFormat format,
                           std::shared_ptr<net::ResponseWriter> writer)
    : service_(service),
      query_id_(query.query_id),
      waits_(query.options.bounded),
      left_(query.limit),
      rows_(format, query.output.value, {}),
      writer_(std::move(writer)) {
    const Schema& schema = query.plan->root->schema;
    first_column_ = schema.key.size();
    tombstone_cells_ = key_cells(*query.plan->root);
}

PushResponse::~PushResponse() {
    close();
}

void PushResponse::run(Service& service, const PushQueryPlan& query, RowFormat format,
                       net::Headers headers, std::shared_ptr<net::ResponseWriter> writer) {
    auto response = std::make_shared<PushResponse>(service, query, format, writer);
    {
        // Rows that come before the header has gone out wait for this lock.
        std::lock_guard lock(response->mutex_);
        service.add_push(query.query_id, response);
        try {
            start_push(service.engine(), query, response);
        } catch (...) {
            response->ended_ = true;  // Nothing to end: the caller answers.
            service.remove_push(query.query_id);
            throw;
        }
        writer->start(200, std::move(headers));
        std::string header;
        response->rows_.header(header, query.query_id);
        response->send(header + response->rows_.separator());
    }
    // The callback must not keep the response alive: the writer belongs to it.
    writer->on_close([&service, id = query.query_id] { service.close_push(id); });
    if (query.options.bounded)
        writer->on_drain(
            [&service] { service.engine().runtime().push_host().listener_is_ready(); });
}

bool PushResponse::send(const std::string& chunk) {
    if (ended_) return false;
    if (unsent_.empty() && writer_->write(chunk)) return true;
    if (!waits_ || writer_->closed()) return false;
    unsent_ += chunk;
    return true;
}

bool PushResponse::ready() {
    std::lock_guard lock(mutex_);
    if (!unsent_.empty() && writer_->write(unsent_)) unsent_.clear();
    return unsent_.empty() || ended_ || writer_->closed();
}

void PushResponse::end_with(const std::string& last) {
    if (ended_) return;
    ended_ = true;
    writer_->end(unsent_ + last);
    service_.remove_push(query_id_);
}

void PushResponse::overflow() {
    if (writer_->closed()) {
        ended_ = true;
        service_.remove_push(query_id_);
        return;
    }
    log_warn("server.push", "query={} dropped: the client does not keep up", query_id_);
    std::string text;
    rows_.error(text, kServerError,
                "The client reads more slowly than rows come; the query was ended.");
    end_with(text + rows_.closing());
}

bool PushResponse::rows(const RecordBatch& batch) {
    std::lock_guard lock(mutex_);
    for (size_t row = 0; row < batch.num_rows(); ++row) {
        const RowMeta& meta = batch.meta()[row];
        if (meta.kind == RowKind::kUpdateBefore) continue;
        chunk_.clear();
        if (meta.kind == RowKind::kDelete) {
            if (rows_.format() != RowFormat::kObjects) continue;
            rows_.tombstone(chunk_, batch, row, tombstone_cells_);
        } else {
            rows_.row(chunk_, batch, row, first_column_);
        }
        chunk_ += rows_.separator();
        if (!send(chunk_)) {
            if (!ended_) overflow();
            return false;
        }
        // Each partition's end of the plan counts for itself; this counts them all.
        if (left_ && --*left_ <= 0) {
            end_by_itself("Limit Reached");
            return false;
        }
    }
    return !ended_;
}

void PushResponse::end_by_itself(const std::string& message) {
    if (rows_.format() == RowFormat::kObjects && !send(final_message(message))) return overflow();
    end_with(rows_.closing());
}

void PushResponse::finished(End end, const std::string& message) {
    std::lock_guard lock(mutex_);
    if (ended_) return;
    if (end != End::kError) {
        return end_by_itself(end == End::kLimit ? "Limit Reached" : "Query Completed");
    }
    std::string text;
    rows_.error(text, kServerError, message);
    if (!send(text)) return overflow();
    end_with(rows_.closing());
}

void PushResponse::close() {
    std::lock_guard lock(mutex_);
    if (ended_) return;
    // The array of objects ends with a comma so far: something must follow it.
    const bool objects = rows_.format() == RowFormat::kObjects;
    end_with((objects ? final_message("Query Completed") : "") + rows_.closing());
}

}  // namespace millrace::server
