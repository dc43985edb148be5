#include "serve/capabilities.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/capability.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/child_for_test.h"

namespace xtcp2 {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr CapabilitySet Bit(int capability) { return CapabilitySet{1} << capability; }

TEST(Capabilities, OwnNamespaceNeedsNone) {
  const auto notices = CheckCapabilities({.lowest_listen_port = 9088}, 0);
  ASSERT_TRUE(notices) << notices.error().Text();
  EXPECT_THAT(*notices, IsEmpty());
  EXPECT_EQ(KeptCapabilities({.lowest_listen_port = 9088}), 0u);
}

TEST(Capabilities, MissingRequiredOneIsExplained) {
  const auto checked = CheckCapabilities({.all_namespaces = true, .own_namespace_option = "-namespaces own"}, 0);
  ASSERT_FALSE(checked);
  EXPECT_THAT(checked.error().what, AllOf(HasSubstr("CAP_SYS_ADMIN is missing: it enters other network namespaces"),
                                          HasSubstr("collect the own namespace only (-namespaces own)"),
                                          HasSubstr("setcap cap_sys_admin,cap_sys_ptrace+ep"),
                                          HasSubstr("AmbientCapabilities=CAP_SYS_ADMIN CAP_SYS_PTRACE"),
                                          HasSubstr("root"), Not(HasSubstr("cap_net_admin"))));
}

TEST(Capabilities, MissingOptionalOnesAreNotices) {
  const auto notices = CheckCapabilities({.all_namespaces = true, .marks = true}, Bit(CAP_SYS_ADMIN));
  ASSERT_TRUE(notices) << notices.error().Text();
  EXPECT_THAT(*notices, ElementsAre(HasSubstr("CAP_SYS_PTRACE is missing"), HasSubstr("CAP_NET_ADMIN is missing")));
  const auto none = CheckCapabilities({.all_namespaces = true, .marks = true},
                                      Bit(CAP_SYS_ADMIN) | Bit(CAP_SYS_PTRACE) | Bit(CAP_NET_ADMIN));
  EXPECT_THAT(*none, IsEmpty());
}

TEST(Capabilities, AFilterForMarksNeedsThem) {
  const CapabilityNeeds needs{.marks = true, .mark_filter = true};
  const auto checked = CheckCapabilities(needs, 0);
  ASSERT_FALSE(checked);
  EXPECT_THAT(checked.error().what,
              AllOf(HasSubstr("CAP_NET_ADMIN is missing"), HasSubstr("leave fwmark out of -filter")));
  EXPECT_TRUE(CheckCapabilities(needs, Bit(CAP_NET_ADMIN)));
  EXPECT_EQ(KeptCapabilities({.mark_filter = true}), Bit(CAP_NET_ADMIN));
}

TEST(Capabilities, EachNeedHasItsCapability) {
  const std::pair<CapabilityNeeds, const char*> required[] = {
      {{.all_namespaces = true}, "CAP_SYS_ADMIN"},
      {{.file_reopen_needs_dac = true}, "CAP_DAC_OVERRIDE"},
      {{.config_reread_needs_dac = true}, "CAP_DAC_READ_SEARCH"},
  };
  for (const auto& [needs, name] : required) {
    EXPECT_THAT(CheckCapabilities(needs, 0).error().what, HasSubstr(name));
    EXPECT_TRUE(CheckCapabilities(needs, ~CapabilitySet{0}));
    EXPECT_NE(KeptCapabilities(needs), 0u);
  }
}

TEST(Capabilities, ReservedPortsAreWhereTheKernelSaysTheyAre) {
  const std::filesystem::path proc = testing::TempDir() + "proc" + std::to_string(::getpid());
  std::filesystem::create_directories(proc / "sys/net/ipv4");
  const auto check = [&](uint16_t port) {
    return CheckCapabilities({.lowest_listen_port = port}, 0, proc).has_value();
  };
  EXPECT_FALSE(check(1023));
  EXPECT_TRUE(check(1024));
  std::ofstream(proc / "sys/net/ipv4/ip_unprivileged_port_start") << "80\n";
  EXPECT_FALSE(check(79));
  EXPECT_TRUE(check(80));
  EXPECT_TRUE(check(0)) << "nothing listens";
  EXPECT_EQ(KeptCapabilities({.lowest_listen_port = 1}), 0u) << "bound before the drop";
  std::filesystem::remove_all(proc);
}

TEST(Capabilities, EffectiveOnesAreWhatTheKernelShows) {
  std::ifstream file("/proc/thread-self/status");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("CapEff:")) {
      EXPECT_EQ(EffectiveCapabilities(), std::stoull(line.substr(7), nullptr, 16));
      return;
    }
  FAIL() << "no CapEff in /proc/thread-self/status";
}

TEST(Capabilities, EveryRuleIsInTheManual) {
  std::ifstream file(XTCP2_SOURCE_DIR "/docs/security.md");
  if (!file) GTEST_SKIP() << "NOT TESTED: docs/security.md is not here";
  std::stringstream page;
  page << file.rdbuf();
  for (const CapabilityRule& rule : CapabilityRules())
    EXPECT_THAT(page.str(), HasSubstr(std::string("| `") + rule.name + "` |")) << "docs/security.md";
}

// Root overrides permissions; what matters is whether it would have to.
TEST(Capabilities, FilesOfOthersNeedAnOverride) {
  if (::geteuid() != 0 || !(EffectiveCapabilities() & Bit(CAP_DAC_OVERRIDE)))
    GTEST_SKIP() << "needs root with CAP_DAC_OVERRIDE";
  const std::filesystem::path folder = testing::TempDir() + "dac" + std::to_string(::getpid());
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "rows") << "x";
  const std::string file = folder / "rows", fresh = folder / "fresh";
  EXPECT_FALSE(NeedsDacOverride(file));
  EXPECT_FALSE(NeedsDacOverride(fresh));
  EXPECT_FALSE(NeedsDacReadSearch(file));
  ASSERT_EQ(::chown(file.c_str(), 65534, 65534), 0);
  ASSERT_EQ(::chmod(file.c_str(), 0600), 0);
  EXPECT_TRUE(NeedsDacOverride(file));
  EXPECT_TRUE(NeedsDacReadSearch(file));
  EXPECT_FALSE(NeedsDacOverride(fresh));
  ASSERT_EQ(::chown(folder.c_str(), 65534, 65534), 0);
  ASSERT_EQ(::chmod(folder.c_str(), 0755), 0);
  EXPECT_TRUE(NeedsDacOverride(fresh));
  EXPECT_FALSE(NeedsDacOverride("/nonexistent/rows")) << "no capability helps";
  EXPECT_TRUE(EffectiveCapabilities() & Bit(CAP_DAC_OVERRIDE)) << "given back";
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace xtcp2
