// Cookies of sockets that no process of our pid namespace has open: the walk in BPF only reads them, and a socket gets
// its cookie when it is first asked for. Being dumped by netlink gives it one.
#pragma once

#include <cstdint>

#include "bpf/walker.h"
#include "daemon/netns_scan.h"

namespace xtcp2::daemon {

struct CookiesGiven {
  size_t without = 0;     // sockets that had none, half-open connections aside: those live for moments
  size_t dumped = 0;      // namespaces of theirs
  size_t not_dumped = 0;  // those that could not be found or entered, or for which there was no time
};

// Once, at start. Dumps, and throws away, each namespace in which the walk finds such sockets. Begins no dump behind
// `deadline_ns` (monotonic): each walks the whole host's table. Looks for namespaces only where there are such sockets,
// and enters them on the calling thread. An error: the walk failed.
Result<CookiesGiven> GiveCookies(bpf::WalkProgram& walk, const NetnsScanner& scanner, int64_t deadline_ns);

}  // namespace xtcp2::daemon
