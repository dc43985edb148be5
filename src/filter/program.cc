#include "filter/program.h"

#include <algorithm>
#include <cstring>

#include "base/bytes.h"

namespace xtcp2::filter {
namespace {

constexpr size_t kId = offsetof(abi::InetDiagMsg, id);
constexpr size_t kPorts[] = {kId + offsetof(abi::InetDiagSockId, sport), kId + offsetof(abi::InetDiagSockId, dport)};
constexpr size_t kAddresses[] = {kId + offsetof(abi::InetDiagSockId, src), kId + offsetof(abi::InetDiagSockId, dst)};
constexpr size_t kInterface = kId + offsetof(abi::InetDiagSockId, interface);
constexpr uint32_t kSynRecv = 1u << 3, kNewSynRecv = 1u << 12;

// The first `bits` bits of 16 bytes.
std::array<uint8_t, 16> PrefixMask(int bits) {
  std::array<uint8_t, 16> mask{};
  for (int i = 0; i < bits; ++i) mask[static_cast<size_t>(i / 8)] |= static_cast<uint8_t>(0x80 >> (i % 8));
  return mask;
}

Test MakeTest(const Condition& condition) {
  Test test;
  test.kind = condition.kind;
  test.remote = condition.remote;
  test.family = condition.family;
  test.prefix_bits = condition.prefix_bits;
  test.low = condition.low;
  test.high = condition.high;
  test.value[0] = condition.value;
  test.mask[0] = condition.mask;
  if (condition.kind == Condition::Kind::kStates && (condition.value & kSynRecv)) test.value[0] |= kNewSynRecv;
  if (condition.kind == Condition::Kind::kCgroup) test.value[0] = condition.cgroup;
  if (condition.kind == Condition::Kind::kHost) {
    std::memcpy(test.value, condition.address.data(), sizeof test.value);
    std::memcpy(test.mask, PrefixMask(condition.prefix_bits).data(), sizeof test.mask);
  }
  return test;
}

bool PortHolds(const Test& test, const uint8_t* message) {
  const auto port = LoadBig<uint16_t>(message + kPorts[test.remote]);
  return port >= test.low && port <= test.high;
}

// inet_diag_bc_run(): an IPv4 condition is for IPv4 sockets and for the mapped addresses of IPv6 sockets, an IPv6
// condition for IPv6 sockets only.
bool HostHolds(const Test& test, const uint8_t* message) {
  if (!PortHolds(test, message)) return false;
  if (test.family == kAnyFamily) return true;
  const uint8_t family = message[offsetof(abi::InetDiagMsg, family)];
  const uint8_t* address = message + kAddresses[test.remote];
  const auto first = Load<uint64_t>(address);
  if (test.family == kInet6)
    return family == kInet6 && (((first ^ test.value[0]) & test.mask[0]) |
                                ((Load<uint64_t>(address + 8) ^ test.value[1]) & test.mask[1])) == 0;
  if (family == kInet6) {
    constexpr uint8_t kMapped[4] = {0, 0, 0xff, 0xff};
    if (first != 0 || std::memcmp(address + 8, kMapped, sizeof kMapped) != 0) return false;
    address += 12;
  } else if (family != kInet) {
    return false;
  }
  return ((Load<uint32_t>(address) ^ static_cast<uint32_t>(test.value[0])) & static_cast<uint32_t>(test.mask[0])) == 0;
}

}  // namespace

bool Test::Holds(const schema::Socket& socket) const noexcept {
  const uint8_t* message = socket[schema::Part::kMsg];
  switch (kind) {
    case Condition::Kind::kStates:
      return (value[0] >> (message[offsetof(abi::InetDiagMsg, state)] & 63)) & 1;
    case Condition::Kind::kPort:
      return PortHolds(*this, message);
    case Condition::Kind::kHost:
      return HostHolds(*this, message);
    case Condition::Kind::kDevice:
      return Load<uint32_t>(message + kInterface) == value[0];
    case Condition::Kind::kMark:
      return (Load<uint32_t>(socket[schema::Part::kMark]) & mask[0]) == value[0];
    case Condition::Kind::kCgroup:
      return Load<uint64_t>(socket[schema::Part::kCgroup]) == value[0];
  }
  return false;
}

Program::Program(const Simplified& tree) {
  if (const bool* value = std::get_if<bool>(&tree)) {
    constant_ = *value;
    return;
  }
  // Built from the end, so that every place to go to is there already. Until all are, places count from the end too: 1
  // is the last test, 2 the one before it, 0 accepts, -1 rejects.
  Add(*std::get<NodePtr>(tree), 0, -1);
  std::reverse(tests_.begin(), tests_.end());
  const int count = static_cast<int>(tests_.size());
  for (Test& test : tests_) {
    test.yes = count - test.yes;
    test.no = count - test.no;
  }
}

void Program::Add(const Node& node, int yes, int no) {
  if (node.kind == Node::Kind::kCondition) {
    tests_.push_back(MakeTest(node.condition));
    tests_.back().yes = yes;
    tests_.back().no = no;
    return;
  }
  if (node.kind == Node::Kind::kNot) return Add(*node.children[0], no, yes);
  for (auto child = node.children.rbegin(); child != node.children.rend(); ++child) {
    Add(**child, yes, no);
    (node.kind == Node::Kind::kAnd ? yes : no) = static_cast<int>(tests_.size());
  }
}

bool Program::Accepts(const schema::Socket& socket) const noexcept {
  const int count = static_cast<int>(tests_.size());
  if (count == 0) return constant_;
  const Test* const tests = tests_.data();
  int at = 0;
  while (at < count) at = tests[at].Holds(socket) ? tests[at].yes : tests[at].no;
  return at == count;
}

}  // namespace xtcp2::filter
