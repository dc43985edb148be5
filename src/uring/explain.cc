#include "uring/explain.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <memory>

namespace xtcp2::uring {
namespace {

std::string WhyRefused(Calls& calls) {
  switch (calls.DisabledSetting()) {
    case 2:
      return "io_uring is switched off on this host: set kernel.io_uring_disabled to 0 (sysctl)";
    case 1:
      return "io_uring is for privileged processes on this host: set kernel.io_uring_disabled to 0 (sysctl), or join "
             "the "
             "group of kernel.io_uring_group";
    default:
      return "io_uring is refused by a seccomp filter or security module: allow io_uring_setup, io_uring_enter and "
             "io_uring_register (container runtime's profile, SystemCallFilter= of the unit)";
  }
}

std::string MemlockText() {
  rlimit limit{};
  if (getrlimit(RLIMIT_MEMLOCK, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return "without limit";
  return fmt::format("{} KiB", limit.rlim_cur / 1024);
}

struct Needed {
  int operation;
  const char* name;
};
constexpr Needed kNeeded[] = {{IORING_OP_SEND, "SEND"},
                              {IORING_OP_SENDMSG, "SENDMSG"},
                              {IORING_OP_RECVMSG, "RECVMSG"},
                              {IORING_OP_POLL_ADD, "POLL_ADD"},
                              {IORING_OP_ASYNC_CANCEL, "ASYNC_CANCEL"}};

}  // namespace

Error ExplainSetup(int code, size_t bytes, Calls& calls) {
  switch (code) {
    case EPERM:
    case EACCES:
      return {WhyRefused(calls), code};
    case ENOSYS:
      return {"this kernel has no io_uring, or a seccomp filter hides it: Linux 6.1 is needed", code};
    case EINVAL:
      return {"this kernel's io_uring is too old: Linux 6.1 is needed", code};
    case ENOMEM:
      return {fmt::format("io_uring wants {} KiB of locked memory and RLIMIT_MEMLOCK is {}: raise it (LimitMEMLOCK= of "
                          "the unit, ulimit -l), give CAP_SYS_RESOURCE or CAP_IPC_LOCK, or ask for smaller batches",
                          bytes / 1024, MemlockText()),
              code};
    default:
      return {"setting up an io_uring", code};
  }
}

Result<> CheckFeatures(io_uring* ring, Calls& calls) {
  constexpr unsigned kFeatures = IORING_FEAT_NODROP | IORING_FEAT_EXT_ARG | IORING_FEAT_SUBMIT_STABLE;
  if ((ring->features & kFeatures) != kFeatures)
    return Fail(fmt::format("this kernel's io_uring lacks features (has {:#x}): Linux 6.1 is needed", ring->features),
                EOPNOTSUPP);
  const std::unique_ptr<io_uring_probe, void (*)(io_uring_probe*)> probe(calls.Probe(ring), io_uring_free_probe);
  for (const Needed& needed : kNeeded)
    if (probe == nullptr || io_uring_opcode_supported(probe.get(), needed.operation) == 0)
      return Fail(fmt::format("this kernel's io_uring lacks the operation {}: Linux 6.1 is needed", needed.name),
                  EOPNOTSUPP);
  return {};
}

bool RaiseMemlock(size_t bytes) {
  rlimit limit{};
  if (getrlimit(RLIMIT_MEMLOCK, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return false;
  const rlim_t wanted = limit.rlim_cur + bytes;  // what other rings of this user have locked is not known
  const rlimit more{wanted, wanted > limit.rlim_max ? wanted : limit.rlim_max};
  return setrlimit(RLIMIT_MEMLOCK, &more) == 0;
}

}  // namespace xtcp2::uring
