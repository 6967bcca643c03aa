// SELECT: items, sources, joins, windows.
#include <fmt/format.h>

#include <limits>
#include <utility>

#include "engine/sql/ast_builder.h"
#include "engine/sql/syntax_error.h"

namespace millrace::sql {

Query AstBuilder::query(P::QueryContext* context) {
    Query out;
    out.position = position(context);
    for (P::SelectItemContext* item : context->selectItem()) {
        out.select.push_back(select_item(item));
    }
    out.from = source(context->source());
    for (P::JoinContext* next : context->join()) out.joins.push_back(join(next));
    if (context->window() != nullptr) out.window = window(context->window());
    if (context->where != nullptr) out.where = build(context->where);
    if (context->groupBy != nullptr) {
        out.group_by = key_list(context->groupBy);
        if (out.group_by.empty()) {
            refuse("GROUP BY requires at least one expression", position(context->groupBy));
        }
    }
    if (context->partitionBy != nullptr) {
        out.partition_by = key_list(context->partitionBy);
        if (out.partition_by.empty()) {
            refuse("PARTITION BY requires at least one expression", position(context->partitionBy));
        }
    }
    if (context->having != nullptr) out.having = build(context->having);
    if (context->CHANGES() != nullptr) out.emit = EmitKind::kChanges;
    if (context->FINAL() != nullptr) out.emit = EmitKind::kFinal;
    if (context->limit() != nullptr) out.limit = integer(context->limit()->number(), "LIMIT");
    return out;
}

/// `a + b->*` is no more a struct's fields than `a + b->f` is a field of a sum.
void AstBuilder::check_struct_star(P::SelectSingleContext* context) const {
    auto* predicated = dynamic_cast<P::PredicatedContext*>(context->expression()->condition());
    if (predicated != nullptr && predicated->predicate() == nullptr &&
        dynamic_cast<P::ValueContext*>(predicated->valueExpression()) != nullptr) {
        return;
    }
    const Position at = position(context->ARROW()->getSymbol());
    throw_syntax_error(
        at, fmt::format("Syntax error at or near '->' at line {}:{}", at.line, at.column));
}

SelectItem AstBuilder::select_item(P::SelectItemContext* context) {
    SelectItem out;
    out.position = position(context);
    if (auto* single = dynamic_cast<P::SelectSingleContext*>(context)) {
        ExpressionPtr expression = build(single->expression());
        if (single->ARROW() != nullptr) {
            check_struct_star(single);
            out.item = SelectItem::StructStar{std::move(expression)};
            return out;
        }
        SelectItem::Single item{std::move(expression), std::nullopt};
        if (single->identifier() != nullptr) item.alias = identifier(single->identifier());
        out.item = std::move(item);
    } else if (auto* star = dynamic_cast<P::SelectSourceStarContext*>(context)) {
        out.item = SelectItem::Star{identifier(star->identifier())};
    } else {
        out.item = SelectItem::Star{};
    }
    return out;
}

SourceRef AstBuilder::source(P::SourceContext* context) {
    SourceRef out{source_name(context->sourceName(0)), std::nullopt, position(context)};
    if (context->sourceName().size() > 1) out.alias = source_name(context->sourceName(1));
    return out;
}

Join AstBuilder::join(P::JoinContext* context) {
    Join out;
    out.position = position(context);
    P::JoinTypeContext* type = context->joinType();
    if (type->LEFT() != nullptr) out.type = JoinType::kLeft;
    if (type->RIGHT() != nullptr) out.type = JoinType::kRight;
    if (type->FULL() != nullptr) out.type = JoinType::kOuter;
    out.source = source(context->source());
    if (context->within() != nullptr) out.within = within(context->within());
    out.on = build(context->condition());
    return out;
}

Within AstBuilder::within(P::WithinContext* context) {
    Within out;
    const Duration before = duration(context->duration(0), "WITHIN");
    out.single = context->duration().size() == 1;
    const Duration after = out.single ? before : duration(context->duration(1), "WITHIN");
    out.before_ms = before.ms;
    out.before_unit = before.unit;
    out.after_ms = after.ms;
    out.after_unit = after.unit;
    if (context->grace() != nullptr) {
        const Duration grace = duration(context->grace()->duration(), "GRACE PERIOD");
        out.grace_ms = grace.ms;
        out.grace_unit = grace.unit;
    }
    return out;
}

/// What the three kinds of window have in common.
template <class Context>
void AstBuilder::window_bounds(Context* context, WindowClause& window) {
    if (context->identifier() != nullptr) window.name = identifier(context->identifier());
    if (context->retention() != nullptr) {
        const Duration retention = duration(context->retention()->duration(), "RETENTION");
        window.retention_ms = retention.ms;
        window.retention_unit = retention.unit;
    }
    if (context->grace() != nullptr) {
        const Duration grace = duration(context->grace()->duration(), "GRACE PERIOD");
        window.grace_ms = grace.ms;
        window.grace_unit = grace.unit;
    }
}

WindowClause AstBuilder::window(P::WindowContext* context) {
    WindowClause out;
    out.position = position(context);
    Duration size;
    Duration advance;
    if (auto* tumbling = dynamic_cast<P::TumblingWindowContext*>(context)) {
        out.kind = WindowKind::kTumbling;
        size = duration(tumbling->duration(), "SIZE");
        window_bounds(tumbling, out);
    } else if (auto* hopping = dynamic_cast<P::HoppingWindowContext*>(context)) {
        out.kind = WindowKind::kHopping;
        size = duration(hopping->duration(0), "SIZE");
        advance = duration(hopping->duration(1), "ADVANCE BY");
        window_bounds(hopping, out);
    } else {
        auto* session = dynamic_cast<P::SessionWindowContext*>(context);
        out.kind = WindowKind::kSession;
        size = duration(session->duration(), "SESSION");
        window_bounds(session, out);
    }
    out.size_ms = size.ms;
    out.size_unit = size.unit;
    out.advance_ms = advance.ms;
    out.advance_unit = advance.unit;
    return out;
}

AstBuilder::Duration AstBuilder::duration(P::DurationContext* context, std::string_view clause) {
    Duration out;
    out.unit = duration_unit_of(context->timeUnit()->getText());
    const int64_t count = integer(context->number(), clause);
    if (__builtin_mul_overflow(count, duration_unit_ms(out.unit), &out.ms)) {
        using Limits = std::numeric_limits<int64_t>;
        out.ms = count < 0 ? Limits::min() : Limits::max();  // For ever.
    }
    return out;
}

std::vector<ExpressionPtr> AstBuilder::key_list(P::KeyListContext* context) {
    std::vector<ExpressionPtr> out;
    for (P::ValueExpressionContext* key : context->valueExpression()) out.push_back(build(key));
    return out;
}

}  // namespace millrace::sql
