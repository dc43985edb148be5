// Facts about the running kernel that the bytes of an answer do not tell.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "decode/locate.h"

namespace xtcp2::daemon {

// The layout of tcp_info's last word: by the kernel's own BTF (does struct tcp_info have tcpi_ecn_mode?), by the
// release where there is no BTF. Reads a few megabytes: once, at start.
decode::AccEcnLayout LiveAccEcnLayout();

// The first 64 bits of the boot id, as a number; 0 where it cannot be read.
uint64_t BootId(const std::string& proc_root = "/proc");

// uname -r.
std::string KernelRelease();

}  // namespace xtcp2::daemon
