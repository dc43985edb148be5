// The BPF programs on the running kernel without one thing that they need: what cannot be loaded says why, and what
// helps. Needs root, to take things away from a child.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include <fstream>
#include <functional>
#include <iterator>

#include "base/child_for_test.h"
#include "base/fd.h"
#include "base/seccomp_for_test.h"
#include "bpf/ledger.h"
#include "bpf/object.h"
#include "bpf/prerequisites.h"
#include "bpf/walker.h"

namespace xtcp2::bpf {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr uint64_t Bit(int capability) { return uint64_t{1} << capability; }

// Leaves the calling process these capabilities at most.
bool KeepOnly(uint64_t kept) {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2] = {};
  if (::syscall(SYS_capget, &header, data) != 0) return false;
  for (int half = 0; half < 2; ++half) {
    data[half].effective &= static_cast<uint32_t>(kept >> (32 * half));
    data[half].permitted &= static_cast<uint32_t>(kept >> (32 * half));
    data[half].inheritable = 0;
  }
  return ::syscall(SYS_capset, &header, data) == 0;
}

std::string Told(const Error& error) {
  EXPECT_NE(error.what, "");
  const Advice advice = Explain(error);
  EXPECT_NE(advice.remedy, "");
  return advice.Text();
}

// "loaded", or the line that an operator gets.
std::string Walk(const std::string& btf_path) {
  const auto walk = WalkProgram::Load({.btf_path = btf_path});
  return walk ? "loaded" : Told(walk.error());
}
std::string Ledger(const std::string& btf_path) {
  const auto ledger = LedgerProgram::Load({.max_connections = 1024, .btf_path = btf_path});
  return ledger ? "loaded" : Told(ledger.error());
}
constexpr std::string (*kPrograms[])(const std::string&) = {Walk, Ledger};

// The same in a child from which `take` took something.
std::string Without(const std::function<bool()>& take, std::string (*program)(const std::string&),
                    const std::string& btf_path = "") {
  return RunInChild([&](int out) { WriteTo(out, take() ? program(btf_path) : "could not take it away"); }).text;
}

class LoadFailure : public testing::Test {
 protected:
  void SetUp() override {
    if (const std::string why = Walk(""); why != "loaded")
      GTEST_SKIP() << "NOT TESTED: BPF does not load here: " << why;
  }
};

TEST_F(LoadFailure, NothingButTheTwoCapabilitiesIsNeeded) {
  for (const auto program : kPrograms) {
    EXPECT_EQ(Without([] { return KeepOnly(Bit(CAP_BPF) | Bit(CAP_PERFMON)); }, program), "loaded");
    EXPECT_EQ(Without([] { return KeepOnly(Bit(CAP_SYS_ADMIN)); }, program), "loaded");
  }
}

TEST_F(LoadFailure, Capabilities) {
  const std::pair<uint64_t, const char*> kept[] = {{Bit(CAP_PERFMON), "CAP_BPF is missing"},
                                                   {Bit(CAP_BPF), "CAP_PERFMON is missing"},
                                                   {0, "CAP_BPF and CAP_PERFMON are missing"}};
  for (const auto& [capabilities, words] : kept)
    for (const auto program : kPrograms)
      EXPECT_THAT(Without([keep = capabilities] { return KeepOnly(keep); }, program),
                  AllOf(HasSubstr(words), HasSubstr("AmbientCapabilities=CAP_BPF CAP_PERFMON"), Not(HasSubstr("\n"))));
}

TEST_F(LoadFailure, ASeccompFilter) {
  for (const auto program : kPrograms)
    EXPECT_THAT(Without([] { return RefuseCall(SYS_bpf, SECCOMP_RET_ERRNO | EPERM); }, program),
                AllOf(HasSubstr("seccomp"), HasSubstr("SystemCallFilter=bpf")));
}

TEST_F(LoadFailure, NoDescriptors) {
  const auto few = [] {
    const auto used = static_cast<rlim_t>(Fd(::open("/dev/null", O_RDONLY | O_CLOEXEC)).get());
    const rlimit limit{used + 4, used + 4};  // some are left: a sanitizer, too, opens a few
    return ::setrlimit(RLIMIT_NOFILE, &limit) == 0;
  };
  for (const auto program : kPrograms) EXPECT_THAT(Without(few, program), HasSubstr("LimitNOFILE="));
}

TEST_F(LoadFailure, NoTypesWhereTheyShouldBe) {
  for (const auto program : kPrograms) {
    EXPECT_THAT(program("/nonexistent/btf"), AllOf(HasSubstr("/nonexistent/btf"), HasSubstr("CONFIG_DEBUG_INFO_BTF")));
    EXPECT_THAT(program("/proc/version"), HasSubstr("/proc/version"));
  }
}

// Types of a kernel without three members that both read: the program cannot be fitted, and the kernel refuses what is
// left of it.
TEST_F(LoadFailure, AnUnloadableObject) {
  std::ifstream vmlinux(kVmlinuxBtf, std::ios::binary);
  std::string types((std::istreambuf_iterator<char>(vmlinux)), {});
  using namespace std::string_literals;
  for (const std::string& member : {"\0skc_state\0"s, "\0skc_cookie\0"s, "\0skc_net\0"s}) {
    const size_t at = types.find(member);
    ASSERT_NE(at, std::string::npos);
    types[at + 1] = 'X';
  }
  const std::string path = testing::TempDir() + "other_types" + std::to_string(::getpid());
  std::ofstream(path, std::ios::binary) << types;
  for (const auto program : kPrograms)
    EXPECT_THAT(program(path), AllOf(HasSubstr("report this kernel's release"), Not(HasSubstr("\n"))));
  ::unlink(path.c_str());
}

TEST(BpfObject, WhatIsNoObjectIsNamed) {
  const auto object = OpenObject("some_name", AsBytes("this is no ELF file"), {});
  ASSERT_FALSE(object);
  EXPECT_THAT(object.error().Text(), HasSubstr("some_name"));
  EXPECT_NE(object.error().code, 0);
}

}  // namespace
}  // namespace xtcp2::bpf
