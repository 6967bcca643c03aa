// STDDEV_SAMP (which gives the variance, as ksqlDB's does), STDDEV_SAMPLE, CORRELATION.
#include <cmath>

#include "engine/functions/aggregate.h"
#include "engine/functions/families.h"

namespace millrace::functions {
namespace {

double number_at(const Column& column, size_t row) {
    switch (column.physical()) {
        case PhysicalType::kInt:
            return column.int_at(row);
        case PhysicalType::kLong:
            return static_cast<double>(column.long_at(row));
        default:
            return column.double_at(row);
    }
}

struct DeviationState {
    double sum = 0;
    int64_t count = 0;
    double m2 = 0;  ///< Sum of the squared distances from the mean.
};

class Deviation final : public StructAggregate<Deviation, DeviationState> {
public:
    Deviation(bool root, bool whole_numbers)
        : StructAggregate(SqlType::double_()), root_(root), whole_numbers_(whole_numbers) {}

    void step(DeviationState& s, std::span<const Column* const> arguments, size_t row,
              bool add) const {
        if (arguments[0]->is_null(row)) return;
        double value = number_at(*arguments[0], row);
        if (add) {
            s.sum += value;
            ++s.count;
            s.m2 += spread(s, value);
        } else {
            s.m2 -= spread(s, value);
            s.sum -= value;
            --s.count;
        }
    }
    void join(DeviationState& s, const DeviationState& other) const {
        if (other.count == 0) return;
        if (s.count == 0) {
            s = other;
            return;
        }
        double n = static_cast<double>(s.count);
        double m = static_cast<double>(other.count);
        double delta = mean(s) - mean(other);
        s.m2 += other.m2 + delta * delta * n * m / (n + m);
        s.sum += other.sum;
        s.count += other.count;
    }
    void emit(const DeviationState& s, Column& output) const {
        double variance = s.count > 1 ? s.m2 / static_cast<double>(s.count - 1) : 0.0;
        output.append_double(root_ ? std::sqrt(variance) : variance);
    }

private:
    /// What `value` adds to m2, `s` having it in sum and count.
    static double spread(const DeviationState& s, double value) {
        if (s.count <= 1) return 0;
        auto n = static_cast<double>(s.count);
        double t = n * value - s.sum;
        return t * t / (n * (n - 1));
    }
    /// ksqlDB divides whole sums as whole numbers when it merges.
    double mean(const DeviationState& s) const {
        double out = s.sum / static_cast<double>(s.count);
        return whole_numbers_ ? std::trunc(out) : out;
    }

    bool root_;
    bool whole_numbers_;
};

struct CorrelationState {
    double x = 0, y = 0, xx = 0, yy = 0, xy = 0;
    int64_t count = 0;
};

class Correlation final : public StructAggregate<Correlation, CorrelationState> {
public:
    Correlation() : StructAggregate(SqlType::double_()) {}

    void step(CorrelationState& s, std::span<const Column* const> arguments, size_t row,
              bool add) const {
        if (arguments[0]->is_null(row) || arguments[1]->is_null(row)) return;
        double x = number_at(*arguments[0], row);
        double y = number_at(*arguments[1], row);
        double sign = add ? 1 : -1;
        s.x += sign * x;
        s.y += sign * y;
        s.xx += sign * (x * x);
        s.yy += sign * (y * y);
        s.xy += sign * (x * y);
        s.count += add ? 1 : -1;
    }
    void join(CorrelationState& s, const CorrelationState& other) const {
        s.x += other.x;
        s.y += other.y;
        s.xx += other.xx;
        s.yy += other.yy;
        s.xy += other.xy;
        s.count += other.count;
    }
    void emit(const CorrelationState& s, Column& output) const {
        auto n = static_cast<double>(s.count);
        double below = std::sqrt((n * s.xx - s.x * s.x) * (n * s.yy - s.y * s.y));
        output.append_double(below == 0 ? std::nan("") : (n * s.xy - s.x * s.y) / below);
    }
};

}  // namespace

void add_statistic_aggregates(FunctionRegistry& registry) {
    AggregateFamily f(registry);
    for (std::string type : {"INT", "BIGINT", "DOUBLE"}) {
        bool whole = type != "DOUBLE";
        f.add("STDDEV_SAMP", "Variance of the sample.", "(" + type + " val1) -> DOUBLE", 0,
              [whole](const CallTypes&, const EvalEnv*) {
                  return std::make_shared<Deviation>(false, whole);
              });
        f.add("STDDEV_SAMPLE", "Standard deviation of the sample.", "(" + type + " val1) -> DOUBLE",
              0, [whole](const CallTypes&, const EvalEnv*) {
                  return std::make_shared<Deviation>(true, whole);
              });
        f.add("CORRELATION", "Pearson's correlation of two columns.",
              "(" + type + " x, " + type + " y) -> DOUBLE", 0,
              [](const CallTypes&, const EvalEnv*) { return std::make_shared<Correlation>(); });
    }
}

}  // namespace millrace::functions
