#include "serve/process_metrics.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <vector>

namespace xtcp2 {

namespace {

struct Gauges {
  Gauge &start, &resident, &virtual_size, &fds, &max_fds, &threads, &cpu;
};

Gauges AddGauges(Metrics& metrics) {
  return {
      metrics.AddGauge("process_start_time_seconds", "When the process started, in seconds since 1970."),
      metrics.AddGauge("process_resident_memory_bytes", "Memory of the process that is in RAM."),
      metrics.AddGauge("process_virtual_memory_bytes", "Address space of the process."),
      metrics.AddGauge("process_open_fds", "Open file descriptors."),
      metrics.AddGauge("process_max_fds", "How many file descriptors the process may open (soft limit)."),
      metrics.AddGauge("process_threads", "Threads of the process."),
      metrics.AddGauge("process_cpu_seconds_total", "User and system CPU time of all threads."),
  };
}

std::string ReadAll(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The fields of /proc/self/stat from the third on (fields[0] is the state); the second, the name, may hold blanks and
// parentheses.
std::vector<std::string> StatFields(const std::string& proc) {
  const std::string text = ReadAll(proc + "/self/stat");
  const size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) return {};
  std::istringstream in(text.substr(name_end + 1));
  return {std::istream_iterator<std::string>(in), {}};
}

// The number behind `key` at the start of a line.
std::optional<double> NumberAfter(const std::string& text, const std::string& key) {
  const size_t at = text.starts_with(key) ? 0 : text.find("\n" + key);
  if (at == std::string::npos) return std::nullopt;
  std::istringstream in(text.substr(text.find(key, at) + key.size()));
  double value = 0;
  return in >> value ? std::optional(value) : std::nullopt;
}

std::optional<double> CountEntries(const std::string& folder) {
  std::error_code error;
  std::filesystem::directory_iterator at(folder, error), end;
  if (error) return std::nullopt;
  double count = 0;
  for (; at != end && !error; at.increment(error)) ++count;
  return count;
}

void Refresh(const Gauges& gauges, const std::string& proc) {
  // proc_pid_stat(5): utime 14, stime 15, num_threads 20, starttime 22, vsize 23, rss 24.
  const std::vector<std::string> stat = StatFields(proc);
  const auto field = [&](size_t number) { return std::strtod(stat[number - 3].c_str(), nullptr); };
  const double ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  if (stat.size() > 24 - 3) {
    gauges.cpu.Set((field(14) + field(15)) / ticks);
    gauges.threads.Set(field(20));
    gauges.virtual_size.Set(field(23));
    gauges.resident.Set(field(24) * static_cast<double>(::sysconf(_SC_PAGESIZE)));
    if (const auto boot = NumberAfter(ReadAll(proc + "/stat"), "btime ")) gauges.start.Set(*boot + field(22) / ticks);
  }
  if (const auto count = CountEntries(proc + "/self/fd")) gauges.fds.Set(*count);
  if (const auto limit = NumberAfter(ReadAll(proc + "/self/limits"), "Max open files")) gauges.max_fds.Set(*limit);
}

}  // namespace

void RegisterProcessMetrics(const BuildInfo& build, Metrics& metrics, std::string proc) {
  metrics
      .AddGauge("xtcp2_build_info", "What is running: always 1, the facts are in the labels.",
                {{"version", build.version}, {"commit", build.commit}, {"date", build.date}, {"kernel", build.kernel}})
      .Set(1);
  metrics.OnScrape([gauges = AddGauges(metrics), proc = std::move(proc)] { Refresh(gauges, proc); });
}

}  // namespace xtcp2
