// The log: one line on standard error per thing worth an operator's attention, and Event, which logs and counts in one
// place so that a metric cannot be forgotten. Thread-safe; a line is one write. Never used per socket.
#pragma once

#include <fmt/format.h>

#include <atomic>
#include <string>
#include <string_view>

#include "base/metrics.h"

namespace xtcp2 {

enum class LogLevel { kError, kWarning, kInfo, kDebug, kTrace };

// Sets the level from the -d value: 1 to 10 errors and warnings, to 111 information, to 999 debug, from 1000 trace.
void SetLogVerbosity(unsigned d);
bool LogEnabled(LogLevel level);
// Writes "2026-11-24T13:15:00.123Z level text\n", at most 4,096 bytes of it, in one write(2); control characters are
// escaped. Never waits: a line that standard error does not take at once is lost and counted
// (xtcp2_log_lines_lost_total).
void WriteLog(LogLevel level, std::string_view text);

template <class... Args>
void Log(LogLevel level, fmt::format_string<Args...> format, Args&&... args) {
  if (LogEnabled(level)) WriteLog(level, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void LogError(fmt::format_string<Args...> format, Args&&... args) {
  Log(LogLevel::kError, format, std::forward<Args>(args)...);
}
template <class... Args>
void LogWarning(fmt::format_string<Args...> format, Args&&... args) {
  Log(LogLevel::kWarning, format, std::forward<Args>(args)...);
}
template <class... Args>
void LogInfo(fmt::format_string<Args...> format, Args&&... args) {
  Log(LogLevel::kInfo, format, std::forward<Args>(args)...);
}
template <class... Args>
void LogDebug(fmt::format_string<Args...> format, Args&&... args) {
  Log(LogLevel::kDebug, format, std::forward<Args>(args)...);
}

// One kind of thing that can happen: counts every time, and logs at most once per `quiet_seconds` with how many were
// held back.
class Event {
 public:
  Event(LogLevel level, std::string_view metric, std::string_view help, Labels labels = {}, int quiet_seconds = 60);

  template <class... Args>
  void Happened(fmt::format_string<Args...> format, Args&&... args) {
    counter_.Add();
    if (const uint64_t held = MayLog(); held != kHeld) Say(fmt::format(format, std::forward<Args>(args)...), held);
  }
  // Counts without a line.
  void Count(uint64_t n = 1) { counter_.Add(n); }
  uint64_t Value() const { return counter_.Value(); }

 private:
  static constexpr uint64_t kHeld = ~uint64_t{0};
  // How many were held back since the last line, or kHeld when it is too early for another.
  uint64_t MayLog();
  void Say(const std::string& text, uint64_t held);

  LogLevel level_;
  Counter& counter_;
  int64_t quiet_ns_;
  std::atomic<int64_t> next_ns_{0};
  std::atomic<uint64_t> held_{0};
};

}  // namespace xtcp2
