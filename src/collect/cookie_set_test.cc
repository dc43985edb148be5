#include "collect/cookie_set.h"

#include <gtest/gtest.h>

#include <random>
#include <unordered_set>

namespace xtcp2::collect {
namespace {

TEST(CookieSet, AgreesWithASetOfTheLibrary) {
  std::mt19937_64 random(7);
  CookieSet set;
  for (int round = 0; round < 5; ++round) {
    std::unordered_set<uint64_t> truth;
    for (int i = 0; i < 20000; ++i) {
      const uint64_t cookie = 1 + random() % 15000;  // small numbers, as the kernel's are, and many repeats
      ASSERT_EQ(set.Add(cookie), truth.insert(cookie).second) << cookie;
    }
    EXPECT_EQ(set.size(), truth.size());
    set.Clear();
  }
}

TEST(CookieSet, ZeroIsNoIdentity) {
  CookieSet set;
  EXPECT_TRUE(set.Add(0));
  EXPECT_TRUE(set.Add(0));
  EXPECT_EQ(set.size(), 0u);
}

}  // namespace
}  // namespace xtcp2::collect
