#include "serve/prometheus_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>

#include "serve/process_metrics.h"

namespace xtcp2 {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

TEST(PrometheusText, CountersGaugesAndLabels) {
  Metrics metrics;
  metrics.AddCounter("xtcp2_rows_total", "Rows.", {{"format", "csv"}}).Add(12'345'678'901);
  metrics.AddGauge("xtcp2_queue_bytes", "Bytes waiting.", {{"dest", "a\"b\\c\nd"}}).Set(0.25);
  const std::string text = PrometheusText(metrics);
  EXPECT_THAT(text, HasSubstr("# HELP xtcp2_rows_total Rows.\n# TYPE xtcp2_rows_total counter\n"));
  EXPECT_THAT(text, HasSubstr("xtcp2_rows_total{format=\"csv\"} 12345678901\n"));
  EXPECT_THAT(text, HasSubstr("# TYPE xtcp2_queue_bytes gauge\n"));
  EXPECT_THAT(text, HasSubstr("xtcp2_queue_bytes{dest=\"a\\\"b\\\\c\\nd\"} 0.25\n"));
}

TEST(PrometheusText, HistogramBucketsAreCumulative) {
  Metrics metrics;
  Histogram& histogram = metrics.AddHistogram("xtcp2_poll_duration_seconds", "A poll.", {0.5, 1});
  for (const double value : {0.1, 0.5, 0.75, 30.0}) histogram.Observe(value);
  const std::string text = PrometheusText(metrics);
  EXPECT_THAT(text, HasSubstr("# TYPE xtcp2_poll_duration_seconds histogram\n"));
  EXPECT_THAT(text, HasSubstr("xtcp2_poll_duration_seconds_bucket{le=\"0.5\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("xtcp2_poll_duration_seconds_bucket{le=\"1\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("xtcp2_poll_duration_seconds_bucket{le=\"+Inf\"} 4\n"));
  EXPECT_THAT(text, HasSubstr("xtcp2_poll_duration_seconds_count 4\n"));
  EXPECT_THAT(text, HasSubstr("xtcp2_poll_duration_seconds_sum 31.35"));
}

TEST(PrometheusText, GaugeNamedTotalIsShownAsCounter) {
  Metrics metrics;
  metrics.AddGauge("process_cpu_seconds_total", "CPU time.").Set(1.5);
  const std::string text = PrometheusText(metrics);
  EXPECT_THAT(text, HasSubstr("# TYPE process_cpu_seconds_total counter\nprocess_cpu_seconds_total 1.5\n"));
}

TEST(PrometheusText, HooksRunBeforeTheText) {
  Metrics metrics;
  Gauge& gauge = metrics.AddGauge("xtcp2_depth", "Depth.");
  metrics.OnScrape([&] { gauge.Set(gauge.Value() + 1); });
  EXPECT_THAT(PrometheusText(metrics), HasSubstr("xtcp2_depth 1\n"));
  EXPECT_THAT(PrometheusText(metrics), HasSubstr("xtcp2_depth 2\n"));
}

TEST(MetricsLint, OwnMetricsAreClean) {
  Metrics metrics;
  RegisterProcessMetrics({"1.2", "abc", "today", "6.1"}, metrics);
  metrics.AddHistogram("xtcp2_poll_duration_seconds", "A poll.", DurationBounds(), {{"phase", "dump"}});
  EXPECT_THAT(LintMetrics(metrics), IsEmpty());
}

TEST(MetricsLint, EveryBreachIsFound) {
  struct Wrong {
    const char* name;
    MetricType type;
    const char* help;
    Labels labels;
    const char* breach;
  };
  for (const Wrong& wrong : {
           Wrong{"other_total", MetricType::kCounter, "h", {}, "prefix"},
           Wrong{"xtcp2_Rows_total", MetricType::kCounter, "h", {}, "small letters"},
           Wrong{"xtcp2__rows_total", MetricType::kCounter, "h", {}, "underscore"},
           Wrong{"xtcp2_rows", MetricType::kCounter, "h", {}, "ends in _total"},
           Wrong{"xtcp2_poll_total", MetricType::kHistogram, "h", {}, "histogram"},
           Wrong{"xtcp2_poll_ms", MetricType::kGauge, "h", {}, "base unit"},
           Wrong{"xtcp2_row_count", MetricType::kGauge, "h", {}, "_count"},
           Wrong{"xtcp2_row_gauge", MetricType::kGauge, "h", {}, "is a type"},
           Wrong{"xtcp2_rows", MetricType::kGauge, "", {}, "no help"},
           Wrong{"xtcp2_rows", MetricType::kGauge, "a\nb", {}, "line end"},
           Wrong{"xtcp2_rows", MetricType::kGauge, "h", {{"a-b", "x"}}, "label name"},
           Wrong{"xtcp2_rows", MetricType::kGauge, "h", {{"a", "x"}, {"a", "y"}}, "stands twice"},
           Wrong{"xtcp2_wait_seconds", MetricType::kHistogram, "h", {{"le", "1"}}, "own"},
       }) {
    SCOPED_TRACE(wrong.breach);
    Metrics metrics;
    if (wrong.type == MetricType::kCounter) metrics.AddCounter(wrong.name, wrong.help, wrong.labels);
    if (wrong.type == MetricType::kGauge) metrics.AddGauge(wrong.name, wrong.help, wrong.labels);
    if (wrong.type == MetricType::kHistogram) metrics.AddHistogram(wrong.name, wrong.help, {1}, wrong.labels);
    EXPECT_THAT(LintMetrics(metrics), ElementsAre(HasSubstr(wrong.breach)));
  }
}

TEST(MetricsLint, OneSeriesWithItsLabelsInAnotherOrder) {
  Metrics metrics;
  metrics.AddGauge("xtcp2_rows", "h", {{"a", "1"}, {"b", "2"}});
  metrics.AddGauge("xtcp2_rows", "h", {{"b", "2"}, {"a", "1"}});
  EXPECT_THAT(LintMetrics(metrics), ElementsAre(HasSubstr("twice")));
}

// The reference's opinion, where Debian's package "prometheus" is installed.
TEST(PrometheusText, PromtoolFindsNothing) {
  if (std::system("promtool --version >/dev/null 2>&1") != 0) GTEST_SKIP() << "promtool is not installed";
  Metrics metrics;
  RegisterProcessMetrics({"1.2", "abc", "today", "6.1"}, metrics);
  metrics.AddCounter("xtcp2_rows_total", "Rows.", {{"format", "csv"}}).Add(3);
  metrics.AddHistogram("xtcp2_poll_duration_seconds", "A poll.", DurationBounds()).Observe(1);
  FILE* tool = ::popen("promtool check metrics", "w");
  ASSERT_NE(tool, nullptr);
  const std::string text = PrometheusText(metrics);
  std::fwrite(text.data(), 1, text.size(), tool);
  EXPECT_EQ(::pclose(tool), 0);
}

}  // namespace
}  // namespace xtcp2
