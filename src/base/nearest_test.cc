#include "base/nearest.h"

#include <gtest/gtest.h>

#include <vector>

namespace xtcp2 {
namespace {

TEST(EditDistance, CountsEachKindOfEditOnce) {
  EXPECT_EQ(EditDistance("", ""), 0u);
  EXPECT_EQ(EditDistance("", "abc"), 3u);
  EXPECT_EQ(EditDistance("abc", ""), 3u);
  EXPECT_EQ(EditDistance("abc", "abxc"), 1u);
  EXPECT_EQ(EditDistance("abc", "ac"), 1u);
  EXPECT_EQ(EditDistance("abc", "axc"), 1u);
  EXPECT_EQ(EditDistance("abc", "acb"), 1u);
  EXPECT_EQ(EditDistance("kitten", "sitting"), 3u);
  EXPECT_EQ(EditDistance("goMaxProcs", "gomaxprocs"), 0u);
}

TEST(EditDistance, IsSymmetric) {
  for (const char* a : {"", "dest", "marshal", "tcp_info_rtt", "rtt"})
    for (const char* b : {"dset", "tcp_info_rttvar", "m"})
      EXPECT_EQ(EditDistance(a, b), EditDistance(b, a)) << a << ' ' << b;
}

TEST(Nearest, FindsWhatWasMeant) {
  const std::vector<std::string> known = {"frequency", "timeout", "marshal", "dest", "d", "maxLoops"};
  EXPECT_EQ(Nearest("freqency", known), "frequency");
  EXPECT_EQ(Nearest("dset", known), "dest");
  EXPECT_EQ(Nearest("marshall", known), "marshal");
  EXPECT_EQ(Nearest("maxloops", known), "maxLoops");
}

TEST(Nearest, SaysNothingWhenNothingIsNear) {
  const std::vector<std::string> known = {"frequency", "timeout", "d"};
  EXPECT_EQ(Nearest("colour", known), "");
  EXPECT_EQ(Nearest("x", known), "");  // one edit from "d", but nothing in common
  EXPECT_EQ(Nearest("", known), "");
  EXPECT_EQ(Nearest("frequency", {}), "");
}

TEST(Nearest, TakesTheFirstOfEquals) {
  const std::vector<std::string> known = {"uplink1_ifname", "uplink2_ifname"};
  EXPECT_EQ(Nearest("uplink_ifname", known), "uplink1_ifname");
}

}  // namespace
}  // namespace xtcp2
