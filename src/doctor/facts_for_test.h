// A host that has everything, from which a test takes things away.
#pragma once

#include <cerrno>

#include "doctor/report.h"

namespace xtcp2::doctor {

struct FakeBpf : bpf::Host {
  int code = E2BIG;
  uint64_t capabilities = ~uint64_t{0};
  bool initial = true;
  Result<bpf::KernelTypes> types = bpf::KernelTypes{true, true, true, true};
  Result<bpf::KernelTypes> symbols = bpf::KernelTypes{true, true, true, true};
  std::string lockdown = "none";
  int TryBpf() override { return code; }
  uint64_t Capabilities() override { return capabilities; }
  bool InInitialUserNamespace() override { return initial; }
  Result<bpf::KernelTypes> Types() override { return types; }
  Result<bpf::KernelTypes> Symbols() override { return symbols; }
  std::string Lockdown() override { return lockdown; }
};

// What such a kernel does with the programs.
inline void LoadOn(FakeBpf& host, BpfFacts& facts) {
  facts.prerequisites = bpf::CheckPrerequisites(host);
  facts.initial_user_namespace = host.initial;
  const bpf::Finding* missing = facts.prerequisites.FirstMissing();
  if (missing != nullptr) facts.walk = Error{"loading", EPERM};
  if (facts.prerequisites.FirstMissingOfLedger() != nullptr) facts.ledger = Error{"loading", EPERM};
  const bool typed = facts.prerequisites.met(bpf::Need::kTypedLoads);
  facts.variant = typed ? bpf::Variant::kTypedLoads : bpf::Variant::kBulkReads;
}

inline Facts Everything() {
  FakeBpf host;
  Facts facts{.kernel = "6.18.0", .bpf = {.prerequisites = bpf::CheckPrerequisites(host), .walk_bytes = 2 << 20}};
  facts.held = ~CapabilitySet{0};
  facts.namespaces.folders = {"/run/netns"};
  facts.limits.ring_bytes = 2 << 20;
  return facts;
}

// The lines of the checks: of the text between the first empty line and what follows.
inline std::vector<std::string> CheckLines(const Report& report) {
  std::vector<std::string> lines;
  const std::string text = Text(report);
  for (size_t at = text.find("\n\n"), end = text.find("\nWhat follows"); at < end;) {
    const size_t next = text.find('\n', at + 1);
    lines.push_back(text.substr(at + 1, next - at - 1));
    at = next;
  }
  return lines;
}

}  // namespace xtcp2::doctor
