// What BPF depends on, as the running host has it: asked here and nowhere else, so that a test can take away one thing
// at a time. Reads and probes only; the calling thread is as before afterwards. Not to be called while another thread
// forks or changes this process's limits.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace xtcp2::bpf {

// What of the kernel's own functions and types the programs use, by its BTF or by its symbols.
struct KernelTypes {
  bool loops = false;         // the helper bpf_loop (5.17)
  bool test_run = false;      // raw tracepoint programs can be called (5.10)
  bool typed_loads = false;   // the function bpf_rdonly_cast (6.2)
  bool state_events = false;  // the type of the tracepoint inet_sock_set_state
};

class Host {
 public:
  virtual ~Host() = default;

  // How a bpf(2) ends that asks for nothing: E2BIG where the kernel got it, else the errno of a seccomp filter; SIGSYS'
  // filters are told apart by kKilled.
  virtual int TryBpf();
  // Effective capabilities of the calling thread: bit n is capability n of linux/capability.h.
  virtual uint64_t Capabilities();
  // Capabilities of other user namespaces (rootless containers) do not count for BPF.
  virtual bool InInitialUserNamespace();
  // From /sys/kernel/btf/vmlinux; reads a few megabytes. The error says why there is nothing to read.
  virtual Result<KernelTypes> Types();
  // From /proc/kallsyms, whose names everybody may read: for what is missing beside the types.
  virtual Result<KernelTypes> Symbols();
  // "none", "integrity", "confidentiality", or empty where the kernel does not say: securityfs is not mounted (in
  // containers, say), and its command line asks for none.
  virtual std::string Lockdown();

  static Host& Running();
};

// The file of the kernel's own types.
inline constexpr const char* kVmlinuxBtf = "/sys/kernel/btf/vmlinux";

Result<KernelTypes> ReadKernelTypes(const std::string& path);
// Of a text in the form of /proc/kallsyms.
Result<KernelTypes> ReadKernelSymbols(const std::string& path);
// The chosen word of "none [integrity] confidentiality".
std::string ChosenLockdown(const std::string& text);
// What "lockdown=" on the kernel's command line says last; empty: nothing.
std::string AskedLockdown(const std::string& command_line);

// The errno with which a system call ends, 0 for success, kKilled where a seccomp filter ends the process for it (tried
// in a child where there is a filter at all). Only for calls that change nothing.
inline constexpr int kKilled = 1 << 16;
int TrySystemCall(long number, long first = 0, long second = 0, long third = 0);

// Whether this kernel wants CAP_BPF also for calling a program that is loaded already (before 5.19, unless
// kernel.unprivileged_bpf_disabled is 0).
bool RunningNeedsCapBpf();

}  // namespace xtcp2::bpf
