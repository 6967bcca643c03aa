// What the program asks of jemalloc, which looks for this name: memory that was needed for a moment
// goes back to the machine within a second, not within ten, and also when nothing more is asked
// for.
extern "C" {
// NOLINTNEXTLINE(readability-identifier-naming): jemalloc's.
const char* malloc_conf = "background_thread:true,dirty_decay_ms:1000";
}
