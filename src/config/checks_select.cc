// Checks of values that choose sockets, namespaces and processors.
#include <fmt/format.h>

#include <charconv>

#include "config/checks.h"
#include "config/cpu_list.h"
#include "filter/filter.h"
#include "filter/netns_pattern.h"
#include "filter/sampler.h"

namespace xtcp2::config {

std::string FilterProblem(std::string_view text) {
  const auto filter = filter::Filter::Parse(text);
  return filter ? "" : "is no filter: " + filter.error().Text();
}

std::string NetnsPatternProblem(std::string_view text) {
  const auto pattern = filter::NetnsPattern::Parse(std::string(text));
  return pattern ? "" : pattern.error().Text();
}

std::string SampleProblem(std::string_view text) { return filter::ParseSampleRate(text) ? "" : "is no sampling rate"; }

std::string CpuListProblem(std::string_view text) {
  const auto cpus = ParseCpuList(text);
  return cpus ? "" : cpus.error().what;
}

std::string NiceProblem(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return "is no number";
  return value < -20 || value > 19 ? "is out of range" : "";
}

}  // namespace xtcp2::config
