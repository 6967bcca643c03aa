// GET /millrace/memory: the budget, and who holds how much of it. Not of ksqlDB.
#include <fmt/format.h>

#include "engine/base/memory_governor.h"
#include "engine/base/text.h"
#include "server/routes/handlers.h"

namespace millrace::server {

void get_memory(Service& service, const Exchange& exchange) {
    const MemoryGovernor& memory = service.memory();
    std::string body = fmt::format(R"({{"budgetBytes":{},"heldBytes":{},"holders":[)",
                                   memory.budget(), memory.held());
    for (size_t i = 0; i < kMemoryParts.size(); ++i) {
        const auto holder = static_cast<MemoryHolder>(i);
        if (i > 0) body += ',';
        body += R"({"name":)";
        append_json_string(body, kMemoryParts[i].name);
        body += fmt::format(R"(,"maxBytes":{},"heldBytes":{},"mostHeldBytes":{}}})",
                            memory.part(holder), memory.held(holder), memory.most(holder));
    }
    body += "]}";
    exchange.reply_json(200, std::move(body));
}

}  // namespace millrace::server
