// A tree as a list of tests, each with the place to go on when it holds and when not; always further on, so a run ends.
// The evaluator walks this list, and the kernel's bytecode is written from it. Immutable; any thread.
#pragma once

#include <cstdint>
#include <vector>

#include "filter/node.h"
#include "schema/socket.h"

namespace xtcp2::filter {

// A condition, ready to be compared with a socket's bytes.
struct Test {
  Condition::Kind kind = Condition::Kind::kStates;
  bool remote = false;
  uint8_t family = kAnyFamily;
  uint8_t prefix_bits = 0;
  uint16_t low = 0, high = 0xffff;
  int yes = 0, no = 0;     // index of a test; size(): accepted; size() + 1: rejected
  uint64_t value[2] = {};  // kHost: the address as it lies in memory; else one number
  uint64_t mask[2] = {};

  bool Holds(const schema::Socket& socket) const noexcept;
};

class Program {
 public:
  explicit Program(const Simplified& tree);

  bool Accepts(const schema::Socket& socket) const noexcept;
  const std::vector<Test>& tests() const { return tests_; }
  // What comes out where there are no tests.
  bool constant() const { return constant_; }

 private:
  void Add(const Node& node, int yes, int no);

  std::vector<Test> tests_;  // while building: the last one first, and targets count from the end
  bool constant_ = true;
};

}  // namespace xtcp2::filter
