// Each thing is taken away by itself; the kernel's own answers are looked at where a child can be kept from them.
#include "bpf/prerequisites.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <functional>
#include <set>

#include "base/seccomp_for_test.h"

namespace xtcp2::bpf {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr uint64_t Bit(int capability) { return uint64_t{1} << capability; }

struct FakeHost : Host {
  int bpf = E2BIG;
  uint64_t capabilities = Bit(CAP_BPF) | Bit(CAP_PERFMON);
  bool initial = true;
  Result<KernelTypes> types = KernelTypes{true, true, true, true};
  Result<KernelTypes> symbols = Fail("/hidden", EACCES);
  std::string lockdown = "none";
  int TryBpf() override { return bpf; }
  uint64_t Capabilities() override { return capabilities; }
  bool InInitialUserNamespace() override { return initial; }
  Result<KernelTypes> Types() override { return types; }
  Result<KernelTypes> Symbols() override { return symbols; }
  std::string Lockdown() override { return lockdown; }
};

std::set<Need> Unmet(FakeHost& host) {
  std::set<Need> needs;
  const Prerequisites found = CheckPrerequisites(host);
  for (const Finding& finding : found.all()) {
    EXPECT_EQ(finding.met, finding.remedy.empty()) << finding.state;
    EXPECT_FALSE(finding.state.empty());
    if (!finding.met) needs.insert(finding.need);
  }
  return needs;
}

const Error kRefused{"loading", EPERM};

TEST(BpfPrerequisites, NothingIsMissing) {
  FakeHost host;
  EXPECT_EQ(Unmet(host), std::set<Need>{});
  const Prerequisites found = CheckPrerequisites(host);
  EXPECT_EQ(found.FirstMissing(), nullptr);
  for (size_t i = 0; i < found.all().size(); ++i) EXPECT_EQ(found.all()[i].need, static_cast<Need>(i));
}

// What is taken away, which findings it changes, and what the one line says.
struct Case {
  const char* name;
  std::function<void(FakeHost&)> take;
  std::set<Need> unmet;
  const char* reason;
  const char* remedy;
};

TEST(BpfPrerequisites, EachIsFoundMissingByItselfAndExplained) {
  using enum Need;
  const Case cases[] = {
      {"seccomp", [](FakeHost& h) { h.bpf = EPERM; }, {kSyscall}, "seccomp", "profile of the container runtime"},
      {"seccomp that kills",
       [](FakeHost& h) { h.bpf = kKilled; },
       {kSyscall},
       "ends a process",
       "SystemCallFilter=bpf"},
      {"no system call", [](FakeHost& h) { h.bpf = ENOSYS; }, {kSyscall}, "no bpf(2)", "CONFIG_BPF_SYSCALL"},
      {"CAP_BPF",
       [](FakeHost& h) { h.capabilities = Bit(CAP_PERFMON); },
       {kRights},
       "CAP_BPF is missing",
       "AmbientCapabilities=CAP_BPF CAP_PERFMON"},
      {"CAP_PERFMON",
       [](FakeHost& h) { h.capabilities = Bit(CAP_BPF); },
       {kRights},
       "CAP_PERFMON is missing",
       "setcap cap_bpf,cap_perfmon+ep"},
      {"both",
       [](FakeHost& h) { h.capabilities = 0; },
       {kRights},
       "CAP_BPF and CAP_PERFMON are missing",
       "run as root"},
      {"user namespace",
       [](FakeHost& h) { h.initial = false; },
       {kRights},
       "user namespace",
       "the host's user namespace"},
      {"types",
       [](FakeHost& h) { h.types = Fail("/there", ENOENT); },
       {kTypes, kLoops, kTestRun, kTypedLoads, kStateEvents},
       "/there: No such file",
       "CONFIG_DEBUG_INFO_BTF"},
      {"loops", [](FakeHost& h) { h.types->loops = false; }, {kLoops}, "bpf_loop", "5.17"},
      {"test run", [](FakeHost& h) { h.types->test_run = false; }, {kTestRun}, "raw tracepoint", "5.10"},
  };
  for (const Case& taken : cases) {
    SCOPED_TRACE(taken.name);
    FakeHost host;
    taken.take(host);
    EXPECT_EQ(Unmet(host), taken.unmet);
    const Advice advice = Explain(kRefused, host);
    EXPECT_THAT(advice.reason, HasSubstr(taken.reason));
    EXPECT_THAT(advice.remedy, HasSubstr(taken.remedy));
    EXPECT_THAT(advice.Text(), Not(HasSubstr("\n")));
  }
}

TEST(BpfPrerequisites, OneWayToReadIsEnough) {
  FakeHost host;
  host.types->typed_loads = false;
  EXPECT_EQ(Unmet(host), std::set{Need::kTypedLoads});
  EXPECT_EQ(CheckPrerequisites(host).FirstMissing(), nullptr);
  host.lockdown = "confidentiality";
  EXPECT_THAT(Explain(kRefused, host).Text(), AllOf(HasSubstr("lockdown"), HasSubstr("Linux 6.2")));
  host.types->typed_loads = true;
  EXPECT_EQ(Unmet(host), std::set{Need::kBulkReads});
  EXPECT_EQ(CheckPrerequisites(host).FirstMissing(), nullptr);
  host.lockdown = "integrity";
  EXPECT_EQ(Unmet(host), std::set<Need>{});
}

TEST(BpfPrerequisites, EventsGiveTheWalkItsCookies) {
  FakeHost host;
  host.types->state_events = false;
  EXPECT_EQ(Unmet(host), std::set{Need::kStateEvents});
  EXPECT_THAT(Explain(kRefused, host).reason, HasSubstr("inet_sock_set_state"));
}

TEST(BpfPrerequisites, TheLedgerHasNeedsOfItsOwn) {
  FakeHost host;
  host.types->loops = host.types->test_run = host.types->typed_loads = false;
  const Prerequisites old = CheckPrerequisites(host);
  EXPECT_EQ(old.FirstMissingOfLedger(), nullptr);
  EXPECT_THAT(ExplainLedger(kRefused, old).reason, HasSubstr("security module"));
  host.lockdown = "confidentiality";
  EXPECT_THAT(ExplainLedger(kRefused, CheckPrerequisites(host)).Text(), HasSubstr("lockdown=integrity"));
  host.types->state_events = false;
  EXPECT_THAT(ExplainLedger(kRefused, CheckPrerequisites(host)).reason, HasSubstr("inet_sock_set_state"));
  host.capabilities = 0;
  EXPECT_THAT(ExplainLedger(kRefused, CheckPrerequisites(host)).reason, HasSubstr("CAP_BPF"));
}

TEST(BpfPrerequisites, SysAdminIncludesBoth) {
  FakeHost host;
  host.capabilities = Bit(CAP_SYS_ADMIN);
  EXPECT_EQ(Unmet(host), std::set<Need>{});
}

TEST(BpfPrerequisites, WhereNothingIsMissingTheCodeTells) {
  FakeHost host;
  const std::pair<int, const char*> codes[] = {
      {EPERM, "security module"}, {EACCES, "verifier"},    {E2BIG, "verifier"},    {ESRCH, "this kernel lacks"},
      {ENOMEM, "no memory"},      {EMFILE, "descriptors"}, {EIO, "cannot be used"}};
  for (const auto& [code, words] : codes) {
    const Advice advice = Explain(Error{"loading", code}, host);
    EXPECT_THAT(advice.reason, AllOf(HasSubstr(words), HasSubstr("loading")));
    EXPECT_NE(advice.remedy, "");
  }
  host.capabilities = 0;  // the layout was seen by a program that was loaded
  EXPECT_THAT(Explain(Error{"snd_cwnd is 4 and not 10", kLayoutDiffers}, host).reason,
              AllOf(HasSubstr("differs"), HasSubstr("snd_cwnd is 4 and not 10")));
}

TEST(BpfPrerequisites, LockdownIsTheWordInBrackets) {
  EXPECT_EQ(ChosenLockdown("none [integrity] confidentiality"), "integrity");
  EXPECT_EQ(ChosenLockdown("none integrity [confidentiality]"), "confidentiality");
  EXPECT_EQ(ChosenLockdown(""), "");
  EXPECT_EQ(AskedLockdown("quiet lockdown=integrity xlockdown=no lockdown=confidentiality\n"), "confidentiality");
  EXPECT_EQ(AskedLockdown("quiet nolockdown"), "");
}

TEST(BpfPrerequisites, FilesWithoutTypesAreErrors) {
  const Result<KernelTypes> absent = ReadKernelTypes("/nonexistent/vmlinux");
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().code, ENOENT);
  const std::string path = testing::TempDir() + "types" + std::to_string(::getpid());
  std::ofstream(path) << "these are no types";
  EXPECT_THAT(ReadKernelTypes(path).error().Text(), HasSubstr("holds no types"));
  ::unlink(path.c_str());
}

