#include "engine/base/error.h"

namespace millrace {
namespace {

const char* words_of(Stage stage) {
    switch (stage) {
        case Stage::kPrepare:
            return "Failed to prepare statement: ";
        case Stage::kResolve:
            return "Exception while preparing statement: ";
        default:
            return "";
    }
}

}  // namespace

void refuse(Stage stage, ErrorKind kind, const std::string& message, Position position,
            const std::string& about) {
    throw StatementError(kind, words_of(stage) + message, position, stage).about(about);
}

void refuse(ErrorKind kind, const std::string& message, Position position) {
    refuse(Stage::kExecute, kind, message, position);
}

void refuse(const std::string& message, Position position) {
    refuse(ErrorKind::kStatement, message, position);
}

void refuse_about(const std::string& name, const std::string& message) {
    refuse(Stage::kExecute, ErrorKind::kStatement, message, {}, name);
}

}  // namespace millrace
