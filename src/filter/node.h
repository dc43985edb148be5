// The tree behind a Filter: conditions, joined by and, or, not. Immutable once made, so nodes are shared and read from
// any thread. Knows nothing of text, bytecode or sockets.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace xtcp2::filter {

// States as reported, 1 (ESTABLISHED) to 11 (CLOSING): bit N for state N.
inline constexpr uint32_t kEveryState = 0xffe;

// Address families of a host condition, by the kernel's numbers.
inline constexpr uint8_t kAnyFamily = 0, kInet = 2, kInet6 = 10;

// A device whose name nobody has looked up, or that the namespace does not have: no socket is bound to it.
inline constexpr uint32_t kNoDevice = ~uint32_t{0};

struct Condition {
  enum class Kind : uint8_t { kStates, kPort, kHost, kDevice, kMark, kCgroup };
  Kind kind = Kind::kStates;
  bool remote = false;                // kPort, kHost: dport or dst
  uint8_t family = kAnyFamily;        // kHost
  uint8_t prefix_bits = 0;            // kHost: how much of the address counts
  uint16_t low = 0, high = 0xffff;    // kPort, kHost: inclusive; low > high is no port at all
  uint32_t value = 0;                 // kStates: mask; kDevice: index; kMark: mark
  uint32_t mask = 0;                  // kMark
  uint64_t cgroup = 0;                // kCgroup: id
  std::array<uint8_t, 16> address{};  // kHost: network order, zero behind the prefix; IPv4 in the first four
  std::string name;                   // kDevice, kCgroup: as written; empty where a number was

  bool AnyPort() const { return low == 0 && high == 0xffff; }
  bool operator==(const Condition&) const = default;
};

struct Node;
using NodePtr = std::shared_ptr<const Node>;

// kAnd and kOr have two or more children, none of their own kind; kNot has one, which is no kNot.
struct Node {
  enum class Kind : uint8_t { kCondition, kNot, kAnd, kOr };
  Kind kind = Kind::kCondition;
  Condition condition;
  std::vector<NodePtr> children;
  int depth = 1;  // of the tree below, itself included
};

NodePtr MakeCondition(Condition condition);
NodePtr MakeNot(const NodePtr& node);
// kAnd or kOr of two; a child of the same kind is dissolved.
NodePtr MakeJoin(Node::Kind kind, const NodePtr& left, const NodePtr& right);
bool Equal(const Node& a, const Node& b);

// A tree, or what became of it: true or false whatever the socket.
using Simplified = std::variant<bool, NodePtr>;
// What is known of a condition. `positive`: it stands under an even number of nots.
using Known = std::function<std::optional<bool>(const Condition& condition, bool positive)>;

// The tree with the conditions that `known` decides put in and folded away.
Simplified Simplify(const NodePtr& node, const Known& known);

// Calls `visit` for each condition, from left to right.
void ForEachCondition(const Node& node, const std::function<void(const Condition&)>& visit);

}  // namespace xtcp2::filter
