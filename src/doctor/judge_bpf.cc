// Prerequisites of the BPF programs. Capabilities have lines of their own.
#include "doctor/report.h"

namespace xtcp2::doctor {
namespace {

using bpf::Need;

constexpr const char* kWalk = "sockets of all namespaces in one pass, at a fraction of netlink's cost";

struct Line {
  Need need;
  const char* name;
  const char* gives;
};
constexpr Line kLines[] = {
    {Need::kSyscall, "bpf.syscall", "the walk by BPF and the ledger"},
    {Need::kTypes, "bpf.types", "fits the BPF programs to this kernel: the walk and the ledger"},
    {Need::kLoops, "bpf.loops", kWalk},
    {Need::kTestRun, "bpf.test_run", kWalk},
    {Need::kTypedLoads, "bpf.typed_loads", "the faster walk, also under lockdown"},
    {Need::kBulkReads, "bpf.bulk_reads", "the ledger, and the walk on kernels without typed loads"},
    {Need::kStateEvents, "bpf.state_events",
     "the ledger: connections that live between two polls; cookies for the walk's new sockets"},
};

Check Of(const bpf::Finding& finding, const Line& line) {
  const State state = finding.met ? State::kOk : finding.known ? State::kMissing : State::kUnknown;
  std::string found = finding.state;
  if (state == State::kUnknown) found += ": see bpf.types";
  return {line.name, state, std::move(found), line.gives, state == State::kMissing ? finding.remedy : ""};
}

Check UserNamespace(bool initial) {
  Check check{"bpf.user_namespace", State::kOk, "this is the host's user namespace",
              "lets the capabilities count for BPF"};
  if (initial) return check;
  check.state = State::kMissing;
  check.found = "a user namespace of its own (rootless container): capabilities do not count for BPF";
  check.remedy = "run xtcp2 in the host's user namespace";
  return check;
}

}  // namespace

std::vector<Check> CheckBpf(const BpfFacts& facts) {
  std::vector<Check> checks;
  for (const Line& line : kLines) checks.push_back(Of(facts.prerequisites[line.need], line));
  checks.push_back(UserNamespace(facts.initial_user_namespace));
  return checks;
}

}  // namespace xtcp2::doctor
