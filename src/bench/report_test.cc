#include "bench/report.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "bench/contest.h"

namespace xtcp2::bench {
namespace {

using testing::HasSubstr;
using testing::Not;

Measurement Measured() {
  Measurement m;
  m.collector = "netlink";
  m.format = "jsonl";
  m.polls = 10;
  m.cpu = {1.5, 6};
  m.poll_s = 0.0625;
  m.existing = 1000;
  m.rows = 10'000;
  m.bytes = 2'500'000;
  m.peak_kib = 40 * 1024;
  m.threads = 6;
  return m;
}

TEST(Measurement, IsPerSocketAndPoll) {
  const Measurement m = Measured();
  EXPECT_DOUBLE_EQ(m.PerSocketUs(m.cpu.user_s), 150);
  EXPECT_DOUBLE_EQ(m.PerSocketUs(m.cpu.system_s), 600);
  EXPECT_EQ(m.RowsPerSocket(), 1);
  EXPECT_EQ(Measurement{}.RowsPerSocket(), 0) << "of nothing";
}

TEST(Measurement, DoubtIsRaisedByWhatIsWrong) {
  Measurement m = Measured();
  EXPECT_EQ(m.Doubt(false), "");
  m.rows -= 1;
  EXPECT_THAT(m.Doubt(false), HasSubstr("9999 rows for 1000 sockets in 10 polls"));
  EXPECT_EQ(m.Doubt(true), "") << "under churn the number of sockets is not known so well";
  m.partial = 2;
  EXPECT_THAT(m.Doubt(true), HasSubstr("2 of 10 polls"));
  m.cpu = {0.01, 0.02};
  EXPECT_THAT(m.Doubt(true), HasSubstr("too few ticks"));
}

TEST(Report, LinesStandBelowTheirHeading) {
  Measurement m = Measured();
  const std::string heading = Heading(), line = Line(m, false);
  EXPECT_EQ(heading.find('\n') + 1, line.size());
  EXPECT_EQ(heading.size(), 2 * line.size());
  EXPECT_THAT(line, testing::AllOf(HasSubstr("150.000"), HasSubstr("600.000"), HasSubstr("62.50"), HasSubstr(" 250.0 "),
                                   HasSubstr(" - ")));
  m.allocations = 25;
  EXPECT_THAT(Line(m, false), HasSubstr(" 2.5 "));
  m.partial = 1;
  EXPECT_THAT(Line(m, false), HasSubstr("! 1 of 10 polls were partial"));
}

TEST(Report, ARefusedCollectorIsNamed) {
  Measurement m;
  m.collector = "io_uring";
  m.refused = "the kernel says no";
  EXPECT_THAT(Line(m, false), testing::AllOf(HasSubstr("io_uring"), HasSubstr("not available: the kernel says no")));
}

TEST(Report, EffectIsWithAgainstWithout) {
  Measurement m = Measured();
  EXPECT_EQ(EffectTable({m}), "");
  m.effect = {{{100, 10, 20}, {100, 11, 22}, {100, 10, 20}}, {{100, 15, 40}, {100, 15, 60}, {100, 12, 50}}, 0.67};
  EXPECT_THAT(EffectTable({m}),
              testing::AllOf(HasSubstr("+50 %, none against none 10 %"), HasSubstr("+150 %, none against none 10 %"),
                             HasSubstr("0.67 processors")));
}

TEST(Report, ContestIsTheRatioOfMedians) {
  const auto run = [](double wall, double user) { return ProgramRun{wall, {user, 1}, 2048, 1000}; };
  const Contest contest{
      "ss > x", 2, 500, "jsonl", {run(1, 1), run(2, 1), run(9, 1)}, {run(4, 3), run(6, 3), run(5, 3)}};
  const std::string text = ContestTable(contest);
  EXPECT_THAT(text, testing::AllOf(HasSubstr("ss > x"), HasSubstr("1000.000"), HasSubstr("3.00"), HasSubstr("2.50")));
}

TEST(Report, JsonIsRead) {
  BenchOptions options = ParseOptions({"-families", "both", "--", "-label", "a\"b"}).options;
  Measurement m = Measured(), refused;
  m.effect = {{{1, 2, 3}}, {{4, 5, 6}}, 0.5};
  refused.collector = "io_uring";
  refused.refused = "no\n";
  const Contest contest{"x {out}", 1, 10, "jsonl", {ProgramRun{}}, {ProgramRun{}}};
  const auto json = nlohmann::json::parse(Json({"0.1", "6.18", 2, 1000, 1, 0.5}, options, {m, refused}, &contest));
  EXPECT_EQ(json["load"]["families"], (std::vector<std::string>{"4", "6"}));
  EXPECT_EQ(json["daemon_flags"][1], "a\"b");
  EXPECT_EQ(json["rows"][0]["rows_per_socket"], 1);
  EXPECT_EQ(json["rows"][0]["user_us_per_socket"], 150);
  EXPECT_TRUE(json["rows"][0]["allocations_per_poll"].is_null());
  EXPECT_EQ(json["rows"][0]["effect"]["with"][0]["p99_us"], 6);
  EXPECT_EQ(json["rows"][1]["not_available"], "no\n");
  ASSERT_EQ(json["medians"].size(), 1u);
  EXPECT_EQ(json["medians"][0]["us_per_socket"], 750);
  EXPECT_EQ(json["against"]["command"], "x {out}");
}

TEST(Contest, EveryPlaceIsReplaced) {
  EXPECT_EQ(WithOutput("a {out} > {out}", "/x"), "a /x > /x");
  EXPECT_EQ(WithOutput("a", "/x"), "a");
  EXPECT_EQ(WithOutput("{out}", "{out}"), "{out}") << "and once only";
}

}  // namespace
}  // namespace xtcp2::bench
