#include "collect/replay_kernel.h"

#include <fmt/format.h>

#include <charconv>

namespace xtcp2::collect {

Result<KernelRelease> ParseKernelRelease(std::string_view text) {
  KernelRelease kernel;
  const char* const begin = text.data();
  const char* const end = begin + text.size();
  const auto major = std::from_chars(begin, end, kernel.major);
  if (major.ec == std::errc() && major.ptr != end && *major.ptr == '.') {
    const auto minor = std::from_chars(major.ptr + 1, end, kernel.minor);
    const bool ends = minor.ptr == end || *minor.ptr == '.' || *minor.ptr == '-' || *minor.ptr == '+';
    if (minor.ec == std::errc() && ends) return kernel;
  }
  return Fail(fmt::format("\"{}\" is no kernel release: MAJOR.MINOR is expected, as in 6.18 or 7.0", text));
}

decode::AccEcnLayout AccEcnLayoutOf(const KernelRelease& kernel) {
  return kernel.major >= 7 ? decode::AccEcnLayout::k7_0 : decode::AccEcnLayout::k6_18;
}

}  // namespace xtcp2::collect
