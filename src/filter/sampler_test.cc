#include "filter/sampler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "filter/filter_for_test.h"

namespace xtcp2::filter {
namespace {

constexpr uint64_t kSalt = 0x5a17;

uint64_t HashOf(const MadeSocket& made, uint64_t salt = kSalt) { return ConnectionHash(made.socket, salt); }

TEST(ConnectionHash, IsTheSameAtBothEndsAndForBothFamilies) {
  const MadeSocket client(1, "10.1.2.3", 40000, "10.9.9.9", 443), server(1, "10.9.9.9", 443, "10.1.2.3", 40000);
  const MadeSocket mapped(6, "::ffff:10.9.9.9", 443, "::ffff:10.1.2.3", 40000);
  EXPECT_EQ(HashOf(client), HashOf(server));
  EXPECT_EQ(HashOf(client), HashOf(mapped));
  const MadeSocket one(1, "fd77::1", 5, "fd77::2", 6), other(5, "fd77::2", 6, "fd77::1", 5);
  EXPECT_EQ(HashOf(one), HashOf(other));
  const MadeSocket same(1, "::1", 5, "::1", 6), back(1, "::1", 6, "::1", 5);
  EXPECT_EQ(HashOf(same), HashOf(back));
}

TEST(ConnectionHash, DiffersWhereTheConnectionDoes) {
  const MadeSocket base(1, "10.1.2.3", 40000, "10.9.9.9", 443);
  const MadeSocket port(1, "10.1.2.3", 40001, "10.9.9.9", 443), swapped(1, "10.1.2.3", 443, "10.9.9.9", 40000);
  const MadeSocket address(1, "10.1.2.2", 40000, "10.9.9.9", 443),
      compatible(1, "::10.1.2.3", 40000, "::10.9.9.9", 443);
  for (const MadeSocket* other : {&port, &swapped, &address, &compatible}) EXPECT_NE(HashOf(base), HashOf(*other));
  EXPECT_NE(HashOf(base, 1), HashOf(base, 2));
}

// The definition, which other programs and hosts may rely on (docs/filter.md), and the library's released test vector
// for it.
TEST(ConnectionHash, IsXxh3OfTheSortedEnds) {
  const unsigned char ends[40] = {0, 0, 0, 0, 0, 0, 0,    0,    0,  0, 0xff, 0xff, 10,   1,    2,    3,    0, 0, 0, 0,
                                  0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 9, 9,    9,    0x9c, 0x40, 0x01, 0xbb, 0, 0, 0, 0};
  const MadeSocket made(1, "10.9.9.9", 443, "10.1.2.3", 40000);
  EXPECT_EQ(HashOf(made, 0), XXH3_64bits(ends, sizeof ends));
  EXPECT_EQ(XXH3_64bits("", 0), 0x2D06800538D394C2u);
}

std::vector<std::unique_ptr<MadeSocket>> Many(int count) {
  std::vector<std::unique_ptr<MadeSocket>> out;
  for (int i = 0; i < count; ++i)
    out.push_back(std::make_unique<MadeSocket>(uint8_t{1},
                                               "10.0." + std::to_string(i / 250) + "." + std::to_string(1 + i % 250),
                                               1024 + i % 50, "10.9.9.9", 443));
  return out;
}

TEST(Sampler, KeepsOneInNAndLessForMore) {
  const auto sockets = Many(20'000);
  int before = 0;
  for (const uint32_t rate : {1u, 2u, 3u, 4u, 8u, 100u}) {
    const Sampler sampler(kSalt, rate), coarser(kSalt, rate + 1);
    int kept = 0;
    for (const auto& made : sockets) {
      kept += sampler.Keeps(made->socket);
      if (coarser.Keeps(made->socket)) {
        EXPECT_TRUE(sampler.Keeps(made->socket));
      }
    }
    const double expected = 20'000.0 / rate, spread = 5 * std::sqrt(expected);
    EXPECT_NEAR(kept, expected, rate == 1 ? 0 : spread) << rate;
    EXPECT_TRUE(before == 0 || kept < before);
    before = kept;
  }
  EXPECT_TRUE(Sampler().Keeps(sockets[0]->socket));
  EXPECT_EQ(Sampler(kSalt, 0).rate(), 1u);
}

TEST(Sampler, KeepsOthersWithAnotherSalt) {
  const auto sockets = Many(10'000);
  int both = 0;
  for (const auto& made : sockets) both += Sampler(1, 10).Keeps(made->socket) && Sampler(2, 10).Keeps(made->socket);
  EXPECT_NEAR(both, 100, 50);
}

TEST(Sampler, KeepsListenersByTheirOwnEnd) {
  const MadeSocket listener(10, "0.0.0.0", 22, "0.0.0.0", 0);
  EXPECT_EQ(HashOf(listener), HashOf(MadeSocket(10, "0.0.0.0", 22, "0.0.0.0", 0)));
  EXPECT_NE(HashOf(listener), HashOf(MadeSocket(10, "0.0.0.0", 23, "0.0.0.0", 0)));
}

TEST(ParseSampleRate, TakesOneInN) {
  EXPECT_EQ(*ParseSampleRate("1/100"), 100u);
  EXPECT_EQ(*ParseSampleRate("1/1"), 1u);
  EXPECT_EQ(*ParseSampleRate("1"), 1u);
  EXPECT_EQ(*ParseSampleRate("1/1000000000"), 1'000'000'000u);
  for (const char* bad : {"", "0", "1/0", "2", "100", "2/3", "1/", "1/-1", "1/1000000001", "1/99999999999", "1/10x",
                          " 1/10", "1/0x10", "0.1"}) {
    const Result<uint32_t> rate = ParseSampleRate(bad);
    ASSERT_FALSE(rate) << bad;
    EXPECT_THAT(rate.error().Text(), testing::HasSubstr("allowed are 1/N"));
  }
  EXPECT_THAT(ParseSampleRate("100").error().Text(), testing::HasSubstr("did you mean 1/100?"));
}

}  // namespace
}  // namespace xtcp2::filter
