#include "bench/sockstat.h"

#include <gtest/gtest.h>

namespace xtcp2::bench {
namespace {

constexpr std::string_view kText =
    "sockets: used 277\nTCP: inuse 12 orphan 1 tw 3 alloc 40 mem 7\nUDP: inuse 5 mem 0\nTCP6: inuse 9\nTCP7: inuse\n";

TEST(Sockstat, FindsTheNumberOfAProtocol) {
  EXPECT_EQ(SockstatNumber(kText, "TCP:", "inuse"), 12u);
  EXPECT_EQ(SockstatNumber(kText, "TCP:", "tw"), 3u);
  EXPECT_EQ(SockstatNumber(kText, "UDP:", "inuse"), 5u);
  EXPECT_EQ(SockstatNumber(kText, "TCP6:", "inuse"), 9u);
}

TEST(Sockstat, WhatIsNotThereIsNone) {
  EXPECT_EQ(SockstatNumber(kText, "TCP6:", "tw"), 0u);
  EXPECT_EQ(SockstatNumber(kText, "TCP7:", "inuse"), 0u);
  EXPECT_EQ(SockstatNumber(kText, "RAW:", "inuse"), 0u);
  EXPECT_EQ(SockstatNumber("", "TCP:", "inuse"), 0u);
  EXPECT_EQ(SockstatNumber("TCP: inuse x tw 1", "TCP:", "inuse"), 0u);
}

}  // namespace
}  // namespace xtcp2::bench
