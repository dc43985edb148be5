#include <fmt/format.h>

#include "filter/parse.h"
#include "filter/values.h"
#include "filter/words.h"

namespace xtcp2::filter {
namespace {

std::string PrintPort(const Condition& port) {
  const std::string_view field = port.remote ? "dport" : "sport";
  if (port.low > port.high) return fmt::format("{} < :0", field);
  if (port.low == port.high) return fmt::format("{} = :{}", field, port.low);
  if (port.high == 0xffff) return fmt::format("{} >= :{}", field, port.low);
  if (port.low == 0) return fmt::format("{} <= :{}", field, port.high);
  return fmt::format("( {0} >= :{1} and {0} <= :{2} )", field, port.low, port.high);
}

std::string PrintCondition(const Condition& condition) {
  switch (condition.kind) {
    case Condition::Kind::kStates:
      return PrintStates(condition.value);
    case Condition::Kind::kPort:
      return PrintPort(condition);
    case Condition::Kind::kHost:
      return fmt::format("{} = {}", condition.remote ? "dst" : "src", PrintHost(condition));
    case Condition::Kind::kDevice:
      return condition.name.empty() ? fmt::format("dev = {}", condition.value) : "dev = " + EscapeWord(condition.name);
    case Condition::Kind::kMark:
      return condition.mask == 0xffff'ffff ? fmt::format("fwmark = {:#x}", condition.value)
                                           : fmt::format("fwmark = {:#x}/{:#x}", condition.value, condition.mask);
    case Condition::Kind::kCgroup:
      return condition.name.empty() ? fmt::format("cgroup = {}", condition.cgroup)
                                    : "cgroup = " + EscapeWord(condition.name);
  }
  return {};
}

std::string PrintChild(const Node& node) {
  const bool bare = node.kind == Node::Kind::kCondition || node.kind == Node::Kind::kNot;
  return bare ? Print(node) : fmt::format("( {} )", Print(node));
}

}  // namespace

std::string Print(const Node& node) {
  if (node.kind == Node::Kind::kCondition) return PrintCondition(node.condition);
  if (node.kind == Node::Kind::kNot) return "not " + PrintChild(*node.children[0]);
  std::string out;
  for (const NodePtr& child : node.children)
    out += fmt::format("{}{}", out.empty() ? "" : node.kind == Node::Kind::kAnd ? " and " : " or ", PrintChild(*child));
  return out;
}

}  // namespace xtcp2::filter
