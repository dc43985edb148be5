#include "bench/medians.h"

#include <gmock/gmock.h>

namespace xtcp2::bench {
namespace {

using testing::HasSubstr;

// Ten polls of a thousand sockets that took so many milliseconds of CPU for each poll.
Measurement Round(const std::string& collector, const std::string& format, double user_ms, double system_ms) {
  Measurement m;
  m.collector = collector;
  m.format = format;
  m.polls = 10;
  m.existing = 1000;
  m.cpu = {user_ms / 100, system_ms / 100};
  m.poll_s = (user_ms + system_ms) / 1000;
  return m;
}

TEST(Medians, AreOfTheRoundsOfEach) {
  const std::vector<Medians> all =
      MediansOf({Round("netlink", "csv", 1, 9), Round("bpf", "csv", 1, 3), Round("netlink", "csv", 2, 10),
                 Round("bpf", "csv", 1, 4), Round("netlink", "csv", 3, 27), Round("bpf", "csv", 1, 5)});
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].collector, "netlink");
  EXPECT_EQ(all[0].rounds, 3u);
  EXPECT_DOUBLE_EQ(all[0].user_us, 2);
  EXPECT_DOUBLE_EQ(all[0].system_us, 10);
  EXPECT_DOUBLE_EQ(all[0].both_us, 12);
  EXPECT_NEAR(all[0].spread, 20.0 / 12, 1e-9);
  EXPECT_DOUBLE_EQ(all[0].poll_ms, 12);
  EXPECT_DOUBLE_EQ(all[0].of_first, 1);
  EXPECT_DOUBLE_EQ(all[1].of_first, 5.0 / 12);
}

TEST(Medians, CompareWithinAFormat) {
  const std::vector<Medians> all =
      MediansOf({Round("netlink", "csv", 0, 8), Round("netlink", "jsonl", 0, 16), Round("bpf", "jsonl", 0, 4)});
  ASSERT_EQ(all.size(), 3u);
  EXPECT_DOUBLE_EQ(all[1].of_first, 1);
  EXPECT_DOUBLE_EQ(all[2].of_first, 0.25);
}

TEST(Medians, RefusedOnesAreLeftOut) {
  Measurement refused = Round("bpf", "csv", 0, 0);
  refused.refused = "no";
  EXPECT_TRUE(MediansOf({refused}).empty());
  EXPECT_EQ(MediansTable({refused, Round("netlink", "csv", 1, 1)}), "") << "nothing to compare with";
}

TEST(Medians, TableComparesRoundsOrCollectors) {
  EXPECT_EQ(MediansTable({}), "");
  EXPECT_THAT(MediansTable({Round("netlink", "csv", 0, 1), Round("netlink", "csv", 0, 3)}),
              HasSubstr(" 2.000   100 %"));
  EXPECT_THAT(MediansTable({Round("netlink", "csv", 0, 4), Round("bpf", "csv", 0, 1)}), HasSubstr(" 0.25 "));
}

}  // namespace
}  // namespace xtcp2::bench
