#include "base/log.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <mutex>

#include "base/clock.h"

namespace xtcp2 {
namespace {

std::atomic<int> max_level{static_cast<int>(LogLevel::kInfo)};

constexpr std::string_view kNames[] = {"error", "warning", "info", "debug", "trace"};

std::string Stamp() {
  const int64_t now = RealtimeNs();
  const time_t seconds = now / kNsPerSecond;
  tm utc;
  gmtime_r(&seconds, &utc);
  char text[32];
  const size_t length = strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
  return fmt::format("{}.{:03}Z", std::string_view(text, length), now % kNsPerSecond / kNsPerMs);
}

// Names of namespaces and interfaces come from strangers: nothing they contain may start a line of its own or move a
// terminal's cursor.
void AppendEscaped(std::string& out, std::string_view text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte != 0x7f)
      out += c;
    else
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", byte);
  }
}

}  // namespace

void SetLogVerbosity(unsigned d) {
  const LogLevel level = d <= 10    ? LogLevel::kWarning
                         : d <= 111 ? LogLevel::kInfo
                         : d <= 999 ? LogLevel::kDebug
                                    : LogLevel::kTrace;
  max_level.store(static_cast<int>(level), std::memory_order_relaxed);
}

bool LogEnabled(LogLevel level) { return static_cast<int>(level) <= max_level.load(std::memory_order_relaxed); }

void WriteLog(LogLevel level, std::string_view text) {
  constexpr size_t kLongest = 4096;  // PIPE_BUF: what a pipe that is ready takes without waiting
  std::string line = fmt::format("{} {} ", Stamp(), kNames[static_cast<int>(level)]);
  AppendEscaped(line, text);
  line.resize(std::min(line.size(), kLongest - 1));
  line += '\n';
  static std::mutex one_at_a_time;  // so that what was ready still is when the line is written
  std::lock_guard lock(one_at_a_time);
  pollfd place{STDERR_FILENO, POLLOUT, 0};
  if (::poll(&place, 1, 0) == 1 && (place.revents & POLLOUT) &&
      ::write(STDERR_FILENO, line.data(), line.size()) == static_cast<ssize_t>(line.size()))
    return;
  static Counter& lost = Metrics::Global().AddCounter("xtcp2_log_lines_lost_total",
                                                      "Lines of the log that standard error did not take at once.");
  lost.Add();
}

Event::Event(LogLevel level, std::string_view metric, std::string_view help, Labels labels, int quiet_seconds)
    : level_(level),
      counter_(Metrics::Global().AddCounter(metric, help, std::move(labels))),
      quiet_ns_(quiet_seconds * kNsPerSecond) {}

uint64_t Event::MayLog() {
  if (!LogEnabled(level_)) return kHeld;
  const int64_t now = MonotonicNs();
  int64_t next = next_ns_.load(std::memory_order_relaxed);
  if (now < next || !next_ns_.compare_exchange_strong(next, now + quiet_ns_, std::memory_order_relaxed)) {
    held_.fetch_add(1, std::memory_order_relaxed);
    return kHeld;
  }
  return held_.exchange(0, std::memory_order_relaxed);
}

void Event::Say(const std::string& text, uint64_t held) {
  WriteLog(level_, held == 0 ? text : fmt::format("{} (and {} more like it since the last line)", text, held));
}

}  // namespace xtcp2
