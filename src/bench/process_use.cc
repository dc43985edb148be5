#include "bench/process_use.h"

#include <fmt/format.h>

#include <charconv>
#include <ctime>

#include "base/clock.h"
#include "config/parse.h"

namespace xtcp2::bench {

std::pair<int64_t, int64_t> TicksIn(std::string_view line) {
  std::pair<int64_t, int64_t> out(-1, -1);
  const size_t name_end = line.rfind(')');  // the name may hold anything, blanks and parentheses too
  if (name_end == std::string_view::npos) return out;
  line.remove_prefix(std::min(line.size(), name_end + 2));
  for (int field = 3; !line.empty() && field <= 15; ++field) {
    const std::string_view word = line.substr(0, line.find(' '));
    if (field == 14) std::from_chars(word.data(), word.data() + word.size(), out.first);
    if (field == 15) std::from_chars(word.data(), word.data() + word.size(), out.second);
    line.remove_prefix(std::min(line.size(), word.size() + 1));
  }
  return out;
}

uint64_t NumberIn(std::string_view text, std::string_view key) {
  const std::string begin = fmt::format("\n{}:", key);
  size_t at = text.find(begin);
  if (at == std::string_view::npos) return 0;
  at = text.find_first_not_of(" \t", at + begin.size());
  uint64_t value = 0;
  if (at != std::string_view::npos) std::from_chars(text.data() + at, text.data() + text.size(), value);
  return value;
}

int64_t CpuNsOf(pid_t pid) {
  clockid_t clock;
  timespec time;
  if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &time) != 0) return -1;
  return time.tv_sec * kNsPerSecond + time.tv_nsec;
}

Result<ProcessUse> UseOf(pid_t pid) {
  const Result<std::string> stat = config::ReadWholeFile(fmt::format("/proc/{}/stat", pid));
  const Result<std::string> status = config::ReadWholeFile(fmt::format("/proc/{}/status", pid));
  if (!stat || !status) return tl::unexpected(stat ? status.error() : stat.error());
  ProcessUse use;
  use.cpu_ns = CpuNsOf(pid);
  std::tie(use.user_ticks, use.system_ticks) = TicksIn(*stat);
  use.peak_kib = NumberIn(*status, "VmHWM");
  use.threads = static_cast<unsigned>(NumberIn(*status, "Threads"));
  return use;
}

CpuShare Between(const ProcessUse& before, const ProcessUse& after) {
  const double total_s = static_cast<double>(after.cpu_ns - before.cpu_ns) * 1e-9;
  const auto user = static_cast<double>(after.user_ticks - before.user_ticks);
  const auto system = static_cast<double>(after.system_ticks - before.system_ticks);
  if (user + system <= 0) return {0, total_s};  // less than a tick: what it may be is not known
  return {total_s * user / (user + system), total_s * system / (user + system)};
}

}  // namespace xtcp2::bench
