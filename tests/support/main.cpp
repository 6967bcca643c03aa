#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>

#ifdef __SANITIZE_THREAD__
#include <pthread.h>
#include <threads.h>

#include <cstdint>
#include <memory>

// librdkafka starts its threads with C11's thrd_create, which g++ 12's ThreadSanitizer does not
// know: a thread that it has not seen start crashes at its first lock. Here it starts as a POSIX
// thread does.
extern "C" int thrd_create(thrd_t* thread, thrd_start_t function, void* argument) {
    struct Start {
        thrd_start_t function;
        void* argument;
    };
    auto start = std::make_unique<Start>(Start{function, argument});
    const auto run = [](void* given) -> void* {
        const std::unique_ptr<Start> started(static_cast<Start*>(given));
        return reinterpret_cast<void*>(static_cast<intptr_t>(started->function(started->argument)));
    };
    if (pthread_create(thread, nullptr, run, start.get()) != 0) return thrd_error;
    (void)start.release();
    return thrd_success;
}

extern "C" int thrd_join(thrd_t thread, int* result) {
    void* given = nullptr;
    if (pthread_join(thread, &given) != 0) return thrd_error;
    if (result != nullptr) *result = static_cast<int>(reinterpret_cast<intptr_t>(given));
    return thrd_success;
}
#endif
