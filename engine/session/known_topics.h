// What a request knows about topics. Each is asked for once, since that is a round trip to the
// broker; a script's sandbox lays over it what its statements would make and delete; and a decision
// that is repeated under the statement lock may look at what is known already, and ask for no more.
// One thread.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "engine/catalog/catalog.h"
#include "engine/log/log.h"
#include "engine/plan/planner.h"

namespace millrace {

class KnownTopics {
public:
    /// Thrown by find() while nothing may be asked for. No StatementError: nobody reports it.
    struct NotAsked {};

    explicit KnownTopics(TopicAdmin& admin) : admin_(admin) {}

    /// Null: there is no such topic. Throws StatementError(kServer) when the log cannot tell.
    const TopicInfo* find(const std::string& name);

    /// While it lives, nothing is asked for.
    class OnlyKnown {
    public:
        explicit OnlyKnown(KnownTopics& topics) : topics_(topics) { topics_.may_ask_ = false; }
        ~OnlyKnown() { topics_.may_ask_ = true; }
        OnlyKnown(const OnlyKnown&) = delete;
        OnlyKnown& operator=(const OnlyKnown&) = delete;

    private:
        KnownTopics& topics_;
    };

    /// Where the topic ends. Asked for once as well, see forget_ends(). Throws as find().
    const TopicEnd& end_of(const std::string& name);
    /// A statement begins: what earlier ones have written counts.
    void forget_ends() { ends_.clear(); }

    /// Makes the topic in the log where it is missing. Throws StatementError(kServer).
    void make(const plan::TopicRequest& request);
    /// Would make() have nothing to do?
    bool has(const plan::TopicRequest& request) { return find(request.name) != nullptr; }
    Status remove(const std::string& name);
    /// The world may have changed meanwhile.
    void forget() { asked_.clear(); }

    // The sandbox: what would be.
    void suppose_made(const plan::TopicRequest& request);
    void suppose_removed(const std::string& name) { supposed_[name] = std::nullopt; }
    void end_supposing() { supposed_.clear(); }

    /// Lets a plan look at these topics. REQUIRES: they outlive the context.
    void serve(plan::PlanningContext& context);

private:
    TopicAdmin& admin_;
    std::map<std::string, std::optional<TopicInfo>> asked_;
    std::map<std::string, std::optional<TopicInfo>> supposed_;
    std::map<std::string, TopicEnd> ends_;
    bool may_ask_ = true;
};

}  // namespace millrace
