// What is said of a host, and in which words.
#include "doctor/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/capability.h>

#include <nlohmann/json.hpp>
#include <set>

#include "doctor/facts_for_test.h"

namespace xtcp2::doctor {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using Names = std::set<std::string>;

Report Judged(const Facts& facts) { return Judge(facts, "1.2.3"); }

TEST(Doctor, AHostThatHasEverything) {
  const Report report = Judged(Everything());
  for (const Check& check : report.checks) {
    EXPECT_EQ(check.state, State::kOk) << check.name << ": " << check.found;
    EXPECT_NE(check.found, "") << check.name;
    EXPECT_NE(check.gives, "") << check.name;
  }
  for (const Outcome& outcome : report.outcomes) EXPECT_TRUE(outcome.yes) << outcome.name;
  EXPECT_EQ(report.collector, Collector::kBpf);
  EXPECT_TRUE(report.CanPoll());
}

// Only these cannot be known by themselves; what they say then is which one hides them.
TEST(Doctor, WhatCannotBeKnownNamesWhatHidesIt) {
  Facts facts = Everything();
  FakeBpf host;
  host.types = host.symbols = Fail("/hidden", EACCES);
  LoadOn(host, facts.bpf);
  facts.socket = false;
  facts.dump = facts.groups = Error{"opening a socket", EAFNOSUPPORT};
  Names unknown;
  for (const Check& check : Judged(facts).checks) {
    if (check.state != State::kUnknown) continue;
    unknown.insert(check.name);
    EXPECT_THAT(check.found, HasSubstr(check.name.starts_with("bpf.") ? "see bpf.types" : "see netlink.sock_diag"));
  }
  EXPECT_EQ(unknown,
            (Names{"bpf.loops", "bpf.test_run", "bpf.typed_loads", "bpf.state_events", "netlink.final_events"}));
}

TEST(Doctor, WhichCollectorAndWhy) {
  Facts facts = Everything();
  EXPECT_THAT(Text(Judged(facts)), HasSubstr("\n-collector auto takes bpf: "));
  FakeBpf host;
  host.capabilities = facts.held = CapabilitySet{1} << CAP_PERFMON;
  LoadOn(host, facts.bpf);
  const Report netlink = Judged(facts);
  EXPECT_EQ(netlink.collector, Collector::kNetlink);
  EXPECT_EQ(netlink.reach, Reach::kOwnNamespace);
  EXPECT_EQ(netlink.reason, bpf::Explain(*facts.bpf.walk, facts.bpf.prerequisites).Text());
  EXPECT_THAT(Text(netlink), HasSubstr("\n-collector auto takes netlink: CAP_BPF is missing; "));
  facts.held |= CapabilitySet{1} << CAP_SYS_ADMIN;
  EXPECT_EQ(Judged(facts).reach, Reach::kAllNamespaces);
  facts.dump = Error{"a sock_diag dump", ENOENT};
  EXPECT_FALSE(Judged(facts).CanPoll());
  EXPECT_THAT(Text(Judged(facts)), HasSubstr("\nnothing can be collected here: "));
  facts.bpf.walk = {};
  EXPECT_TRUE(Judged(facts).CanPoll());
}

// Loaded, and refused by something that no check knows.
TEST(Doctor, ARefusalWithoutAMissingPrerequisiteIsTold) {
  Facts facts = Everything();
  facts.bpf.walk = Error{"loading the BPF object xtcp2_typed", EPERM};
  const Report report = Judged(facts);
  EXPECT_EQ(CheckLines(Judged(Everything())), CheckLines(report));
  EXPECT_THAT(report.reason, HasSubstr("security module"));
}

TEST(Doctor, TheJsonIsStable) {
  const json all = json::parse(Json(Judged(Everything())));
  const auto ordered = nlohmann::ordered_json::parse(Json(Judged(Everything())));
  std::vector<std::string> members;
  for (const auto& [name, value] : ordered.items()) members.push_back(name);
  EXPECT_THAT(members, ElementsAre("xtcp2", "kernel", "checks", "outcomes", "collector", "namespaces", "reason"));
  EXPECT_EQ(all["checks"][0], (json{{"name", "bpf.syscall"},
                                    {"state", "ok"},
                                    {"found", "bpf(2) can be called"},
                                    {"gives", "the walk by BPF and the ledger"},
                                    {"remedy", ""}}));
  EXPECT_EQ(all["outcomes"][1], (json{{"name", "ledger"}, {"yes", true}, {"text", "the ledger of connections loads"}}));
  EXPECT_EQ(all["collector"], "bpf");
  EXPECT_EQ(all["namespaces"], "all");
}

}  // namespace
}  // namespace xtcp2::doctor
