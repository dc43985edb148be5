// What follows from what was found and tried.
#include <fmt/format.h>
#include <linux/capability.h>

#include "doctor/report.h"

namespace xtcp2::doctor {
namespace {

std::string WhyNot(const Error& refused, const BpfFacts& facts) {
  return bpf::Explain(refused, facts.prerequisites).Text();
}

Outcome Walk(const BpfFacts& facts) {
  if (facts.walk) return {"walk", false, "the walk by BPF cannot be used: " + WhyNot(*facts.walk, facts)};
  return {
      "walk", true,
      fmt::format("the walk by BPF loads: {}, {} KiB for one reader",
                  facts.variant == bpf::Variant::kTypedLoads ? "typed loads" : "bulk reads", facts.walk_bytes / 1024)};
}

Outcome Ledger(const BpfFacts& facts) {
  if (!facts.ledger) return {"ledger", true, "the ledger of connections loads"};
  return {"ledger", false,
          "the ledger of connections by BPF cannot be used: " +
              bpf::ExplainLedger(*facts.ledger, facts.prerequisites).Text()};
}

Outcome Namespaces(const NamespaceFacts& facts) {
  return {"namespaces", facts.unreadable == 0 && !facts.proc,
          fmt::format("network namespaces found: {}; processes that may not be asked for theirs: {}", facts.found,
                      facts.unreadable)};
}

// How far netlink reaches. -netns own is to be given where other namespaces cannot be entered.
Reach NetlinkReach(const Facts& facts) {
  if (facts.dump) return Reach::kNothing;
  return (facts.held >> CAP_SYS_ADMIN & 1) && !facts.namespaces.enter ? Reach::kAllNamespaces : Reach::kOwnNamespace;
}

Outcome Netlink(const Facts& facts, Reach reach) {
  const bool all = reach == Reach::kAllNamespaces;
  if (reach == Reach::kNothing) return {"netlink", false, "netlink cannot be used: " + facts.dump->Text()};
  return {"netlink", all,
          all ? "netlink reads the namespaces that were found"
              : "netlink reads the own namespace only (-netns own): others cannot be entered"};
}

Outcome Ring(const Refusal& refused, const LimitFacts& limits) {
  if (refused) return {"io_uring", false, "-ioUring would do without: " + refused->what};
  const bool room = CheckLockedMemory(limits).state == State::kOk;
  return {"io_uring", room, room ? "-ioUring can be used" : "-ioUring would do without: see limits.locked_memory"};
}

}  // namespace

void Conclude(const Facts& facts, Report& report) {
  const Reach netlink = NetlinkReach(facts);
  report.outcomes = {Walk(facts.bpf), Ledger(facts.bpf), Netlink(facts, netlink), Namespaces(facts.namespaces),
                     Ring(facts.ring, facts.limits)};
  if (!facts.bpf.walk) {
    report.collector = Collector::kBpf;
    report.reach = Reach::kAllNamespaces;
    report.reason = "BPF programs can be loaded here";
  } else {
    report.collector = netlink == Reach::kNothing ? Collector::kNone : Collector::kNetlink;
    report.reach = netlink;
    report.reason = WhyNot(*facts.bpf.walk, facts.bpf);
  }
}

}  // namespace xtcp2::doctor
