#include "server/model/row_writer.h"

#include "engine/serde/json_text.h"
#include "server/model/error.h"

namespace millrace::server {

RowWriter::RowWriter(RowFormat format, std::vector<Field> columns, std::vector<bool> is_key)
    : format_(format), columns_(std::move(columns)), is_key_(std::move(is_key)) {
    is_key_.resize(columns_.size(), false);
}

void RowWriter::header(std::string& out, const std::string& query_id) const {
    if (format_ == RowFormat::kObjects) {
        std::string schema;
        for (size_t i = 0; i < columns_.size(); ++i) {
            if (i > 0) schema += ", ";
            schema += quote_identifier(columns_[i].name, true) + ' ' +
                      columns_[i].type->to_string() + (is_key_[i] ? " KEY" : "");
        }
        out += R"([{"header":{"queryId":)";
        append_json_string(out, query_id);
        out += R"(,"schema":)";
        append_json_string(out, schema);
        out += "}}";
        return;
    }
    if (format_ == RowFormat::kArray) out += '[';
    out += R"({"queryId":)";
    append_json_string(out, query_id);
    out += R"(,"columnNames":[)";
    for (size_t i = 0; i < columns_.size(); ++i) {
        if (i > 0) out += ',';
        append_json_string(out, columns_[i].name);
    }
    out += R"(],"columnTypes":[)";
    for (size_t i = 0; i < columns_.size(); ++i) {
        if (i > 0) out += ',';
        append_json_string(out, columns_[i].type->to_string());
    }
    out += "]}";
    if (format_ == RowFormat::kDelimited) out += '\n';
}

void RowWriter::cells(std::string& out, const RecordBatch& batch, size_t row,
                      size_t first_column) const {
    out += '[';
    for (size_t i = 0; i < columns_.size(); ++i) {
        if (i > 0) out += ',';
        append_json_cell(out, batch.column(first_column + i), row);
    }
    out += ']';
}

void RowWriter::row(std::string& out, const RecordBatch& batch, size_t row,
                    size_t first_column) const {
    if (format_ == RowFormat::kObjects) out += R"({"row":{"columns":)";
    if (format_ == RowFormat::kArray) out += ',';
    cells(out, batch, row, first_column);
    if (format_ == RowFormat::kObjects) out += "}}";
    if (format_ == RowFormat::kDelimited) out += '\n';
}

void RowWriter::tombstone(std::string& out, const RecordBatch& batch, size_t row,
                          const std::vector<int>& cells) const {
    out += R"({"row":{"columns":[)";
    for (size_t i = 0; i < cells.size(); ++i) {
        if (i > 0) out += ',';
        if (cells[i] == kWindowStartCell) {
            out += std::to_string(batch.windows().at(row).start_ms);
        } else if (cells[i] == kWindowEndCell) {
            out += std::to_string(batch.windows().at(row).end_ms);
        } else if (cells[i] < 0) {
            out += "null";
        } else {
            append_json_cell(out, batch.column(static_cast<size_t>(cells[i])), row);
        }
    }
    out += R"(],"tombstone":true}})";
}

void RowWriter::error(std::string& out, int code, const std::string& message) const {
    switch (format_) {
        case RowFormat::kDelimited:
            out += generic_error_body(code, message) + '\n';
            break;
        case RowFormat::kArray:
            out += ',' + generic_error_body(code, message);
            break;
        case RowFormat::kObjects:
            out += R"({"errorMessage":)" + generic_error_body(code, message) + '}';
            break;
    }
}

std::string final_message(const std::string& message) {
    std::string out = R"({"finalMessage":)";
    append_json_string(out, message);
    out += '}';
    return out;
}

}  // namespace millrace::server
