// Which of the BPF programs' needs are met, and whether the programs load.
#include "bpf/ledger.h"
#include "doctor/facts.h"

namespace xtcp2::doctor {
namespace {

class PlacedHost final : public bpf::Host {
 public:
  explicit PlacedHost(const Places& places) : places_(places) {}
  Result<bpf::KernelTypes> Types() override { return bpf::ReadKernelTypes(places_.btf); }
  Result<bpf::KernelTypes> Symbols() override { return bpf::ReadKernelSymbols(places_.symbols); }

 private:
  const Places& places_;
};

// Small: it is there for a moment.
bpf::LedgerOptions TriedLedger(const std::string& btf_path) {
  return {.mode = bpf::LedgerOptions::kRows,
          .ring_bytes = 64 * 1024,
          .max_namespaces = 16,
          .max_ports = 16,
          .max_connections = 1024,
          .btf_path = btf_path};
}

}  // namespace

BpfFacts LookAtBpf(const Places& places) {
  PlacedHost host(places);
  BpfFacts facts{.prerequisites = bpf::CheckPrerequisites(host)};
  facts.initial_user_namespace = host.InInitialUserNamespace();
  // Behind a filter that kills for bpf(2) nothing may be tried.
  if (!places.load || host.TryBpf() == bpf::kKilled) {
    facts.walk = facts.ledger = Error{"loading a BPF program", EPERM};
    return facts;
  }
  const std::string btf_path = places.btf == bpf::kVmlinuxBtf ? "" : places.btf;
  if (const auto walk = bpf::WalkProgram::Load({.btf_path = btf_path})) {
    facts.variant = (*walk)->variant();
    facts.walk_bytes = (*walk)->MemoryBytes();
  } else {
    facts.walk = walk.error();
  }
  // Without cookies for new sockets the walk is not used.
  if (const auto births = bpf::LedgerProgram::Load({.mode = bpf::LedgerOptions::kCookies, .btf_path = btf_path});
      !births)
    facts.walk = births.error();
  if (const auto ledger = bpf::LedgerProgram::Load(TriedLedger(btf_path)); !ledger) facts.ledger = ledger.error();
  return facts;
}

}  // namespace xtcp2::doctor
