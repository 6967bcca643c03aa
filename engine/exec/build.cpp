#include "engine/exec/build.h"

#include <algorithm>

#include "engine/base/check.h"
#include "engine/base/damaged.h"
#include "engine/exec/binding.h"
#include "engine/exec/make_operator.h"
#include "engine/exec/repartition.h"
#include "engine/exec/sink_encoder.h"
#include "engine/exec/source_decoder.h"

namespace millrace::exec {

namespace {

/// The end of a tree: what becomes of the rows of its root.
class End : public Emitter {
public:
    virtual void flush() {}
    virtual bool holds_back() const { return false; }
    virtual void told_time(int64_t) {}
};

class SinkEnd final : public End {
public:
    SinkEnd(const plan::Step& step, const OperatorContext& context, RecordSink& sink)
        : encoder_(step, context, sink) {}
    void emit(RecordBatch batch) override { encoder_.write(batch); }

private:
    SinkEncoder encoder_;
};

class RepartitionEnd final : public End {
public:
    RepartitionEnd(const plan::Step& step, const std::string& topic, const OperatorContext& context,
                   RecordSink& sink)
        : writer_(step, topic, context, sink) {}
    RepartitionWriter& writer() { return writer_; }
    void emit(RecordBatch batch) override { writer_.write(batch); }
    void flush() override { writer_.flush(); }
    bool holds_back() const override { return writer_.combines(); }
    void told_time(int64_t order_ms) override { writer_.not_before(order_ms); }

private:
    RepartitionWriter writer_;
};

/// Rows to a push query's client, up to its LIMIT.
class PushEnd final : public End {
public:
    PushEnd(const plan::Step& root, RowSink& rows)
        : is_table_(root.is_table), left_(root.as<plan::PushStep>()->limit), rows_(rows) {
        done_ = left_ == 0;
    }
    bool done() const { return done_; }

    void emit(RecordBatch batch) override {
        if (done_) return;
        std::vector<uint32_t> shown;
        for (uint32_t row = 0; row < batch.num_rows(); ++row) {
            const RowMeta& meta = batch.meta()[row];
            // A stream's record without a value is no row; of a table it is a row's end.
            if (!is_table_ && meta.null_value) continue;
            if (meta.kind != RowKind::kUpdateBefore) shown.push_back(row);
        }
        if (left_ && static_cast<int64_t>(shown.size()) >= *left_) {
            shown.resize(static_cast<size_t>(*left_));
            done_ = true;
        }
        if (left_) *left_ -= static_cast<int64_t>(shown.size());
        if (shown.empty()) return;
        if (shown.size() < batch.num_rows()) batch = batch.select(shown);
        if (!rows_.rows(batch)) done_ = true;
    }

private:
    const bool is_table_;
    std::optional<int64_t> left_;
    RowSink& rows_;
    bool done_ = false;
};

/// The rows of a query that only keeps a table go nowhere.
class NoEnd final : public End {
public:
    void emit(RecordBatch) override {}
};

/// An operator and where its rows go.
class Node final : public Emitter {
public:
    Node(OperatorPtr op, Emitter& next) : op_(std::move(op)), next_(next) {}
    Operator& op() { return *op_; }
    Emitter& next() { return next_; }
    void emit(RecordBatch batch) override { take(0, std::move(batch)); }

    /// Stands for the second input.
    class Second final : public Emitter {
    public:
        explicit Second(Node& node) : node_(node) {}
        void emit(RecordBatch batch) override { node_.take(1, std::move(batch)); }

    private:
        Node& node_;
    };

private:
    /// What is left of rows before comes first. A task sees to that between its batches, but not
    /// when operators ahead give rows at a flush.
    void take(size_t input, RecordBatch batch) {
        while (op_->more()) op_->go_on(next_);
        op_->process(input, std::move(batch), next_);
    }

    OperatorPtr op_;
    Emitter& next_;
};

class Tree final : public Pipeline {
public:
    Tree(const plan::SubTopology& subtopology, OperatorContext context,
         const FunctionRegistry& functions, RecordSink* output, RowSink* rows)
        : subtopology_(subtopology), context_(std::move(context)), functions_(functions) {
        feeds_.resize(subtopology_.inputs.size());
        grow_root(output, rows);
        for (const Feed& feed : feeds_)
            need_intact(feed.input != nullptr, "a plan has an input that is no leaf of its tree");
        // Built from the root up: the last one made is the closest to a source.
        for (auto& node : nodes_) {
            node->op().open(context_);
            if (node->op().may_pause()) pausing_.push_back(node.get());
        }
    }

    Result<DecodedRows> decode(size_t input, std::span<const LogRecord> records, int32_t partition,
                               const std::string& topic, LogBatch* batch) override {
        return feeds_[input].input->decode(records, partition, topic, batch);
    }

    void process(size_t input, RecordBatch batch) override {
        if (batch.empty() || done()) return;
        feeds_[input].into->emit(std::move(batch));
    }

    bool more() override { return !pausing_.empty() && !done() && first_paused() != nullptr; }
    void go_on() override {
        if (Node* node = first_paused()) node->op().go_on(node->next());
    }

