#include "config/duration.h"

#include <fmt/format.h>

#include <limits>

namespace xtcp2::config {
namespace {

constexpr uint64_t kMost = uint64_t{1} << 63;  // what a negative duration may be

struct Unit {
  std::string_view name;
  uint64_t ns;
};
constexpr Unit kUnits[] = {{"ns", 1},          {"us", 1'000},        {"\u00b5s", 1'000},  // micro sign
                           {"\u03bcs", 1'000},                                            // Greek mu
                           {"ms", 1'000'000},  {"s", 1'000'000'000}, {"m", 60'000'000'000}, {"h", 3'600'000'000'000}};

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Takes leading digits off `text`; false when their value is above kMost.
bool TakeInteger(std::string_view& text, uint64_t& value) {
  value = 0;
  while (!text.empty() && IsDigit(text.front())) {
    if (value > kMost / 10) return false;
    value = value * 10 + static_cast<uint64_t>(text.front() - '0');
    if (value > kMost) return false;
    text.remove_prefix(1);
  }
  return true;
}

// Takes leading digits of a fraction; digits beyond what fits do not count, as in Go.
struct Fraction {
  uint64_t value = 0;
  double scale = 1;
};
Fraction TakeFraction(std::string_view& text) {
  Fraction fraction;
  bool full = false;
  while (!text.empty() && IsDigit(text.front())) {
    const auto digit = static_cast<uint64_t>(text.front() - '0');
    text.remove_prefix(1);
    if (full) continue;
    if (fraction.value > (kMost - 1) / 10 || fraction.value * 10 + digit > kMost) {
      full = true;
      continue;
    }
    fraction.value = fraction.value * 10 + digit;
    fraction.scale *= 10;
  }
  return fraction;
}

// Takes the unit that follows a number: everything up to the next digit or point.
std::string_view TakeUnit(std::string_view& text) {
  size_t end = 0;
  while (end < text.size() && text[end] != '.' && !IsDigit(text[end])) ++end;
  const std::string_view name = text.substr(0, end);
  text.remove_prefix(end);
  return name;
}

const Unit* FindUnit(std::string_view name) {
  for (const Unit& unit : kUnits)
    if (unit.name == name) return &unit;
  return nullptr;
}

// Takes one "1.5h" off `text` and adds it to `total`; "" or what is wrong.
std::string TakeTerm(std::string_view& text, uint64_t& total) {
  if (text.front() != '.' && !IsDigit(text.front())) return "is not a duration";
  uint64_t whole = 0;
  const size_t before = text.size();
  if (!TakeInteger(text, whole)) return "is too long";
  bool digits = text.size() != before;
  Fraction fraction;
  if (!text.empty() && text.front() == '.') {
    text.remove_prefix(1);
    const size_t point = text.size();
    fraction = TakeFraction(text);
    digits = digits || text.size() != point;
  }
  if (!digits) return "is not a duration";
  const std::string_view name = TakeUnit(text);
  if (name.empty()) return "has no unit";
  const Unit* unit = FindUnit(name);
  if (unit == nullptr) return fmt::format("has the unknown unit \"{}\"", name);
  if (whole > kMost / unit->ns) return "is too long";
  uint64_t ns = whole * unit->ns;
  if (fraction.value > 0)
    ns += static_cast<uint64_t>(static_cast<double>(fraction.value) * (static_cast<double>(unit->ns) / fraction.scale));
  if (ns > kMost || total + ns > kMost) return "is too long";
  total += ns;
  return "";
}

std::string FractionDigits(uint64_t value, int width) {
  std::string digits = fmt::format("{:0{}}", value, width);
  while (!digits.empty() && digits.back() == '0') digits.pop_back();
  return digits.empty() ? "" : "." + digits;
}

}  // namespace

std::optional<Duration> ParseDuration(std::string_view text, std::string& problem) {
  bool negative = false;
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) {
    negative = text.front() == '-';
    text.remove_prefix(1);
  }
  if (text == "0") return Duration(0);
  problem = text.empty() ? "is not a duration" : "";
  uint64_t total = 0;
  while (problem.empty() && !text.empty()) problem = TakeTerm(text, total);
  if (problem.empty() && !negative && total > kMost - 1) problem = "is too long";
  if (!problem.empty()) return std::nullopt;
  return Duration(negative ? static_cast<int64_t>(~total + 1) : static_cast<int64_t>(total));
}

std::optional<Duration> ParseProtoDuration(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  if (text.size() < 2 || text.back() != 's' || !IsDigit(text.front())) return std::nullopt;
  text.remove_suffix(1);
  uint64_t seconds = 0;
  if (!TakeInteger(text, seconds) || seconds > kMost / 1'000'000'000 - 1) return std::nullopt;
  uint64_t ns = 0;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    if (text.empty() || text.size() > 9) return std::nullopt;
    const size_t digits = text.size();
    if (!TakeInteger(text, ns)) return std::nullopt;
    for (size_t i = digits; i < 9; ++i) ns *= 10;
  }
  if (!text.empty()) return std::nullopt;
  const auto total = static_cast<int64_t>(seconds * 1'000'000'000 + ns);
  return Duration(negative ? -total : total);
}

std::string DurationText(Duration duration) {
  if (duration.count() == 0) return "0s";
  std::string out = duration.count() < 0 ? "-" : "";
  const auto signed_ns = static_cast<uint64_t>(duration.count());
  const uint64_t ns = duration.count() < 0 ? ~signed_ns + 1 : signed_ns;
  if (ns < 1'000) return out + fmt::format("{}ns", ns);
  if (ns < 1'000'000) return out + fmt::format("{}{}us", ns / 1'000, FractionDigits(ns % 1'000, 3));
  if (ns < 1'000'000'000) return out + fmt::format("{}{}ms", ns / 1'000'000, FractionDigits(ns % 1'000'000, 6));
  const uint64_t seconds = ns / 1'000'000'000;
  if (seconds >= 3600) out += fmt::format("{}h", seconds / 3600);
  if (seconds / 60 % 60 != 0) out += fmt::format("{}m", seconds / 60 % 60);
  const std::string fraction = FractionDigits(ns % 1'000'000'000, 9);
  if (seconds % 60 != 0 || !fraction.empty()) out += fmt::format("{}{}s", seconds % 60, fraction);
  return out;
}

}  // namespace xtcp2::config