TEST(BpfPrerequisites, SymbolsTellWhatTheTypesWouldHave) {
  FakeHost host;
  host.types = Fail("/there", ENOENT);
  host.symbols = KernelTypes{true, true, false, true};
  EXPECT_EQ(Unmet(host), (std::set{Need::kTypes, Need::kTypedLoads}));
  const Prerequisites seen = CheckPrerequisites(host);
  EXPECT_TRUE(seen[Need::kTypedLoads].known);
  host.symbols = Fail("/hidden", EACCES);
  const Prerequisites found = CheckPrerequisites(host);
  for (const Finding& finding : found.all())
    EXPECT_EQ(finding.known, finding.met || finding.need == Need::kTypes) << finding.state;
}

TEST(BpfPrerequisites, SymbolsAreWholeNames) {
  const std::string path = testing::TempDir() + "symbols" + std::to_string(::getpid());
  std::ofstream(path) << "0000000000000000 T __pfx_bpf_loop\n0000000000000000 T bpf_loops\n\nxx\n"
                         "0000000000000000 t bpf_prog_test_run_raw_tp\n0000000000000000 T bpf_rdonly_cast\t[module]\n";
  const Result<KernelTypes> found = ReadKernelSymbols(path);
  std::ofstream(path, std::ios::trunc).flush();
  EXPECT_THAT(ReadKernelSymbols(path).error().Text(), HasSubstr("is empty"));
  ::unlink(path.c_str());
  ASSERT_TRUE(found);
  EXPECT_FALSE(found->loops || found->state_events);
  EXPECT_TRUE(found->test_run && found->typed_loads);
  EXPECT_EQ(ReadKernelSymbols(path).error().code, ENOENT);
}

