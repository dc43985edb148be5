#include "bench/samples.h"

#include <gtest/gtest.h>

namespace xtcp2::bench {
namespace {

constexpr std::string_view kText =
    "# HELP xtcp2_polls_total Polls.\n# TYPE xtcp2_polls_total counter\n"
    "xtcp2_polls_total{result=\"complete\"} 7\nxtcp2_polls_total{result=\"partial\"} 2\n"
    "xtcp2_rows_total 1.2e+06\nphase_sum{phase=\"serve\",x=\"a b\"} 0.25\nxtcp2_rows_total_more 9\n";

TEST(Samples, SumsTheSeriesOfAName) {
  const Samples samples = Samples::Parse(kText);
  EXPECT_EQ(samples.Sum("xtcp2_polls_total"), 9);
  EXPECT_EQ(samples.Sum("xtcp2_polls_total", "result=\"partial\""), 2);
  EXPECT_EQ(samples.Sum("xtcp2_rows_total"), 1'200'000);
  EXPECT_EQ(samples.Sum("phase_sum", "phase=\"serve\""), 0.25);
}

TEST(Samples, WhatIsNotThereIsNoZero) {
  const Samples samples = Samples::Parse(kText);
  EXPECT_EQ(samples.Sum("xtcp2_allocations_total"), std::nullopt);
  EXPECT_EQ(samples.Sum("xtcp2_polls_total", "result=\"cut\""), std::nullopt);
  EXPECT_EQ(samples.SumOr0("xtcp2_allocations_total"), 0);
  EXPECT_EQ(Samples::Parse("").Sum("x"), std::nullopt);
  EXPECT_EQ(Samples::Parse("no_value\n\n#").Sum("no_value"), std::nullopt);
}

TEST(Scrape, NobodyThereIsAnError) {
  const auto samples = Scrape(1);
  ASSERT_FALSE(samples);
  EXPECT_NE(samples.error().Text().find("metrics"), std::string::npos);
}

}  // namespace
}  // namespace xtcp2::bench
