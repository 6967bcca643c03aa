#include "engine/base/row_meter.h"

#include "engine/base/clock.h"

namespace millrace {

void RowMeter::fail(const std::string& what) const {
    throw OverRowLimit((function_ ? *function_ : std::string("an expression")) + " " + what);
}

void RowMeter::fail_bytes() const {
    fail("needs more than " + std::to_string(limits_.bytes >> 20) +
         " MB for one row, which is all that a row may take (millrace.row.bytes.max, and of "
         "millrace.memory.bytes an eighth)");
}

void RowMeter::look() {
    steps_ = 0;
    const int64_t taken_ms = steady_ms() - began_ms_;
    if (interrupt_ && (*interrupt_)(taken_ms)) throw EvaluationInterrupted();
    if (taken_ms <= limits_.ms) return;
    fail("takes longer than " + std::to_string(limits_.ms) +
         " ms for one row, which is all that a row may take (millrace.row.ms.max)");
}

Metering::Metering(const RowLimits& limits) : outer_(RowMeter::here().metering_) {
    if (outer_) return;
    RowMeter& meter = RowMeter::here();
    meter.metering_ = true;
    meter.bytes_ = meter.steps_ = 0;
    meter.limits_ = limits;
    meter.began_ms_ = steady_ms();
}

Metering::~Metering() {
    if (!outer_) RowMeter::here().metering_ = false;
}

}  // namespace millrace
