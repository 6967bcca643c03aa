#include "engine/exec/build.h"

#include <algorithm>

#include "engine/base/check.h"
#include "engine/base/damaged.h"
#include "engine/exec/aggregate.h"
#include "engine/exec/binding.h"
#include "engine/exec/filter.h"
#include "engine/exec/flat_map.h"
#include "engine/exec/foreign_key_join.h"
#include "engine/exec/project.h"
#include "engine/exec/repartition.h"
#include "engine/exec/select_key.h"
#include "engine/exec/session_aggregate.h"
#include "engine/exec/sink_encoder.h"
#include "engine/exec/source_decoder.h"
#include "engine/exec/stream_stream_join.h"
#include "engine/exec/stream_table_join.h"
#include "engine/exec/table_source.h"
#include "engine/exec/table_table_join.h"

namespace millrace::exec {

namespace {

/// Does it need more of a row than its key?
bool reads_value(const sql::ExpressionPtr& expression, const Schema& schema) {
    bool found = false;
    sql::visit_expressions(expression, [&](const sql::ExpressionPtr& node) {
        const auto* column = node->as<sql::ColumnRef>();
        if (column && !schema.find_key(column->name)) found = true;
    });
    return found;
}

/// The end of a tree: what becomes of the rows of its root.
class End : public Emitter {
public:
    virtual void flush() {}
    virtual void reset() {}
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
    void reset() override { writer_.reset(); }

private:
    RepartitionWriter writer_;
};

/// Rows to a push query's client, up to its LIMIT.
class PushEnd final : public End {
public:
    PushEnd(const plan::PushStep& step, RowSink& rows) : left_(step.limit), rows_(rows) {
        done_ = left_ == 0;
    }
    bool done() const { return done_; }

