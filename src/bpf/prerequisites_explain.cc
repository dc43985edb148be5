// The words for a program that could not be loaded (prerequisites.h).
#include "bpf/prerequisites.h"

namespace xtcp2::bpf {
namespace {

constexpr const char* kReport = "use -collector netlink and report this kernel's release";

Advice ByCode(const Error& error) {
  switch (error.code) {
    case kLayoutDiffers:
      return {"what the BPF program reads differs from what the kernel says of the same sockets (" + error.what + ")",
              kReport};
    case EPERM:
      return {
          "the kernel refuses BPF programs though every capability is there: a security module (" + error.Text() + ")",
          "allow xtcp2 to use bpf in the policy of SELinux, AppArmor or the BPF LSM"};
    case EACCES:
    case EINVAL:
    case E2BIG:
      return {"the kernel's verifier refuses the BPF program (" + error.Text() + ")", kReport};
    case ENOENT:
    case ESRCH:
    case EOPNOTSUPP:
    case 524:  // ENOTSUPP, the kernel's own, which has no name here
      return {
          "this kernel lacks something that the BPF program uses (" + error.Text() + ")",
          "a kernel with CONFIG_BPF_SYSCALL, CONFIG_BPF_JIT and CONFIG_DEBUG_INFO_BTF is needed, Linux 5.17 or later"};
    case ENOMEM:
      return {"there is no memory for the BPF program (" + error.Text() + ")",
              "raise the memory limit of the cgroup (MemoryMax= of the unit, the container's limit)"};
    case EMFILE:
    case ENFILE:
      return {"no descriptors are left for the BPF program (" + error.Text() + ")", "raise LimitNOFILE= (ulimit -n)"};
    default:
      return {"the BPF program cannot be used (" + error.Text() + ")", kReport};
  }
}

}  // namespace

Advice Explain(const Error& error, const Prerequisites& found) {
  if (error.code == kLayoutDiffers) return ByCode(error);  // it was loaded: nothing is missing
  if (const Finding* missing = found.FirstMissing()) return {missing->state, missing->remedy};
  return ByCode(error);
}

Advice ExplainLedger(const Error& error, const Prerequisites& found) {
  if (const Finding* missing = found.FirstMissingOfLedger()) return {missing->state, missing->remedy};
  return ByCode(error);
}

}  // namespace xtcp2::bpf
