#include "bench/result.h"

#include <fmt/format.h>

namespace xtcp2::bench {
namespace {

constexpr double kEnoughCpu_s = 2;  // 200 ticks: user and system shares are right to a few percent

}  // namespace

double Measurement::PerSocketUs(double seconds) const {
  const double reads = existing * static_cast<double>(polls);
  return reads == 0 ? 0 : seconds * 1e6 / reads;
}

double Measurement::RowsPerSocket() const {
  const double reads = existing * static_cast<double>(polls);
  return reads == 0 ? 0 : rows / reads;
}

std::string Measurement::Doubt(bool churn) const {
  if (!refused.empty()) return "";
  std::string out;
  const auto add = [&out](const std::string& text) { out += (out.empty() ? "" : "; ") + text; };
  if (partial != 0) add(fmt::format("{} of {} polls were partial", partial, polls));
  if (!churn && RowsPerSocket() != 1)
    add(fmt::format("{:.0f} rows for {:.0f} sockets in {} polls", rows, existing, polls));
  if (cpu.Total() < kEnoughCpu_s)
    add(fmt::format("{:.2f} s of CPU: too few ticks to tell user and system apart", cpu.Total()));
  return out;
}

}  // namespace xtcp2::bench
