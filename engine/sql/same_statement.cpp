// Structural equality of statements: what the printer's round trip is tested with. Positions, text
// and the units in which durations were written do not count, nor does the order of properties.
#include <algorithm>
#include <type_traits>

#include "engine/sql/statements.h"

namespace millrace::sql {
namespace {

bool same_literal(const Literal& a, const Literal& b) {
    return same_type(a.type, b.type) && a.value == b.value;
}

bool same(const ExpressionPtr& a, const ExpressionPtr& b) {
    return same_expression(a, b);
}

bool same(const Properties& a, const Properties& b) {
    using Entry = std::pair<std::string, Literal>;
    const auto sorted = [](std::vector<Entry> entries) {
        std::stable_sort(entries.begin(), entries.end(),
                         [](const Entry& x, const Entry& y) { return x.first < y.first; });
        return entries;
    };
    const std::vector<Entry> left = sorted(a.entries);
    const std::vector<Entry> right = sorted(b.entries);
    return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                      [](const Entry& x, const Entry& y) {
                          return x.first == y.first && same_literal(x.second, y.second);
                      });
}

bool same(const ColumnDefinition& a, const ColumnDefinition& b) {
    return a.name == b.name && same_type(a.type, b.type) && a.role == b.role &&
           a.header_key == b.header_key;
}

bool same(const SelectItem& a, const SelectItem& b) {
    if (a.item.index() != b.item.index()) return false;
    if (const auto* star = std::get_if<SelectItem::Star>(&a.item)) {
        return star->source == std::get<SelectItem::Star>(b.item).source;
    }
    if (const auto* fields = std::get_if<SelectItem::StructStar>(&a.item)) {
        return same(fields->base, std::get<SelectItem::StructStar>(b.item).base);
    }
    const auto& x = std::get<SelectItem::Single>(a.item);
    const auto& y = std::get<SelectItem::Single>(b.item);
    return x.alias == y.alias && same(x.expression, y.expression);
}

bool same(const SourceRef& a, const SourceRef& b) {
    return a.name == b.name && a.alias == b.alias;
}

bool same(const Join& a, const Join& b) {
    if (a.type != b.type || !same(a.source, b.source) || !same(a.on, b.on)) return false;
    if (a.within.has_value() != b.within.has_value()) return false;
    return !a.within ||
           (a.within->before_ms == b.within->before_ms &&
            a.within->after_ms == b.within->after_ms && a.within->grace_ms == b.within->grace_ms &&
            a.within->single == b.within->single);
}

bool same(const std::optional<WindowClause>& a, const std::optional<WindowClause>& b) {
    if (a.has_value() != b.has_value()) return false;
    return !a || (a->kind == b->kind && a->name == b->name && a->size_ms == b->size_ms &&
                  a->advance_ms == b->advance_ms && a->retention_ms == b->retention_ms &&
                  a->grace_ms == b->grace_ms);
}

template <class T>
bool same_list(const std::vector<T>& a, const std::vector<T>& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](const T& x, const T& y) { return same(x, y); });
}

bool same(const Query& a, const Query& b) {
    return same_list(a.select, b.select) && same(a.from, b.from) && same_list(a.joins, b.joins) &&
           same(a.window, b.window) && same(a.where, b.where) &&
           same_list(a.group_by, b.group_by) && same_list(a.partition_by, b.partition_by) &&
           same(a.having, b.having) && a.emit == b.emit && a.limit == b.limit;
}

