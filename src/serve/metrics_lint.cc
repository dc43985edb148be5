#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <span>

#include "serve/prometheus_text.h"

namespace xtcp2 {

namespace {

// Word for word between underscores: what should have been a base unit, or says what the type says already (the rules
// of "promtool check metrics").
constexpr std::string_view kWrongUnits[] = {
    "ns",           "us",      "ms",    "s",    "sec", "secs", "msec",    "nanoseconds", "microseconds",
    "milliseconds", "minutes", "hours", "days", "m",   "h",    "d",       "b",           "kb",
    "kib",          "mb",      "mib",   "gb",   "tb",  "bits", "percent", "kilobytes",   "megabytes"};
constexpr std::string_view kTypes[] = {"counter", "gauge", "histogram", "summary"};

bool Contains(std::span<const std::string_view> list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

bool IsName(std::string_view name) {
  return !name.empty() && name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string_view::npos &&
         (name[0] < '0' || name[0] > '9');
}

std::vector<std::string_view> Words(std::string_view name) {
  std::vector<std::string_view> words;
  for (size_t at = 0; at <= name.size();) {
    const size_t end = std::min(name.find('_', at), name.size());
    words.push_back(name.substr(at, end - at));
    at = end + 1;
  }
  return words;
}

class Linter {
 public:
  void Check(const Family& family) {
    CheckName(family);
    CheckHelp(family);
    CheckSuffix(family);
    std::set<Labels> seen;
    for (const Series& series : family.series) CheckLabels(family, series, seen);
  }
  std::vector<std::string> breaches;

 private:
  void Breach(const Family& family, std::string_view what) {
    breaches.push_back(fmt::format("{}: {}", family.name, what));
  }

  void CheckName(const Family& family) {
    if (!IsName(family.name)) Breach(family, "a name holds small letters, digits and underscores only");
    if (!family.name.starts_with("xtcp2_") && !family.name.starts_with("process_"))
      Breach(family, "the prefix is neither xtcp2_ nor process_");
    for (const std::string_view word : Words(family.name))
      if (word.empty())
        Breach(family, "an underscore too many");
      else if (Contains(kWrongUnits, word))
        Breach(family, fmt::format("\"{}\" is not a base unit; use seconds, bytes or ratio", word));
      else if (Contains(kTypes, word))
        Breach(family, fmt::format("\"{}\" is a type and not part of a name", word));
  }
  void CheckHelp(const Family& family) {
    if (family.help.empty()) Breach(family, "no help text");
    if (family.help.find_first_of("\n\\") != std::string::npos)
      Breach(family, "the help text holds a line end or a backslash");
  }
  void CheckSuffix(const Family& family) {
    const std::string_view name = family.name;
    if (family.type == MetricType::kCounter && !name.ends_with("_total")) Breach(family, "a counter ends in _total");
    if (family.type == MetricType::kHistogram && name.ends_with("_total"))
      Breach(family, "a histogram does not end in _total");
    for (const std::string_view suffix : {"_count", "_sum", "_bucket"})
      if (name.ends_with(suffix)) Breach(family, fmt::format("{} is what histograms add themselves", suffix));
  }
  void CheckLabels(const Family& family, const Series& series, std::set<Labels>& seen) {
    Labels sorted = series.labels;
    std::sort(sorted.begin(), sorted.end());
    for (size_t i = 0; i < sorted.size(); ++i) {
      const std::string& label = sorted[i].first;
      if (!IsName(label) || label.starts_with("__")) Breach(family, fmt::format("\"{}\" is no label name", label));
      if (label == "le" && family.type == MetricType::kHistogram)
        Breach(family, "the label \"le\" is the histogram's own");
      if (i > 0 && sorted[i - 1].first == label) Breach(family, fmt::format("the label \"{}\" stands twice", label));
    }
    if (!seen.insert(sorted).second) Breach(family, "one series is registered twice, with its labels in another order");
  }
};

}  // namespace

std::vector<std::string> LintMetrics(Metrics& metrics) {
  Linter linter;
  metrics.Visit([&](const Family& family) { linter.Check(family); });
  return std::move(linter.breaches);
}

}  // namespace xtcp2
