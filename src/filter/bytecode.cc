#include "filter/bytecode.h"

#include <cstring>

#include "base/bytes.h"
#include "base/check.h"

namespace xtcp2::filter {
namespace {

// struct inet_diag_bc_op { u8 code; u8 yes; u16 no; }: where to go on, in bytes from the op. `yes` is always the op's
// own length: the audit walks by it. The end of the code accepts, 4 bytes behind it reject.
constexpr size_t kOp = 4, kReject = 4;
enum Code : uint8_t {
  kJump = 1,
  kSourceAtLeast = 2,
  kSourceAtMost = 3,
  kDestinationAtLeast = 4,
  kDestinationAtMost = 5,
  kSourceHost = 7,
  kDestinationHost = 8,
  kDevice = 9,
  kMark = 10,
  kCgroup = 13,
};

class Assembler {
 public:
  void Op(Code code, const std::vector<uint8_t>& argument) {
    op_ = bytes_.size();
    bytes_.insert(bytes_.end(), {code, static_cast<uint8_t>(kOp + argument.size()), 0, 0});
    bytes_.insert(bytes_.end(), argument.begin(), argument.end());
  }
  // The ops that a test is, each of which has to hold; `to` of the place they go to otherwise is noted.
  void Add(const Test& test) {
    starts_.push_back(bytes_.size());
    switch (test.kind) {
      case Condition::Kind::kPort:
        AddPort(test);
        break;
      case Condition::Kind::kHost:
        Op(test.remote ? kDestinationHost : kSourceHost, HostArgument(test));
        break;
      case Condition::Kind::kDevice:
        Op(kDevice, Number(static_cast<uint32_t>(test.value[0])));
        break;
      case Condition::Kind::kMark:
        Op(kMark, Number(test.value[0] | test.mask[0] << 32));
        break;
      case Condition::Kind::kCgroup:
        Op(kCgroup, Number(test.value[0]));
        break;
      case Condition::Kind::kStates:
        XTCP2_CHECK(false, "states have no bytecode");
    }
    Jump(test.no);
    if (test.yes != static_cast<int>(starts_.size())) {
      Op(kJump, {});
      Jump(test.yes);
    }
  }
  // Puts the distances in.
  std::vector<uint8_t> Finish() {
    starts_.push_back(bytes_.size());
    starts_.push_back(bytes_.size() + kReject);
    for (const auto& [op, to] : jumps_)
      Store(bytes_.data() + op + 2, static_cast<uint16_t>(starts_[static_cast<size_t>(to)] - op));
    return std::move(bytes_);
  }
  size_t size() const { return bytes_.size(); }

 private:
  void Jump(int to) { jumps_.emplace_back(op_, to); }

  template <class T>
  static std::vector<uint8_t> Number(T number) {
    std::vector<uint8_t> out(sizeof number);
    Store(out.data(), number);
    return out;
  }
  // A whole inet_diag_bc_op of which `no` is the port.
  static std::vector<uint8_t> PortArgument(uint16_t port) { return Number(static_cast<uint32_t>(port) << 16); }

  void AddPort(const Test& test) {
    // Equality by a host condition of no family: S_EQ and D_EQ are younger than what else there is.
    if (test.low == test.high) return Op(test.remote ? kDestinationHost : kSourceHost, HostArgument(test));
    const bool lower = test.low > 0 || test.high == 0xffff;
    if (lower) Op(test.remote ? kDestinationAtLeast : kSourceAtLeast, PortArgument(test.low));
    if (test.high == 0xffff) return;
    if (lower) Jump(test.no);
    Op(test.remote ? kDestinationAtMost : kSourceAtMost, PortArgument(test.high));
  }
  // struct inet_diag_hostcond { u8 family; u8 prefix_len; int port; __be32 addr[]; }
  static std::vector<uint8_t> HostArgument(const Test& test) {
    constexpr size_t kHead = 8, kPort = 4;
    const size_t address = test.kind == Condition::Kind::kPort || test.family == kAnyFamily ? 0
                           : test.family == kInet                                           ? 4
                                                                                            : 16;
    std::vector<uint8_t> out(kHead + address);
    out[0] = address ? test.family : kAnyFamily;
    out[1] = address ? test.prefix_bits : uint8_t{0};
    Store(out.data() + kPort, test.low == test.high ? int32_t{test.low} : int32_t{-1});
    std::memcpy(out.data() + kHead, test.value, address);
    return out;
  }

  std::vector<uint8_t> bytes_;
  std::vector<size_t> starts_;  // of each test
  std::vector<std::pair<size_t, int>> jumps_;
  size_t op_ = 0;  // the last one
};

}  // namespace

std::optional<std::vector<uint8_t>> Assemble(const Program& program) {
  Assembler assembler;
  for (const Test& test : program.tests()) {
    assembler.Add(test);
    if (assembler.size() > kMostBytecode) return {};
  }
  return assembler.Finish();
}

std::vector<uint8_t> And(std::vector<uint8_t> a, const std::vector<uint8_t>& b) {
  const size_t size = a.size();
  XTCP2_CHECK(size + b.size() + kReject <= 0xffff, "bytecode is longer than its jumps reach");
  // Who is rejected by `a` goes on behind the end of both; who is accepted comes to `b`.
  for (size_t at = 0; at < size; at += a[at + 1]) {
    const auto no = Load<uint16_t>(a.data() + at + 2);
    if (at + no == size + kReject) Store(a.data() + at + 2, static_cast<uint16_t>(no + b.size()));
  }
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

std::vector<uint8_t> PortShare(bool remote, uint16_t low, uint16_t high) {
  XTCP2_CHECK(low <= high, "a share of no ports");
  if (low == 0 && high == 0xffff) return {};
  Test test;
  test.kind = Condition::Kind::kPort;
  test.remote = remote;
  test.low = low;
  test.high = high;
  test.yes = 1;
  test.no = 2;
  Assembler assembler;
  assembler.Add(test);
  return assembler.Finish();
}

}  // namespace xtcp2::filter
