// Which ports the sockets of a namespace use, coarsely: what a large namespace is divided by, so that several dumps of
// it take about the same time. Two kilobytes; one thread.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace xtcp2::collect {

// The sockets whose source (or destination) port is first to last. A port never changes while a socket is in the tables
// that a dump walks, so ranges that cover all ports have each socket exactly once.
struct PortRange {
  bool destination = false;
  uint16_t first = 0;
  uint16_t last = 0xffff;
  bool operator==(const PortRange&) const = default;
};

class PortUse {
 public:
  void Add(uint16_t source_port, uint16_t destination_port) {
    ++count_[0][source_port / kWidth];
    ++count_[1][destination_port / kWidth];
  }
  void Add(const PortUse& other);
  void Clear() { count_ = {}; }

  // Up to `parts` ranges that cover every port, in order, by whichever side divides the sockets more evenly; empty
  // where even the better side leaves one part with most of them.
  std::vector<PortRange> Split(unsigned parts) const;

 private:
  static constexpr unsigned kWidth = 256;  // ports a bucket
  using Side = std::array<uint32_t, 65536 / kWidth>;
  static std::vector<PortRange> SplitSide(const Side& side, bool destination, unsigned parts, double& largest);

  std::array<Side, 2> count_{};
};

}  // namespace xtcp2::collect
