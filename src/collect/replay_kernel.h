// Kernel releases as captures and people write them, as far as decoding depends on them. Pure functions.
#pragma once

#include <string_view>

#include "base/result.h"
#include "decode/locate.h"

namespace xtcp2::collect {

struct KernelRelease {
  unsigned major = 0, minor = 0;
};

// "6.18", "7.0" or more of a release ("6.18.44-cloud-amd64"). Anything else is an error that says what is expected.
Result<KernelRelease> ParseKernelRelease(std::string_view text);

// Which of two meanings the last word of a 280-byte tcp_info has in that kernel (abi/inet_diag.h); older kernels do not
// have the word.
decode::AccEcnLayout AccEcnLayoutOf(const KernelRelease& kernel);

// For captures that do not say what kernel they are of: the layout of the long-term kernel.
inline constexpr decode::AccEcnLayout kDefaultAccEcnLayout = decode::AccEcnLayout::k6_18;

}  // namespace xtcp2::collect
