#include "serve/process_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/clock.h"
#include "serve/prometheus_text.h"

namespace xtcp2 {
namespace {

using testing::HasSubstr;

double ValueOf(Metrics& metrics, std::string_view name) {
  double value = -1;
  metrics.Visit([&](const Family& family) {
    if (family.name == name) value = family.series.front().gauge->Value();
  });
  return value;
}

void WriteFile(const std::filesystem::path& path, const std::string& text) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path) << text;
}

class FakeProc : public testing::Test {
 protected:
  FakeProc() : root_(std::filesystem::path(testing::TempDir()) / ("proc" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(root_ / "self/fd");
  }
  ~FakeProc() override { std::filesystem::remove_all(root_); }
  const std::filesystem::path root_;
};

TEST_F(FakeProc, EveryValueComesFromItsPlace) {
  // A name with blanks and parentheses, as prctl(PR_SET_NAME) allows.
  WriteFile(
      root_ / "self/stat",
      "42 (a) b (c) S 1 42 42 0 -1 4194304 99 0 0 0 250 150 7 8 20 0 11 0 5000 81920000 300 18446744073709551615\n");
  WriteFile(root_ / "self/limits",
            "Limit                     Soft Limit           Hard Limit           Units     \n"
            "Max open files            1024                 524288               files     \n");
  WriteFile(root_ / "stat", "cpu  1 2 3\nbtime 1700000000\nprocesses 9\n");
  for (const char* fd : {"0", "1", "2", "7"}) WriteFile(root_ / "self/fd" / fd, "");
  const double ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  Metrics metrics;
  RegisterProcessMetrics({"1.2", "abc", "today", "6.1.0"}, metrics, root_);
  EXPECT_DOUBLE_EQ(ValueOf(metrics, "process_cpu_seconds_total"), 400 / ticks);
  EXPECT_DOUBLE_EQ(ValueOf(metrics, "process_threads"), 11);
  EXPECT_DOUBLE_EQ(ValueOf(metrics, "process_start_time_seconds"), 1'700'000'000 + 5000 / ticks);
  EXPECT_DOUBLE_EQ(ValueOf(metrics, "process_virtual_memory_bytes"), 81'920'000);
  EXPECT_DOUBLE_EQ(ValueOf(metrics, "process_resident_memory_bytes"),
                   300.0 * static_cast<double>(::sysconf(_SC_PAGESIZE)));
  EXPECT_DOUBLE_EQ(ValueOf(metrics, "process_open_fds"), 4);
  EXPECT_DOUBLE_EQ(ValueOf(metrics, "process_max_fds"), 1024);
  EXPECT_THAT(PrometheusText(metrics),
              HasSubstr("xtcp2_build_info{version=\"1.2\",commit=\"abc\",date=\"today\",kernel=\"6.1.0\"} 1\n"));
}

TEST_F(FakeProc, ValuesFollowAtEachScrape) {
  WriteFile(root_ / "self/fd/0", "");
  Metrics metrics;
  RegisterProcessMetrics({}, metrics, root_);
  EXPECT_EQ(ValueOf(metrics, "process_open_fds"), 1);
  WriteFile(root_ / "self/fd/1", "");
  EXPECT_EQ(ValueOf(metrics, "process_open_fds"), 2);
}

TEST_F(FakeProc, RubbishLimitsNothingAndKillsNothing) {
  for (const char* stat : {"", "42 (x) S 1", "42 x S 1 2 3", ") ) )"}) {
    WriteFile(root_ / "self/stat", stat);
    Metrics metrics;
    RegisterProcessMetrics({}, metrics, root_);
    EXPECT_EQ(ValueOf(metrics, "process_threads"), 0);
  }
}

TEST(ProcessMetrics, TheRealOnesArePlausible) {
  Metrics metrics;
  RegisterProcessMetrics({}, metrics);
  EXPECT_GE(ValueOf(metrics, "process_threads"), 1);
  EXPECT_GE(ValueOf(metrics, "process_open_fds"), 3);
  EXPECT_GT(ValueOf(metrics, "process_resident_memory_bytes"), 100'000);
  const double now_s = static_cast<double>(RealtimeNs()) / kNsPerSecond;
  EXPECT_NEAR(ValueOf(metrics, "process_start_time_seconds"), now_s, 600);
}

}  // namespace
}  // namespace xtcp2
