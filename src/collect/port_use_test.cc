#include "collect/port_use.h"

#include <gtest/gtest.h>

#include <random>

namespace xtcp2::collect {
namespace {

void ExpectCoversEveryPortOnce(const std::vector<PortRange>& ranges) {
  ASSERT_FALSE(ranges.empty());
  unsigned next = 0;
  for (const PortRange& range : ranges) {
    EXPECT_EQ(range.first, next);
    EXPECT_LE(range.first, range.last);
    EXPECT_EQ(range.destination, ranges[0].destination);
    next = range.last + 1u;
  }
  EXPECT_EQ(next, 65536u);
}

TEST(PortUse, NothingKnownIsNotDivided) { EXPECT_TRUE(PortUse().Split(4).empty()); }

TEST(PortUse, OnePortOnBothSidesIsNotDivided) {
  PortUse use;
  for (int i = 0; i < 1000; ++i) use.Add(443, 8443);
  EXPECT_TRUE(use.Split(2).empty());
  EXPECT_TRUE(use.Split(1).empty());
}

// A server: every source port is its own, the peers' are spread.
TEST(PortUse, AServerIsDividedByDestination) {
  PortUse use;
  for (unsigned port = 32768; port < 60999; ++port) use.Add(443, static_cast<uint16_t>(port));
  const std::vector<PortRange> ranges = use.Split(4);
  ASSERT_EQ(ranges.size(), 4u);
  EXPECT_TRUE(ranges[0].destination);
  ExpectCoversEveryPortOnce(ranges);
}

TEST(PortUse, PartsAreAboutEven) {
  std::mt19937 random(1);
  for (const unsigned parts : {2u, 3u, 8u, 100u}) {
    PortUse use;
    std::array<unsigned, 65536> at{};
    for (int i = 0; i < 100'000; ++i) {
      const auto port = static_cast<uint16_t>(1024 + std::min<unsigned>(random() % 40'000, random() % 60'000));
      ++at[port];
      use.Add(port, 443);
    }
    const std::vector<PortRange> ranges = use.Split(parts);
    ExpectCoversEveryPortOnce(ranges);
    EXPECT_LE(ranges.size(), parts);
    for (const PortRange& range : ranges) {
      unsigned count = 0;
      for (unsigned port = range.first; port <= range.last; ++port) count += at[port];
      EXPECT_LT(count, 100'000u / parts + 2'000);  // a bucket's worth beside
    }
  }
}

TEST(PortUse, RandomUseIsAlwaysCovered) {
  std::mt19937 random(2);
  for (int round = 0; round < 300; ++round) {
    PortUse use, other;
    const unsigned width = 1 + random() % 65536;
    for (int i = 0; i < 300; ++i) {
      use.Add(static_cast<uint16_t>(random() % width), static_cast<uint16_t>(random() % 700));
      other.Add(static_cast<uint16_t>(65535 - random() % 3), 65535);
    }
    use.Add(other);
    const std::vector<PortRange> ranges = use.Split(2 + random() % 9);
    if (!ranges.empty()) ExpectCoversEveryPortOnce(ranges);
  }
}

}  // namespace
}  // namespace xtcp2::collect
