// From a filter to what the kernel does of it. The kernel takes one mask of states and one bytecode for all of them, so
// what a filter asks of each state is worked out first: where that is the same for all states it has, nothing is left
// to do after the dump; where it differs, the kernel gets all of them joined by `or`, and the evaluator sorts out the
// rest.
#include <algorithm>

#include "filter/bytecode.h"
#include "filter/filter.h"

namespace xtcp2::filter {
namespace {

constexpr int kFirstState = 1, kLastState = 11, kSynRecv = 3, kNewSynRecv = 12;

// Conditions that are the same for every socket.
std::optional<bool> Trivial(const Condition& condition) {
  switch (condition.kind) {
    case Condition::Kind::kPort:
      if (condition.AnyPort()) return true;
      if (condition.low > condition.high) return false;
      return {};
    case Condition::Kind::kHost:
      if (condition.AnyPort() && condition.family == kAnyFamily) return true;
      return {};
    case Condition::Kind::kDevice:
      if (condition.value == kNoDevice) return false;
      return {};
    case Condition::Kind::kMark:
      if ((condition.value & ~condition.mask) != 0) return false;
      if (condition.mask == 0) return true;
      return {};
    default:
      return {};
  }
}

bool Has(const KernelOperations& kernel, Condition::Kind kind) {
  if (kind == Condition::Kind::kDevice) return kernel.device;
  if (kind == Condition::Kind::kMark) return kernel.mark;
  return kind != Condition::Kind::kCgroup || kernel.cgroup;
}

class Compiler {
 public:
  Compiler(const NodePtr& root, const KernelOperations& kernel) : root_(root), kernel_(kernel) {}

  Compiled Run() {
    Compiled out;
    out.states = 0;
    for (int state = kFirstState; state <= kLastState; ++state) {
      const Simplified wanted = WantedOf(state);
      if (const bool* value = std::get_if<bool>(&wanted); value && !*value) continue;
      out.states |= 1u << state;
      if (state == kSynRecv) out.states |= 1u << kNewSynRecv;
      Remember(wanted);
    }
    if (out.states == (netlink::kAllStates & ~1u)) out.states = netlink::kAllStates;
    out.exact = exact_ && distinct_.size() <= 1;
    if (const Simplified joined = Joined(); std::holds_alternative<NodePtr>(joined)) {
      auto bytecode = Assemble(Program(joined));
      out.exact = out.exact && bytecode;
      if (bytecode) out.bytecode = *std::move(bytecode);
    }
    return out;
  }

 private:
  // What has to hold for a socket in this state. What the kernel cannot say becomes what lets more sockets through.
  Simplified WantedOf(int state) {
    return Simplify(root_, [&](const Condition& condition, bool positive) -> std::optional<bool> {
      if (condition.kind == Condition::Kind::kStates) return (condition.value >> state) & 1;
      if (const std::optional<bool> trivial = Trivial(condition)) return trivial;
      if (Has(kernel_, condition.kind)) return {};
      exact_ = false;
      return positive;
    });
  }

  void Remember(const Simplified& wanted) {
    const auto same = [&](const Simplified& other) {
      if (wanted.index() != other.index()) return false;
      if (const bool* value = std::get_if<bool>(&wanted)) return *value == std::get<bool>(other);
      return Equal(*std::get<NodePtr>(wanted), *std::get<NodePtr>(other));
    };
    if (std::none_of(distinct_.begin(), distinct_.end(), same)) distinct_.push_back(wanted);
  }

  Simplified Joined() const {
    NodePtr joined;
    for (const Simplified& wanted : distinct_) {
      if (std::holds_alternative<bool>(wanted)) return true;  // only true is remembered
      const NodePtr& node = std::get<NodePtr>(wanted);
      joined = joined ? MakeJoin(Node::Kind::kOr, joined, node) : node;
    }
    if (!joined) return false;
    return joined;
  }

  const NodePtr& root_;
  const KernelOperations& kernel_;
  std::vector<Simplified> distinct_;
  bool exact_ = true;
};

}  // namespace

Compiled Filter::Compile(const KernelOperations& kernel) const {
  if (!inner_->root) return {};
  return Compiler(inner_->root, kernel).Run();
}

}  // namespace xtcp2::filter
