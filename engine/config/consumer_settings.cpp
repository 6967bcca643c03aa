#include "engine/config/consumer_settings.h"

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/config/get.h"

namespace millrace {

namespace {

std::optional<std::string> of_consumers(const Config& config, const std::string& name,
                                        std::optional<std::string> for_all) {
    for (const char* prefix : {"main.consumer.", "consumer."}) {
        if (const std::string* given = config.find(prefix + name))
            return lower_ascii(std::string(trim(*given)));
    }
    return for_all;
}

}  // namespace

std::optional<std::string> consumer_isolation(const Config& config) {
    return of_consumers(config, "isolation.level", config.get<"isolation.level">());
}

std::optional<std::string> consumer_offset_reset(const Config& config) {
    return of_consumers(config, "auto.offset.reset", config.get<"auto.offset.reset">());
}

void check_consumer_settings(const Config& config) {
    const std::string guarantee = config.get<"processing.guarantee">();
    if (guarantee == "at_least_once" || consumer_isolation(config) != "read_uncommitted") return;
    refuse(ErrorKind::kGeneral,
           "isolation.level=read_uncommitted contradicts processing.guarantee=" + guarantee +
               ": what is given up would be read, and then read again. Leave isolation.level out, "
               "or take processing.guarantee=at_least_once.");
}

}  // namespace millrace
