// What the BPF collector and the ledger need of the host, each thing by itself, and why a program could not be loaded,
// in one line with the remedy. Nothing is loaded here. Pure functions over a Host.
//
// RLIMIT_MEMLOCK is not among them: maps count against it before Linux 5.11 only, and bpf_loop is younger.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "bpf/prerequisites_host.h"

namespace xtcp2::bpf {

enum class Need : uint8_t {
  kSyscall,      // bpf(2) gets to the kernel
  kTypes,        // the kernel's BTF
  kRights,       // CAP_BPF and CAP_PERFMON, or CAP_SYS_ADMIN
  kLoops,        // bpf_loop; known by kTypes or the kernel's symbols, as are kTestRun, kTypedLoads and kStateEvents
  kTestRun,      // programs can be called
  kTypedLoads,   // one way to read the kernel's memory
  kBulkReads,    // the other; one is enough
  kStateEvents,  // the ledger, and cookies for the walk's new sockets
};

struct Finding {
  Need need;
  bool met;
  std::string state;   // what was found
  std::string remedy;  // empty when met
  bool known = true;   // false: not met as far as can be seen, because something else is missing
};

class Prerequisites {
 public:
  explicit Prerequisites(std::vector<Finding> findings) : findings_(std::move(findings)) {}
  const std::vector<Finding>& all() const& { return findings_; }  // one for each Need, in its order
  std::vector<Finding> all() && = delete;                         // it must outlive what is looked at
  const Finding& operator[](Need need) const { return findings_[static_cast<size_t>(need)]; }
  bool met(Need need) const { return (*this)[need].met; }
  // The first thing that the walk cannot do without and that is missing; null: none.
  const Finding* FirstMissing() const;
  // The same for the ledger, which needs no calls of programs and no typed loads, but bulk reads.
  const Finding* FirstMissingOfLedger() const;

 private:
  std::vector<Finding> findings_;
};

// Takes some 30 ms for the kernel's types, or for its symbols where there are no types.
Prerequisites CheckPrerequisites(Host& host = Host::Running());

struct Advice {
  std::string reason;
  std::string remedy;
  std::string Text() const { return reason + "; " + remedy; }
};

// Code of a load error that says: loaded, and what it reads is not what the kernel means (a field at another place).
inline constexpr int kLayoutDiffers = EBADMSG;

// Why loading or checking failed with `error`: what is missing on the host comes first, then what the code tells.
Advice Explain(const Error& error, const Prerequisites& found);
Advice ExplainLedger(const Error& error, const Prerequisites& found);
inline Advice Explain(const Error& error, Host& host = Host::Running()) {
  return Explain(error, CheckPrerequisites(host));
}

}  // namespace xtcp2::bpf
