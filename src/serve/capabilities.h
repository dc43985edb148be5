// Which capability the daemon needs for what: one table, from which come the check at start, the set that is kept
// afterwards, and the page docs/security.md (a test compares them). Nothing here changes the process;
// capabilities_drop.h does.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace xtcp2 {

// A set of capabilities: bit n is capability n of linux/capability.h.
using CapabilitySet = uint64_t;

// How far BPF is to collect, or does.
enum class BpfUse : uint8_t {
  kNone,      // netlink collects: it is told to, or BPF could not be loaded
  kWanted,    // before loading; netlink takes its place where it cannot be loaded
  kRequired,  // before loading; nothing takes its place
  kLoaded,    // the programs are loaded
};

// What the configuration will do. All false: own namespace, no capability at all.
struct CapabilityNeeds {
  bool all_namespaces = false;           // enter other network namespaces
  bool marks = false;                    // the socket mark is asked for (deserializer "mark")
  bool mark_filter = false;              // -filter asks for marks: without them it would choose wrongly
  bool file_reopen_needs_dac = false;    // NeedsDacOverride() of a file destination
  bool config_reread_needs_dac = false;  // NeedsDacReadSearch() of a file that is read again at SIGHUP
  uint16_t lowest_listen_port = 0;       // 0: nothing listens
  BpfUse bpf = BpfUse::kNone;
  bool bpf_runs_with_capability = false;       // bpf::RunningNeedsCapBpf()
  bool becomes_user = false;                   // -user names another user: it keeps no capability
  std::string_view own_namespace_option = "";  // how to ask for the own namespace only, for the message
};

struct CapabilityRule {
  int capability;
  const char* name;     // "CAP_SYS_ADMIN"
  bool required;        // missing: an error; otherwise a notice
  bool kept;            // after start
  const char* purpose;  // why it is needed
  const char* without;  // what is the case without it, or how to do without
};

// The table.
std::span<const CapabilityRule> CapabilityRules();
// The rules that apply; for BpfUse::kWanted those of a host where BPF can be loaded. `proc` is the root of procfs, for
// the first port that needs no privilege (net.ipv4.ip_unprivileged_port_start).
std::vector<CapabilityRule> RulesFor(const CapabilityNeeds& needs, const std::string& proc = "/proc");
// What DropCapabilities() leaves; with `becomes_user` nothing.
CapabilitySet KeptCapabilities(const CapabilityNeeds& needs);

// Whether the kernel lets BPF programs that read its memory be loaded with these: CAP_BPF with CAP_PERFMON, or
// CAP_SYS_ADMIN.
bool MayLoadBpf(CapabilitySet effective);

// Effective capabilities of the calling thread.
CapabilitySet EffectiveCapabilities();

// An error names each capability that is required and not in `effective`, why it is, how to give it, and what makes it
// unnecessary; with `becomes_user` also each that would be required later. The value: one notice for each optional one
// that is missing or will be. kWanted without the right to load counts as kNone: why BPF is not used is
// bpf::Explain()'s to say.
Result<std::vector<std::string>> CheckCapabilities(const CapabilityNeeds& needs, CapabilitySet effective,
                                                   const std::string& proc = "/proc");

// Whether `path` can be written only by overriding its permissions (CAP_DAC_OVERRIDE): it, or its folder when `path` is
// to be created or renamed there. False too when it cannot be written at all. Calling thread only, for a moment without
// the capability.
bool NeedsDacOverride(const std::string& path);
// The same for reading `path`, with CAP_DAC_READ_SEARCH.
bool NeedsDacReadSearch(const std::string& path);

}  // namespace xtcp2
