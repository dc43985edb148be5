#include "ledger/overload.h"

#include <gtest/gtest.h>

namespace xtcp2::ledger {
namespace {

constexpr int64_t kSecond = 1'000'000'000;

class OverloadTest : public testing::Test {
 protected:
  // A second with so many rows and losses.
  bool Second(uint64_t rows, uint64_t lost) {
    now_ += kSecond;
    return overload_.Update(now_, rows_ += rows, lost_ += lost);
  }
  // Overload until rows pause; how many seconds that took.
  int UntilPaused() {
    for (int seconds = 1; seconds < 100; ++seconds)
      if (Second(1000, 500)) return seconds;
    return 100;
  }
  // Rows pause; how many more seconds until they are back.
  int UntilBack() {
    for (int seconds = 1; seconds < 1000; ++seconds)
      if (!Second(0, 0)) return seconds;
    return 1000;
  }

  Overload overload_;
  int64_t now_ = 50 * kSecond;
  uint64_t rows_ = 0, lost_ = 0;
};

TEST_F(OverloadTest, ABurstIsNoOverload) {
  for (int i = 0; i < 20; ++i) {
    EXPECT_FALSE(Second(10, 1000));
    EXPECT_FALSE(Second(10, 1000));
    EXPECT_FALSE(Second(1000, 0));
  }
}

TEST_F(OverloadTest, FewLossesAreNoOverload) {
  for (int i = 0; i < 20; ++i) EXPECT_FALSE(Second(1000, 10));
}

TEST_F(OverloadTest, NothingAtAllIsNoOverload) {
  for (int i = 0; i < 20; ++i) EXPECT_FALSE(Second(0, 0));
}

TEST_F(OverloadTest, PausesAndComesBack) {
  EXPECT_EQ(UntilPaused(), 3);
  EXPECT_TRUE(overload_.paused());
  EXPECT_EQ(UntilBack(), 10);
  EXPECT_FALSE(overload_.paused());
  EXPECT_FALSE(Second(1000, 500)) << "three seconds again";
}

TEST_F(OverloadTest, PausesGrowUntilItIsCalm) {
  const int expected[] = {10, 20, 40, 80, 160, 300, 300};
  for (const int pause : expected) {
    EXPECT_EQ(UntilPaused(), 3);
    EXPECT_EQ(UntilBack(), pause);
  }
  for (int i = 0; i < 60; ++i) Second(1000, 0);
  EXPECT_EQ(UntilPaused(), 3);
  EXPECT_EQ(UntilBack(), 10);
  EXPECT_EQ(overload_.pauses(), 8u);
}

}  // namespace
}  // namespace xtcp2::ledger
