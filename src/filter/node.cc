#include "filter/node.h"

#include <algorithm>

namespace xtcp2::filter {
namespace {

void Append(Node& join, const NodePtr& child) {
  if (child->kind == join.kind)
    join.children.insert(join.children.end(), child->children.begin(), child->children.end());
  else
    join.children.push_back(child);
}

void SetDepth(Node& node) {
  for (const NodePtr& child : node.children) node.depth = std::max(node.depth, child->depth + 1);
}

Simplified SimplifyAt(const NodePtr& node, const Known& known, bool positive) {
  if (node->kind == Node::Kind::kCondition) {
    if (const std::optional<bool> value = known(node->condition, positive)) return *value;
    return node;
  }
  if (node->kind == Node::Kind::kNot) {
    const Simplified inner = SimplifyAt(node->children[0], known, !positive);
    if (const bool* value = std::get_if<bool>(&inner)) return !*value;
    return MakeNot(std::get<NodePtr>(inner));
  }
  const bool decides = node->kind == Node::Kind::kOr;  // the value that makes the others not matter
  NodePtr joined;
  for (const NodePtr& child : node->children) {
    const Simplified inner = SimplifyAt(child, known, positive);
    if (const bool* value = std::get_if<bool>(&inner)) {
      if (*value == decides) return decides;
      continue;
    }
    const NodePtr& rest = std::get<NodePtr>(inner);
    joined = joined ? MakeJoin(node->kind, joined, rest) : rest;
  }
  if (!joined) return !decides;
  return joined;
}

}  // namespace

NodePtr MakeCondition(Condition condition) {
  auto node = std::make_shared<Node>();
  node->condition = std::move(condition);
  return node;
}

NodePtr MakeNot(const NodePtr& node) {
  if (node->kind == Node::Kind::kNot) return node->children[0];
  auto made = std::make_shared<Node>();
  made->kind = Node::Kind::kNot;
  made->children = {node};
  SetDepth(*made);
  return made;
}

NodePtr MakeJoin(Node::Kind kind, const NodePtr& left, const NodePtr& right) {
  auto made = std::make_shared<Node>();
  made->kind = kind;
  Append(*made, left);
  Append(*made, right);
  SetDepth(*made);
  return made;
}

bool Equal(const Node& a, const Node& b) {
  return a.kind == b.kind && a.condition == b.condition &&
         std::equal(a.children.begin(), a.children.end(), b.children.begin(), b.children.end(),
                    [](const NodePtr& x, const NodePtr& y) { return Equal(*x, *y); });
}

Simplified Simplify(const NodePtr& node, const Known& known) { return SimplifyAt(node, known, true); }

void ForEachCondition(const Node& node, const std::function<void(const Condition&)>& visit) {
  if (node.kind == Node::Kind::kCondition) visit(node.condition);
  for (const NodePtr& child : node.children) ForEachCondition(*child, visit);
}

}  // namespace xtcp2::filter