    void flush() override {
        for (auto node = nodes_.rbegin(); node != nodes_.rend(); ++node) {
            (*node)->op().flush((*node)->next());
        }
        end_->flush();
    }

    bool holds_back() const override {
        return (context_.coalesce && aggregates_) || end_->holds_back();
    }
    void told_time(int64_t order_ms) override { end_->told_time(order_ms); }

    bool done() const override { return push_ && push_->done(); }

private:
    struct Feed {
        std::unique_ptr<Input> input;
        Emitter* into = nullptr;
    };

    /// The one that is closest to the root: those below it would give it more.
    Node* first_paused() {
        auto paused = std::find_if(pausing_.begin(), pausing_.end(),
                                   [](Node* node) { return node->op().more(); });
        return paused == pausing_.end() ? nullptr : *paused;
    }

    template <class T, class... Args>
    T& keep_end(Args&&... args) {
        auto made = std::make_unique<T>(std::forward<Args>(args)...);
        T& end = *made;
        end_ = std::move(made);
        return end;
    }

    void grow_root(RecordSink* output, RowSink* rows) {
        const plan::Step& root = *subtopology_.root;
        if (root.as<plan::SinkStep>()) {
            MR_CHECK(output, "a sub-topology with a sink needs somewhere to write");
            grow(root.inputs.at(0), keep_end<SinkEnd>(root, context_, *output));
        } else if (root.as<plan::RepartitionStep>()) {
            MR_CHECK(output, "a sub-topology with a repartition needs somewhere to write");
            auto& end =
                keep_end<RepartitionEnd>(root, subtopology_.output_topic, context_, *output);
            combine_ahead(end.writer());
            grow(root.inputs.at(0), end);
        } else if (root.as<plan::PushStep>()) {
            MR_CHECK(rows, "a push query needs a client");
            push_ = &keep_end<PushEnd>(root, *rows);
            grow(root.inputs.at(0), *push_);
        } else {
            grow(subtopology_.root, keep_end<NoEnd>());
        }
    }

    /// Where updates coalesce anyway, an aggregate's rows are combined before they cross the log.
    void combine_ahead(RepartitionWriter& writer) {
        if (context_.coalesce) writer.combine_for(groups_for(subtopology_.reader.get()));
    }

    /// Null when the step at the other end of a repartition takes no combined rows.
    std::unique_ptr<PartialGroups> groups_for(const plan::Step* reader) const {
        if (!reader || !reader->as<plan::AggregateStep>()) return nullptr;
        const Binding binding(*reader->inputs.at(0), functions_, *context_.env);
        auto groups = std::make_unique<PartialGroups>(*reader, binding);
        return groups->possible() ? std::move(groups) : nullptr;
    }

    /// Makes what gives the rows of `step`, and sends them to `into`, which is `reader`'s.
    void grow(const plan::StepPtr& step, Emitter& into, const plan::Step* reader = nullptr) {
        Node* node = nullptr;
        aggregates_ = aggregates_ || step->as<plan::AggregateStep>() != nullptr;
        if (OperatorPtr op = make_operator(*step, functions_, *context_.env)) {
            nodes_.push_back(std::make_unique<Node>(std::move(op), into));
            node = nodes_.back().get();
        }
        switch (plan::place_of(*step)) {
            case plan::StepPlace::kStart:
                return feed(step, std::make_unique<SourceDecoder>(*step, context_),
                            node ? *node : into);
            case plan::StepPlace::kCut:
                return feed(
                    step, std::make_unique<RepartitionReader>(*step, context_, groups_for(reader)),
                    into);
            case plan::StepPlace::kInside:
            case plan::StepPlace::kEnd:
                break;
        }
        if (node == nullptr) throw_damaged("a plan has a step in the middle that stands at an end");
        grow(step->inputs.at(0), *node, step.get());
        if (step->inputs.size() > 1) {
            seconds_.push_back(std::make_unique<Node::Second>(*node));
            grow(step->inputs.at(1), *seconds_.back(), step.get());
        }
    }

    void feed(const plan::StepPtr& step, std::unique_ptr<Input> input, Emitter& into) {
        for (size_t i = 0; i < feeds_.size(); ++i) {
            if (subtopology_.inputs[i].step != step || feeds_[i].input) continue;
            feeds_[i] = {std::move(input), &into};
            return;
        }
        throw_damaged("a plan has a leaf that is none of its inputs");
    }

    plan::SubTopology subtopology_;  // Steps are shared; operators refer to them.
    OperatorContext context_;
    const FunctionRegistry& functions_;
    std::unique_ptr<End> end_;
    PushEnd* push_ = nullptr;
    bool aggregates_ = false;
    std::vector<std::unique_ptr<Node>> nodes_;
    std::vector<Node*> pausing_;  ///< Those that may, from the root up.
    std::vector<std::unique_ptr<Node::Second>> seconds_;
    std::vector<Feed> feeds_;
};

}  // namespace

std::unique_ptr<Pipeline> build(const plan::SubTopology& subtopology, OperatorContext context,
                                const FunctionRegistry& functions, RecordSink* output,
                                RowSink* rows) {
    return std::make_unique<Tree>(subtopology, std::move(context), functions, output, rows);
}

}  // namespace millrace::exec
