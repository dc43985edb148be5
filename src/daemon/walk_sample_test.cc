#include "daemon/walk_sample.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

namespace xtcp2::daemon {
namespace {

xtcp2_bpf_row Row(uint64_t number) {
  xtcp2_bpf_row row{};
  row.sk = number;
  return row;
}

// Shows rows `from` to `to`, as a reader does.
uint64_t Show(WalkSample& sample, uint64_t from, uint64_t to) {
  uint64_t seen = 0;
  for (uint64_t number = from; number < to; ++number)
    if (++seen == sample.next()) sample.Keep(Row(number), {});
  return seen;
}

// No count is further from what is expected than chance makes it once in many millions (6 sigma of a binomial).
void ExpectEven(const std::vector<int>& counts, int rounds, double chance) {
  const double expected = rounds * chance, allowed = 6 * std::sqrt(rounds * chance * (1 - chance));
  for (size_t i = 0; i < counts.size(); ++i) EXPECT_NEAR(counts[i], expected, allowed) << "row " << i;
}

TEST(WalkSample, OfFewRowsHasAllOnce) {
  WalkSample sample;
  sample.Begin(16);
  Show(sample, 0, 9);
  std::set<uint64_t> numbers;
  for (const WalkPick& pick : sample.picks()) numbers.insert(pick.row.sk);
  EXPECT_EQ(numbers.size(), 9u);
  EXPECT_EQ(sample.picks().size(), 9u);
}

TEST(WalkSample, OfNoneHasNone) {
  WalkSample sample;
  EXPECT_EQ(sample.next(), WalkSample::kNever);
  sample.Begin(0);
  Show(sample, 0, 1000);
  EXPECT_TRUE(sample.picks().empty());
}

TEST(WalkSample, EveryRowHasTheSameChance) {
  constexpr int kRounds = 20'000, kRows = 50, kMost = 4;
  std::vector<int> counts(kRows);
  WalkSample sample;
  for (int round = 0; round < kRounds; ++round) {
    sample.Begin(kMost);
    Show(sample, 0, kRows);
    ASSERT_EQ(sample.picks().size(), size_t{kMost});
    for (const WalkPick& pick : sample.picks()) ++counts[pick.row.sk];
  }
  ExpectEven(counts, kRounds, double{kMost} / kRows);
}

TEST(WalkSample, MergedOnesAreOfBothByTheirSizes) {
  constexpr int kRounds = 20'000, kMost = 4;
  const std::vector<std::pair<uint64_t, uint64_t>> parts = {{0, 2}, {2, 40}, {40, 47}};  // one smaller than a sample
  std::vector<int> counts(47);
  std::vector<WalkSample> samples(parts.size());
  for (int round = 0; round < kRounds; ++round) {
    WalkSample all;
    all.Begin(kMost);
    uint64_t seen = 0;
    for (size_t i = 0; i < parts.size(); ++i) {
      samples[i].Begin(kMost);
      const uint64_t more = Show(samples[i], parts[i].first, parts[i].second);
      all.Merge(seen, samples[i], more);
      seen += more;
    }
    ASSERT_EQ(all.picks().size(), size_t{kMost});
    for (const WalkPick& pick : all.picks()) ++counts[pick.row.sk];
  }
  ExpectEven(counts, kRounds, double{kMost} / 47);
}

}  // namespace
}  // namespace xtcp2::daemon
