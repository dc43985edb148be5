// Every way not to get an io_uring, each with its line: by calls that fail on demand, and by real limits and filters in
// child processes.
#include "uring/explain.h"

#include <gmock/gmock.h>
#include <grp.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "base/child_for_test.h"
#include "base/seccomp_for_test.h"
#include "uring/ring_for_test.h"

namespace xtcp2::uring {
namespace {

using testing::AllOf;
using testing::HasSubstr;

std::string ErrorOf(FaultyCalls& calls, const RingOptions& options = {}) {
  const auto made = Ring::Make(options, calls);
  return made ? "made" : made.error().Text();
}

TEST(Explain, TheSettingThatSwitchesItOff) {
  FaultyCalls calls;
  calls.init_code = -EPERM;
  calls.disabled = 2;
  EXPECT_THAT(ErrorOf(calls), AllOf(HasSubstr("switched off"), HasSubstr("kernel.io_uring_disabled to 0")));
  calls.disabled = 1;
  EXPECT_THAT(ErrorOf(calls), AllOf(HasSubstr("privileged"), HasSubstr("kernel.io_uring_group")));
}

TEST(Explain, AFilter) {
  FaultyCalls calls;
  calls.init_code = -EPERM;
  EXPECT_THAT(ErrorOf(calls), AllOf(HasSubstr("seccomp"), HasSubstr("io_uring_setup")));
  calls.init_code = -ENOSYS;
  EXPECT_THAT(ErrorOf(calls), AllOf(HasSubstr("no io_uring"), HasSubstr("seccomp"), HasSubstr("6.1")));
}

TEST(Explain, AnOldKernel) {
  FaultyCalls old;
  old.init_code = -EINVAL;
  EXPECT_THAT(ErrorOf(old), AllOf(HasSubstr("too old"), HasSubstr("6.1")));
  FaultyCalls features;
  features.clear_features = IORING_FEAT_EXT_ARG;
  EXPECT_THAT(ErrorOf(features), HasSubstr("lacks features"));
  FaultyCalls operation;
  operation.missing_operation = IORING_OP_RECVMSG;
  EXPECT_THAT(ErrorOf(operation), HasSubstr("operation RECVMSG"));
  FaultyCalls probe;
  probe.no_probe = true;
  EXPECT_THAT(ErrorOf(probe), HasSubstr("operation SEND"));
  FaultyCalls buffers;
  buffers.register_code = -EINVAL;
  RingOptions options;
  options.buffers = {1, 4096, 0};
  EXPECT_THAT(ErrorOf(buffers, options), HasSubstr("too old"));
  buffers.register_code = -ENOMEM;
  EXPECT_THAT(ErrorOf(buffers, options), HasSubstr("RLIMIT_MEMLOCK"));
}

TEST(Explain, AnythingElse) {
  FaultyCalls calls;
  calls.init_code = -EMFILE;
  EXPECT_THAT(ErrorOf(calls), AllOf(HasSubstr("setting up an io_uring"), HasSubstr("open files")));
}

// Runs `body` in a child and gives what it returned.
std::string InChild(const std::function<std::string()>& body) {
  return RunInChild([&](int out) { WriteTo(out, body()); }).text;
}

std::string RealError(unsigned operations) {
  RingOptions options;
  options.operations = operations;
  const auto made = Ring::Make(options);
  return made ? "made" : made.error().Text();
}

// Answers io_uring_setup with `code` as container runtimes do.
bool DenySetup(uint32_t code) { return RefuseCall(__NR_io_uring_setup, SECCOMP_RET_ERRNO | code); }

TEST(Explain, ARealSeccompFilter) {
  if (Calls::Kernel().DisabledSetting() != 0) GTEST_SKIP() << "kernel.io_uring_disabled is set on this host";
  for (const int code : {EPERM, ENOSYS})
    EXPECT_THAT(InChild([&] { return DenySetup(static_cast<uint32_t>(code)) ? RealError(8) : "no filter"; }),
                HasSubstr("seccomp"));
}

// As nobody, whose locked memory is counted; the hard limit may be above the soft one.
std::string AsNobody(rlim_t soft, rlim_t hard) {
  return InChild([=]() -> std::string {
    const rlimit limit{soft, hard};
    if (setrlimit(RLIMIT_MEMLOCK, &limit) != 0 || setgroups(0, nullptr) != 0 || setgid(65534) != 0 ||
        setuid(65534) != 0)
      return "could not become nobody";
    return RealError(4096);
  });
}

TEST(Explain, ARealMemlockLimit) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root, to become a user with another limit";
  if (Calls::Kernel().DisabledSetting() != 0) GTEST_SKIP() << "kernel.io_uring_disabled is set on this host";
  const std::string answer = AsNobody(64 * 1024, 64 * 1024);
  // Kernels up to 6.12 do not charge a ring to its user (io_uring/io_uring.c, io_allocate_scq_urings): it is made
  // there.
  const auto refused = AllOf(HasSubstr("RLIMIT_MEMLOCK is 64 KiB"), HasSubstr("LimitMEMLOCK="));
  EXPECT_THAT(answer, AnyOf(std::string("made"), refused));
  EXPECT_EQ(AsNobody(64 * 1024, 4 << 20), "made");  // the soft limit is raised
}

TEST(RaiseMemlock, GoesAsFarAsItMay) {
  EXPECT_EQ(InChild([]() -> std::string {
              rlimit limit{4096, 1 << 20};
              if (setrlimit(RLIMIT_MEMLOCK, &limit) != 0) return "no limit";
              if (!RaiseMemlock(8192)) return "not raised";
              getrlimit(RLIMIT_MEMLOCK, &limit);
              return std::to_string(limit.rlim_cur);
            }),
            std::to_string(4096 + 8192));
}

TEST(Explain, HereItWorks) {
  if (const std::string why = RealError(8); why != "made") GTEST_SKIP() << why;
  EXPECT_EQ(RealError(32'768), "made");
}

}  // namespace
}  // namespace xtcp2::uring
