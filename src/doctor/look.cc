#include <sys/syscall.h>

#include "collect/dump_ring.h"
#include "daemon/kernel_layout.h"
#include "doctor/facts.h"

namespace xtcp2::doctor {

// A small ring without buffers: the kernel looks at settings, flags and features before memory.
Refusal LookAtRing() {
  if (bpf::TrySystemCall(SYS_io_uring_setup) == bpf::kKilled)
    return Error{"a seccomp filter ends a process that calls io_uring_setup: allow it (SystemCallFilter= of the unit)"};
  const auto ring = uring::Ring::Make({.operations = 4, .completion_batch = 4, .buffers = {}});
  return ring ? Refusal{} : ring.error();
}

Facts Look(const Places& places) {
  // First what trying the rest may change: a ring raises the limit of locked memory.
  const LimitFacts limits = LookAtLimits(places);
  Facts facts{.kernel = daemon::KernelRelease(), .bpf = LookAtBpf(places)};
  facts.limits = limits;
  facts.held = EffectiveCapabilities();
  facts.namespaces = LookAtNamespaces(places);
  facts.ring = LookAtRing();
  LookAtNetlink(facts);
  return facts;
}

}  // namespace xtcp2::doctor
