// Each prerequisite taken away from a host that has all: its line changes and no other, in the text and in the JSON.
#include <gtest/gtest.h>
#include <linux/capability.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <set>

#include "doctor/facts_for_test.h"

namespace xtcp2::doctor {
namespace {

using nlohmann::json;
using Names = std::set<std::string>;

Report Judged(const Facts& facts) { return Judge(facts, "1.2.3"); }

// Names of the checks and outcomes that differ between two reports' JSON.
Names Differing(const Report& before, const Report& after, const char* list) {
  const json one = json::parse(Json(before))[list], other = json::parse(Json(after))[list];
  EXPECT_EQ(one.size(), other.size());
  Names names;
  for (size_t i = 0; i < one.size(); ++i)
    if (one[i] != other[i]) names.insert(other[i]["name"]);
  return names;
}

Names DifferingLines(const Report& before, const Report& after) {
  const auto one = CheckLines(before), other = CheckLines(after);
  EXPECT_EQ(one.size(), other.size());
  Names names;
  for (size_t i = 0; i < std::min(one.size(), other.size()); ++i) {
    if (one[i] == other[i]) continue;
    const size_t begin = other[i].find_first_not_of(' ', 10);
    names.insert(other[i].substr(begin, other[i].find(' ', begin) - begin));
  }
  return names;
}

struct Taken {
  const char* check;  // whose line changes
  std::function<void(Facts&)> take;
  Names outcomes = {};  // that change with it
  State state = State::kMissing;
};

std::function<void(Facts&)> Bpf(const std::function<void(FakeBpf&)>& take) {
  return [take](Facts& facts) {
    FakeBpf host;
    take(host);
    LoadOn(host, facts.bpf);
  };
}

// A capability, and what it means for loading.
Taken Held(const char* check, int capability, Names outcomes = {}, State state = State::kMissing) {
  return {check,
          [capability](Facts& facts) {
            facts.held &= ~(CapabilitySet{1} << capability);
            FakeBpf host;
            host.capabilities = facts.held;
            LoadOn(host, facts.bpf);
          },
          std::move(outcomes), state};
}

const Names kBoth = {"walk", "ledger"};

std::vector<Taken> TakenOfBpf() {
  return {
      {"bpf.syscall", Bpf([](FakeBpf& h) { h.code = EPERM; }), kBoth},
      {"bpf.syscall", Bpf([](FakeBpf& h) { h.code = bpf::kKilled; }), kBoth},
      {"bpf.types", Bpf([](FakeBpf& h) { h.types = Fail("/sys/kernel/btf/vmlinux", ENOENT); }), kBoth},
      {"bpf.loops", Bpf([](FakeBpf& h) { h.types->loops = false; }), {"walk"}},
      {"bpf.test_run", Bpf([](FakeBpf& h) { h.types->test_run = false; }), {"walk"}},
      {"bpf.typed_loads", Bpf([](FakeBpf& h) { h.types->typed_loads = false; }), {"walk"}},
      {"bpf.bulk_reads", Bpf([](FakeBpf& h) { h.lockdown = "confidentiality"; }), {"ledger"}},
      {"bpf.state_events", Bpf([](FakeBpf& h) { h.types->state_events = false; }), kBoth},
      {"bpf.user_namespace", Bpf([](FakeBpf& h) { h.initial = false; }), kBoth},
  };
}

std::vector<Taken> TakenOfNetlink() {
  return {
      {"netlink.sock_diag", [](Facts& f) { f.dump = Error{"a sock_diag dump", ENOENT}; }, {"netlink"}},
      {"netlink.final_events", [](Facts& f) { f.groups = Error{"joining", EPERM}; }},
      {"io_uring.ring",
       [](Facts& f) { f.ring = Error{"switched off: set kernel.io_uring_disabled", EPERM}; },
       {"io_uring"}},
      {"namespaces.proc", [](Facts& f) { f.namespaces.hidepid = "invisible"; }},
      {"namespaces.proc", [](Facts& f) { f.namespaces.proc = Error{"reading /proc", ENOENT}; }, {"namespaces"}},
      {"namespaces.processes", [](Facts& f) { f.namespaces.initial_pid_namespace = false; }},
      {"namespaces.names", [](Facts& f) { f.namespaces.folders.clear(); }, {}, State::kNotWanted},
      {"namespaces.enter", [](Facts& f) { f.namespaces.enter = Error{"setns(2)", EPERM}; }, {"netlink"}},
  };
}

std::vector<Taken> TakenOfCapabilities() {
  return {
      Held("capabilities.sys_admin", CAP_SYS_ADMIN, {"netlink"}),
      Held("capabilities.sys_ptrace", CAP_SYS_PTRACE),
      Held("capabilities.net_admin", CAP_NET_ADMIN),
      Held("capabilities.bpf", CAP_BPF),  // CAP_SYS_ADMIN does
      Held("capabilities.perfmon", CAP_PERFMON),
      Held("capabilities.setuid", CAP_SETUID, {}, State::kNotWanted),
      Held("capabilities.net_bind_service", CAP_NET_BIND_SERVICE, {}, State::kNotWanted),
  };
}

std::vector<Taken> TakenOfLimits() {
  return {
      {"limits.files", [](Facts& f) { f.limits.files = {64, 64}; }},
      {"limits.locked_memory", [](Facts& f) { f.limits.locked_memory = {65'536, 65'536}; }, {"io_uring"}},
      {"limits.threads",
       [](Facts& f) {
         f.limits.threads_left = 3;
         f.limits.threads_limit = "pids.max 9";
       }},
      {"limits.receive_buffer", [](Facts& f) { f.limits.receive_default = 4096; }},
      {"limits.processors", [](Facts& f) { f.limits.cpu.quota = 0.25; }},
  };
}

void ChangesItsLineOnly(const Taken& taken) {
  SCOPED_TRACE(taken.check);
  const Report all = Judged(Everything());
  Facts facts = Everything();
  taken.take(facts);
  const Report less = Judged(facts);
  EXPECT_EQ(Differing(all, less, "checks"), Names{taken.check});
  EXPECT_EQ(DifferingLines(all, less), Names{taken.check});
  EXPECT_EQ(Differing(all, less, "outcomes"), taken.outcomes);
  for (const Check& check : less.checks) {
    EXPECT_EQ(check.state, check.name == taken.check ? taken.state : State::kOk) << check.name;
    EXPECT_EQ(check.remedy.empty(), check.state == State::kOk) << check.name;
  }
}

TEST(Doctor, EachChangesItsLineAndNoOther) {
  for (const auto group : {TakenOfBpf, TakenOfNetlink, TakenOfCapabilities, TakenOfLimits})
    for (const Taken& taken : group()) ChangesItsLineOnly(taken);
}

TEST(Doctor, EveryCheckIsTakenAwayInTheseTests) {
  Names taken, all;
  for (const auto group : {TakenOfBpf, TakenOfNetlink, TakenOfCapabilities, TakenOfLimits})
    for (const Taken& each : group()) taken.insert(each.check);
  for (const Check& check : Judged(Everything()).checks) all.insert(check.name);
  // What else is of the same table and made in the same place.
  taken.insert({"capabilities.setgid", "capabilities.dac_override", "capabilities.dac_read_search"});
  EXPECT_EQ(taken, all);
}

}  // namespace
}  // namespace xtcp2::doctor
