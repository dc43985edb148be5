// Which capabilities matter when BPF collects, and what -user leaves. Only the table is asked, nothing is dropped.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/capability.h>

#include "serve/capabilities.h"

namespace xtcp2 {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr CapabilitySet Bit(int capability) { return CapabilitySet{1} << capability; }
constexpr CapabilitySet kLoad = Bit(CAP_BPF) | Bit(CAP_PERFMON);
constexpr CapabilitySet kNetlink = Bit(CAP_SYS_ADMIN) | Bit(CAP_SYS_PTRACE) | Bit(CAP_NET_ADMIN);
constexpr CapabilitySet kChange = Bit(CAP_SETUID) | Bit(CAP_SETGID);

CapabilityNeeds All(BpfUse bpf) { return {.all_namespaces = true, .marks = true, .bpf = bpf}; }

TEST(CapabilitiesBpf, TwoAreEnoughForAllNamespaces) {
  for (const BpfUse use : {BpfUse::kWanted, BpfUse::kRequired}) {
    const auto notices = CheckCapabilities(All(use), kLoad);
    ASSERT_TRUE(notices) << notices.error().Text();
    EXPECT_THAT(*notices, ElementsAre(AllOf(HasSubstr("CAP_SYS_ADMIN is missing"), HasSubstr("own namespace only")),
                                      AllOf(HasSubstr("CAP_SYS_PTRACE is missing"), HasSubstr("inode number")),
                                      AllOf(HasSubstr("CAP_NET_ADMIN is missing"), HasSubstr("BPF tells marks"))));
    EXPECT_THAT(*CheckCapabilities(All(use), kLoad | kNetlink), IsEmpty());
    EXPECT_THAT(*CheckCapabilities(All(use), kNetlink), IsEmpty()) << "CAP_SYS_ADMIN includes both";
  }
}

TEST(CapabilitiesBpf, EitherAloneIsNotEnough) {
  for (const int alone : {CAP_BPF, CAP_PERFMON}) {
    const char* other = alone == CAP_BPF ? "CAP_PERFMON is missing" : "CAP_BPF is missing";
    const char* own = alone == CAP_BPF ? "CAP_BPF is missing" : "CAP_PERFMON is missing";
    const auto checked = CheckCapabilities(All(BpfUse::kRequired), Bit(alone));
    ASSERT_FALSE(checked);
    EXPECT_THAT(checked.error().what,
                AllOf(HasSubstr(other), Not(HasSubstr(own)), HasSubstr("-collector netlink"), HasSubstr("cap_bpf")));
  }
}

TEST(CapabilitiesBpf, WhereItIsOnlyWantedNetlinkTakesItsPlace) {
  EXPECT_THAT(*CheckCapabilities(All(BpfUse::kWanted), kNetlink & ~Bit(CAP_SYS_PTRACE)),
              ElementsAre(HasSubstr("inode number")));
  const auto neither = CheckCapabilities(All(BpfUse::kWanted), 0);
  ASSERT_FALSE(neither);
  EXPECT_THAT(neither.error().what,
              AllOf(HasSubstr("CAP_SYS_ADMIN is missing"), HasSubstr("or give CAP_BPF and CAP_PERFMON")));
  EXPECT_TRUE(CheckCapabilities({.marks = true, .bpf = BpfUse::kWanted}, 0)) << "own namespace";
}

TEST(CapabilitiesBpf, AMarkFilterNeedsNoCapabilityOfNetlink) {
  CapabilityNeeds needs = All(BpfUse::kLoaded);
  needs.mark_filter = true;
  EXPECT_TRUE(CheckCapabilities(needs, 0));
  needs.bpf = BpfUse::kNone;
  EXPECT_FALSE(CheckCapabilities(needs, Bit(CAP_SYS_ADMIN)));
}

TEST(CapabilitiesBpf, OnceLoadedNeitherIsNeededOrKept) {
  EXPECT_THAT(*CheckCapabilities(All(BpfUse::kLoaded), kNetlink), IsEmpty());
  for (const BpfUse use : {BpfUse::kWanted, BpfUse::kRequired, BpfUse::kLoaded})
    EXPECT_EQ(KeptCapabilities(All(use)), kNetlink);
  EXPECT_EQ(KeptCapabilities({.bpf = BpfUse::kLoaded}), 0u) << "own namespace";
}

TEST(CapabilitiesBpf, OldKernelsWantOneForRunningToo) {
  CapabilityNeeds needs = All(BpfUse::kLoaded);
  needs.bpf_runs_with_capability = true;
  EXPECT_EQ(KeptCapabilities(needs), kNetlink | Bit(CAP_BPF));
  EXPECT_FALSE(CheckCapabilities(needs, 0));
  needs.bpf = BpfUse::kRequired;
  needs.becomes_user = true;
  const auto checked = CheckCapabilities(needs, kLoad | kNetlink | kChange);
  ASSERT_FALSE(checked);
  EXPECT_THAT(checked.error().what, HasSubstr("-user gives up CAP_BPF"));
}

TEST(CapabilitiesBpf, AUserKeepsNothing) {
  CapabilityNeeds needs = All(BpfUse::kWanted);
  needs.becomes_user = true;
  EXPECT_EQ(KeptCapabilities(needs), 0u);
  const auto notices = CheckCapabilities(needs, kLoad | kNetlink | kChange);
  ASSERT_TRUE(notices) << notices.error().Text();
  EXPECT_THAT(*notices, ElementsAre(HasSubstr("CAP_SYS_ADMIN is given up for -user"),
                                    HasSubstr("CAP_SYS_PTRACE is given up"), HasSubstr("CAP_NET_ADMIN is given up")));
  EXPECT_THAT(CheckCapabilities(needs, kLoad).error().what,
              AllOf(HasSubstr("CAP_SETUID is missing: it becomes the user of -user"),
                    HasSubstr("CAP_SETGID is missing"), HasSubstr("start xtcp2 as that user")));
}

TEST(CapabilitiesBpf, AUserWithoutBpfReadsItsOwnNamespaceOnly) {
  CapabilityNeeds needs = All(BpfUse::kNone);
  needs.becomes_user = true;
  needs.own_namespace_option = "-netns own";
  const auto checked = CheckCapabilities(needs, ~CapabilitySet{0});
  ASSERT_FALSE(checked);
  EXPECT_THAT(checked.error().what, AllOf(HasSubstr("-user gives up CAP_SYS_ADMIN"), HasSubstr("-netns own"),
                                          HasSubstr("AmbientCapabilities=")));
  EXPECT_TRUE(CheckCapabilities({.marks = true, .becomes_user = true}, kChange)) << "own namespace";
  EXPECT_THAT(CheckCapabilities({.file_reopen_needs_dac = true, .becomes_user = true}, ~CapabilitySet{0}).error().what,
              HasSubstr("give the file's folder to that user"));
}

}  // namespace
}  // namespace xtcp2