TEST(BpfPrerequisites, SymbolsAndTypesOfThisKernelAgree) {
  const Result<KernelTypes> types = Host::Running().Types(), symbols = Host::Running().Symbols();
  if (!types || !symbols) GTEST_SKIP() << "NOT TESTED: this kernel does not tell both";
  EXPECT_EQ(types->loops, symbols->loops);
  EXPECT_EQ(types->test_run, symbols->test_run);
  EXPECT_EQ(types->typed_loads, symbols->typed_loads);
  EXPECT_EQ(types->state_events, symbols->state_events);
}

// What TryBpf gives in a child that refuses itself the call; 255: could not.
int TriedBehindAFilter(unsigned action) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(60);
    if (!RefuseCall(SYS_bpf, action)) ::_exit(255);
    const int code = Host::Running().TryBpf();
    ::_exit(code == kKilled ? 254 : code);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(BpfPrerequisites, AFilterIsSeenAndSurvived) {
  EXPECT_EQ(TriedBehindAFilter(SECCOMP_RET_ERRNO | EPERM), EPERM);
  EXPECT_EQ(TriedBehindAFilter(SECCOMP_RET_ERRNO | ENOSYS), ENOSYS);
  EXPECT_EQ(TriedBehindAFilter(SECCOMP_RET_KILL_PROCESS), 254);
  EXPECT_EQ(TriedBehindAFilter(SECCOMP_RET_KILL_THREAD), 254);
}

TEST(BpfPrerequisites, LookingAtThisKernelChangesNothing) {
  const uint64_t before = Host::Running().Capabilities();
  RunningNeedsCapBpf();
  EXPECT_EQ(Host::Running().Capabilities(), before);
  const Prerequisites found = CheckPrerequisites();
  for (const Finding& finding : found.all()) EXPECT_EQ(finding.met, finding.remedy.empty()) << finding.state;
}

}  // namespace
}  // namespace xtcp2::bpf
