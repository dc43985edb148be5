#include "bench/share.h"

#include <gtest/gtest.h>

#include <map>

namespace xtcp2::bench {
namespace {

LoadOptions Load(size_t sockets, size_t namespaces, std::vector<std::string> families) {
  LoadOptions load;
  load.sockets = sockets;
  load.namespaces = namespaces;
  load.families = std::move(families);
  return load;
}

struct Sums {
  size_t total = 0, largest_holding = 0;
  std::map<size_t, size_t> by_netns;
  std::map<std::string, size_t> by_family;
};

Sums Add(const std::vector<Holding>& holdings) {
  Sums sums;
  for (const Holding& holding : holdings) {
    sums.largest_holding = std::max(sums.largest_holding, holding.Sockets());
    for (const Portion& portion : holding.portions) {
      EXPECT_GE(portion.listeners, 1u) << "connections need a listener";
      EXPECT_LE(portion.Sockets(), kMostOfPortion);
      sums.total += portion.Sockets();
      sums.by_netns[portion.netns] += portion.Sockets();
      sums.by_family[portion.family] += portion.Sockets();
    }
  }
  return sums;
}

TEST(Share, TheSumIsExact) {
  for (const size_t sockets : {2, 3, 4, 5, 7999, 8001, 10'000, 100'001}) {
    const auto holdings = DivideLoad(Load(sockets, 1, {"4"}), 20'000);
    ASSERT_TRUE(holdings);
    EXPECT_EQ(Add(*holdings).total, sockets);
  }
}

TEST(Share, NamespacesAndFamiliesAreEqualToOneSocket) {
  const auto holdings = DivideLoad(Load(10'007, 10, {"4", "6", "mapped"}), 1024);
  ASSERT_TRUE(holdings);
  const Sums sums = Add(*holdings);
  EXPECT_EQ(sums.total, 10'007u);
  EXPECT_EQ(sums.by_netns.size(), 10u);
  for (const auto& [netns, sockets] : sums.by_netns) EXPECT_TRUE(sockets == 1000 || sockets == 1001) << netns;
  for (const auto& [family, sockets] : sums.by_family)
    EXPECT_NEAR(static_cast<double>(sockets), 10'007 / 3.0, 10) << family;
}

TEST(Share, NoProcessNeedsMoreDescriptorsThanItHas) {
  for (const size_t descriptors : {size_t{256}, size_t{1024}, size_t{20'000}}) {
    const auto holdings = DivideLoad(Load(50'000, 3, {"4", "6"}), descriptors);
    ASSERT_TRUE(holdings);
    EXPECT_LE(Add(*holdings).largest_holding + kSpareDescriptors, descriptors);
  }
}

TEST(Share, TooFewDescriptorsAreAnError) {
  const auto holdings = DivideLoad(Load(100, 1, {"4"}), 100);
  ASSERT_FALSE(holdings);
  EXPECT_NE(holdings.error().Text().find("RLIMIT_NOFILE"), std::string::npos);
}

}  // namespace
}  // namespace xtcp2::bench