    void emit(RecordBatch batch) override {
        if (done_) return;
        std::vector<uint32_t> shown;
        for (uint32_t row = 0; row < batch.num_rows(); ++row) {
            if (batch.meta()[row].kind != RowKind::kUpdateBefore) shown.push_back(row);
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
    void emit(RecordBatch batch) override { op_->process(0, std::move(batch), next_); }

    /// Stands for the second input.
    class Second final : public Emitter {
    public:
        explicit Second(Node& node) : node_(node) {}
        void emit(RecordBatch batch) override {
            node_.op_->process(1, std::move(batch), node_.next_);
        }

    private:
        Node& node_;
    };

private:
    OperatorPtr op_;
    Emitter& next_;
};

class Tree final : public Pipeline {
public:
    Tree(const plan::SubTopology& piece, OperatorContext context, const FunctionRegistry& functions,
         RecordSink* output, RowSink* rows)
        : piece_(piece), context_(std::move(context)), functions_(functions) {
        feeds_.resize(piece_.inputs.size());
        grow_root(output, rows);
        for (const Feed& feed : feeds_)
            need_intact(feed.input != nullptr, "a plan has an input that is no leaf of its tree");
        // Built from the root up: the last one made is the closest to a source.
        for (auto& node : nodes_) node->op().open(context_);
    }

    DecodedRows decode(size_t input, std::span<const LogRecord> records, int32_t partition,
                       const std::string& topic) override {
        return feeds_[input].input->decode(records, partition, topic);
    }

    void process(size_t input, RecordBatch batch) override {
        if (batch.empty() || done()) return;
        feeds_[input].into->emit(std::move(batch));
    }

    void flush() override {
        for (auto node = nodes_.rbegin(); node != nodes_.rend(); ++node) {
            (*node)->op().flush((*node)->next());
        }
        end_->flush();
    }

    void reset() override {
        for (auto& node : nodes_) node->op().reset();
        end_->reset();
    }

    bool done() const override { return push_ && push_->done(); }

private:
    struct Feed {
        std::unique_ptr<Input> input;
        Emitter* into = nullptr;
    };

    template <class T, class... Args>
    T& keep_end(Args&&... args) {
        auto made = std::make_unique<T>(std::forward<Args>(args)...);
        T& end = *made;
        end_ = std::move(made);
        return end;
    }

    void grow_root(RecordSink* output, RowSink* rows) {
        const plan::Step& root = *piece_.root;
        if (root.as<plan::SinkStep>()) {
            MR_CHECK(output, "a piece with a sink needs somewhere to write");
            grow(root.inputs.at(0), keep_end<SinkEnd>(root, context_, *output));
        } else if (root.as<plan::RepartitionStep>()) {
            MR_CHECK(output, "a piece with a repartition needs somewhere to write");
            auto& end = keep_end<RepartitionEnd>(root, piece_.output_topic, context_, *output);
            combine_ahead(end.writer());
            grow(root.inputs.at(0), end);
        } else if (const auto* push = root.as<plan::PushStep>()) {
            MR_CHECK(rows, "a push query needs a client");
            push_ = &keep_end<PushEnd>(*push, *rows);
            grow(root.inputs.at(0), *push_);
        } else {
            grow(piece_.root, keep_end<NoEnd>());
        }
    }

    /// Where updates coalesce anyway, an aggregate's rows are combined before they cross the log.
    void combine_ahead(RepartitionWriter& writer) {
        if (context_.coalesce) writer.combine_for(groups_for(piece_.reader.get()));
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
        if (const auto* source = step->as<plan::SourceStep>()) {
            Emitter* first = &into;
            if (source->store) {
                first = &add(std::make_unique<TableSourceOperator>(*step, *source->store), into);
            }
            return feed(step, std::make_unique<SourceDecoder>(*step, context_), *first);
        }
        if (step->as<plan::RepartitionStep>()) {
            auto input = std::make_unique<RepartitionReader>(*step, context_, groups_for(reader));
            return feed(step, std::move(input), into);
        }
        Node& node = add(make_operator(*step), into);
        grow(step->inputs.at(0), node, step.get());
        if (step->inputs.size() > 1) {
            seconds_.push_back(std::make_unique<Node::Second>(node));
            grow(step->inputs.at(1), *seconds_.back(), step.get());
        }
    }

    void feed(const plan::StepPtr& step, std::unique_ptr<Input> input, Emitter& into) {
        for (size_t i = 0; i < feeds_.size(); ++i) {
            if (piece_.inputs[i].step != step || feeds_[i].input) continue;
            feeds_[i] = {std::move(input), &into};
            return;
        }
        throw_damaged("a plan has a leaf that is none of its inputs");
    }

    Node& add(OperatorPtr op, Emitter& into) {
        nodes_.push_back(std::make_unique<Node>(std::move(op), into));
        return *nodes_.back();
    }

    OperatorPtr make_operator(const plan::Step& step) const {
        const plan::Step& input = *step.inputs.at(0);
        const Binding binding(input, functions_, *context_.env);
        const size_t num_keys = input.schema.key.size();
        if (const auto* filter = step.as<plan::FilterStep>()) {
            return std::make_unique<FilterOperator>(step.name, binding.compile(filter->condition),
                                                    input.is_table);
        }
        if (const auto* select = step.as<plan::SelectStep>()) {
            return std::make_unique<ProjectOperator>(step.name, num_keys,
                                                     binding.compile_set(select->values));
        }
        if (const auto* select_key = step.as<plan::SelectKeyStep>()) {
            std::vector<bool> from_value;
            for (const plan::NamedExpression& key : select_key->keys)
                from_value.push_back(reads_value(key.expression, input.schema));
            return std::make_unique<SelectKeyOperator>(step.name, num_keys,
                                                       binding.compile_set(select_key->keys), false,
                                                       std::move(from_value));
        }
        if (const auto* group_by = step.as<plan::GroupByStep>()) {
            return std::make_unique<SelectKeyOperator>(step.name, num_keys,
                                                       binding.compile_set(group_by->keys), true);
        }
        if (const auto* aggregate = step.as<plan::AggregateStep>()) {
            if (aggregate->window && aggregate->window->kind == sql::WindowKind::kSession) {
                return std::make_unique<SessionAggregateOperator>(step, binding);
            }
            return std::make_unique<AggregateOperator>(step, binding);
        }
        if (const auto* join = step.as<plan::StreamTableJoinStep>()) {
            return std::make_unique<StreamTableJoinOperator>(*join, input, *step.inputs.at(1));
        }
        if (step.as<plan::StreamStreamJoinStep>())
            return std::make_unique<StreamStreamJoinOperator>(step);
        if (step.as<plan::TableTableJoinStep>())
            return std::make_unique<TableTableJoinOperator>(step);
        if (step.as<plan::ForeignKeySubscribeStep>())
            return std::make_unique<ForeignKeySubscribeOperator>(step);
        if (step.as<plan::ForeignKeyLookupStep>())
            return std::make_unique<ForeignKeyLookupOperator>(step);
        if (step.as<plan::ForeignKeyResultStep>())
            return std::make_unique<ForeignKeyResultOperator>(step);
        if (const auto* flat_map = step.as<plan::FlatMapStep>()) {
            return std::make_unique<FlatMapOperator>(step.name, *flat_map, binding);
        }
        throw_damaged("a plan has a step in the middle that stands at an end");
    }

    plan::SubTopology piece_;  // Steps are shared; operators refer to them.
    OperatorContext context_;
    const FunctionRegistry& functions_;
    std::unique_ptr<End> end_;
    PushEnd* push_ = nullptr;
    std::vector<std::unique_ptr<Node>> nodes_;
    std::vector<std::unique_ptr<Node::Second>> seconds_;
    std::vector<Feed> feeds_;
};

}  // namespace

std::unique_ptr<Pipeline> build(const plan::SubTopology& piece, OperatorContext context,
                                const FunctionRegistry& functions, RecordSink* output,
                                RowSink* rows) {
    return std::make_unique<Tree>(piece, std::move(context), functions, output, rows);
}

}  // namespace millrace::exec