struct SameNode {
    bool operator()(const CreateSource& a, const CreateSource& b) const {
        return a.kind == b.kind && a.name == b.name && a.or_replace == b.or_replace &&
               a.read_only == b.read_only && a.if_not_exists == b.if_not_exists &&
               same_list(a.columns, b.columns) && same(a.properties, b.properties);
    }
    bool operator()(const CreateAsSelect& a, const CreateAsSelect& b) const {
        return a.kind == b.kind && a.name == b.name && a.or_replace == b.or_replace &&
               a.if_not_exists == b.if_not_exists && same(a.properties, b.properties) &&
               same(a.query, b.query);
    }
    bool operator()(const InsertIntoSelect& a, const InsertIntoSelect& b) const {
        return a.target == b.target && same(a.properties, b.properties) && same(a.query, b.query);
    }
    bool operator()(const InsertValues& a, const InsertValues& b) const {
        return a.target == b.target && a.columns == b.columns && same_list(a.values, b.values);
    }
    bool operator()(const AlterSource& a, const AlterSource& b) const {
        return a.kind == b.kind && a.name == b.name && same_list(a.added, b.added);
    }
    bool operator()(const DropSource& a, const DropSource& b) const {
        return a.kind == b.kind && a.name == b.name && a.if_exists == b.if_exists &&
               a.delete_topic == b.delete_topic;
    }
    bool operator()(const CreateType& a, const CreateType& b) const {
        return a.name == b.name && same_type(a.type, b.type) && a.if_not_exists == b.if_not_exists;
    }
    bool operator()(const DropType& a, const DropType& b) const {
        return a.name == b.name && a.if_exists == b.if_exists;
    }
    bool operator()(const QueryStatement& a, const QueryStatement& b) const {
        return same(a.query, b.query);
    }
    bool operator()(const PrintTopic& a, const PrintTopic& b) const {
        return a.topic == b.topic && a.from_beginning == b.from_beginning &&
               a.interval == b.interval && a.limit == b.limit;
    }
    bool operator()(const TerminateQuery& a, const TerminateQuery& b) const {
        return a.query.id == b.query.id;
    }
    bool operator()(const PauseQuery& a, const PauseQuery& b) const {
        return a.query.id == b.query.id;
    }
    bool operator()(const ResumeQuery& a, const ResumeQuery& b) const {
        return a.query.id == b.query.id;
    }
    bool operator()(const Explain& a, const Explain& b) const {
        if (a.query_id != b.query_id || !a.statement != !b.statement) return false;
        return !a.statement || same_statement(*a.statement, *b.statement);
    }
    bool operator()(const ListObjects& a, const ListObjects& b) const {
        return a.kind == b.kind && a.extended == b.extended;
    }
    bool operator()(const DescribeSource& a, const DescribeSource& b) const {
        return a.name == b.name && a.extended == b.extended;
    }
    bool operator()(const DescribeAll& a, const DescribeAll& b) const {
        return a.kind == b.kind && a.extended == b.extended;
    }
    bool operator()(const DescribeFunction& a, const DescribeFunction& b) const {
        return a.name == b.name;
    }
    bool operator()(const DescribeConnector& a, const DescribeConnector& b) const {
        return a.name == b.name;
    }
    bool operator()(const SetProperty& a, const SetProperty& b) const {
        return a.name == b.name && a.value == b.value;
    }
    bool operator()(const UnsetProperty& a, const UnsetProperty& b) const {
        return a.name == b.name;
    }
    bool operator()(const AlterSystem& a, const AlterSystem& b) const {
        return a.name == b.name && a.value == b.value;
    }
    bool operator()(const DefineVariable& a, const DefineVariable& b) const {
        return a.name == b.name && a.value == b.value;
    }
    bool operator()(const UndefineVariable& a, const UndefineVariable& b) const {
        return a.name == b.name;
    }
    bool operator()(const RunScript& a, const RunScript& b) const { return a.path == b.path; }
    bool operator()(const CreateConnector& a, const CreateConnector& b) const {
        return a.name == b.name && a.source == b.source && a.if_not_exists == b.if_not_exists &&
               same(a.properties, b.properties);
    }
    bool operator()(const DropConnector& a, const DropConnector& b) const {
        return a.name == b.name && a.if_exists == b.if_exists;
    }
    bool operator()(const AssertTopic& a, const AssertTopic& b) const {
        return a.topic == b.topic && a.exists == b.exists && same(a.properties, b.properties) &&
               a.timeout_ms == b.timeout_ms;
    }
    bool operator()(const AssertSchema& a, const AssertSchema& b) const {
        return a.subject == b.subject && a.id == b.id && a.exists == b.exists &&
               a.timeout_ms == b.timeout_ms;
    }
    bool operator()(const AssertValues& a, const AssertValues& b) const {
        return a.source == b.source && a.columns == b.columns && same_list(a.values, b.values);
    }
    bool operator()(const AssertTombstone& a, const AssertTombstone& b) const {
        return a.source == b.source && a.columns == b.columns && same_list(a.key, b.key);
    }
    bool operator()(const AssertSource& a, const AssertSource& b) const {
        return (*this)(a.expected, b.expected);
    }
    template <class A, class B>
    requires(!std::is_same_v<A, B>)  // A new kind of statement must say what is the same.
        bool
        operator()(const A&, const B&) const {
        return false;
    }
};

}  // namespace

bool same_query(const Query& a, const Query& b) {
    return same(a, b);
}

bool same_statement(const Statement& a, const Statement& b) {
    return std::visit(SameNode{}, a.node, b.node);
}

}  // namespace millrace::sql
