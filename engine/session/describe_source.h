// Descriptions of sources, shared by DESCRIBE and SHOW … EXTENDED.
#pragma once

#include "engine/session/session.h"

namespace millrace {

entity::SourceDescription describe(const Source& source, bool extended, StatementContext& context);
Entity describe_sources(sql::SourceKind kind, bool extended, StatementContext& context);

}  // namespace millrace
