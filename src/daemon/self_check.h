// The check of the walk in BPF before it is used: sockets of our own, in as many states as can be made on loopback, are
// read by the walk and by netlink, and every field must agree (collect/agree.h). Needs no capability; with
// CAP_NET_ADMIN netlink tells marks and class ids, which are compared then, too.
#pragma once

#include <bitset>

#include "base/result.h"
#include "bpf/walker.h"

namespace xtcp2::daemon {

struct SelfChecked {
  size_t sockets = 0;       // that were compared
  std::bitset<16> states;   // in which they were, by the kernel's numbers
  std::bitset<2> families;  // IPv4, IPv6
};

// In the namespace of the calling thread, as walker 0 of a program that was loaded with `options`, of which it compares
// what they ask for. Takes tens of milliseconds, and on hosts with very many sockets at most about half a second: what
// the walk has not come to by then is not compared. An error with code bpf::kLayoutDiffers names what is wrong; any
// other says that the walk or netlink failed. Where there is no netlink to ask, or no loopback, nothing is compared.
Result<SelfChecked> CheckWalk(bpf::WalkProgram& program, const bpf::WalkOptions& options);

}  // namespace xtcp2::daemon
