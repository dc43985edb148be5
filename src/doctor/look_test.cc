// What a process may do: each right and limit of the running host taken away changes its line and no other.
#include <linux/capability.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "base/seccomp_for_test.h"
#include "doctor/look_for_test.h"

namespace xtcp2::doctor {
namespace {

bool Drop(int capability) {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2] = {};
  if (::syscall(SYS_capget, &header, data) != 0) return false;
  const uint32_t bit = 1u << (capability % 32);
  data[capability / 32].effective &= ~bit;
  data[capability / 32].permitted &= ~bit;
  return ::syscall(SYS_capset, &header, data) == 0;
}

Take Lower(__rlimit_resource resource, rlim_t limit) {
  return [=](Places&) {
    const rlimit lowered{limit, limit};
    return ::setrlimit(resource, &lowered) == 0;
  };
}

Take Refuse(long number, uint32_t action = SECCOMP_RET_ERRNO | EPERM) {
  return [=](Places&) { return RefuseCall(number, action); };
}

TEST_F(DoctorHere, TwoLooksAreEqualAndLoadingChangesNoLine) {
  EXPECT_THAT(Changed(Nothing), testing::IsEmpty());
  EXPECT_EQ(States({}), States({.load = false}));
}

TEST_F(DoctorHere, Capabilities) {
  for (const CapabilityRule& rule : CapabilityRules()) {
    std::string name = "capabilities." + std::string(rule.name).substr(4);
    for (char& c : name) c = static_cast<char>(std::tolower(c));
    if (!Has(name)) continue;
    const auto changed = Changed([&](Places&) { return Drop(rule.capability); });
    EXPECT_THAT(changed, testing::ElementsAre(testing::AnyOf("missing " + name, "not_wanted " + name)));
  }
}

TEST_F(DoctorHere, SystemCalls) {
  for (const uint32_t action : {SECCOMP_RET_ERRNO | EPERM, SECCOMP_RET_ERRNO | ENOSYS, SECCOMP_RET_KILL_PROCESS}) {
    ChangesOnly("bpf.syscall", Refuse(SYS_bpf, action));
    ChangesOnly("io_uring.ring", Refuse(SYS_io_uring_setup, action));
    ChangesOnly("namespaces.enter", Refuse(SYS_setns, action));
  }
}

TEST_F(DoctorHere, Netlink) {
  ChangesOnly("netlink.sock_diag", Refuse(SYS_sendto));
  ChangesOnly("netlink.sock_diag", Refuse(SYS_socket), Nothing, {"unknown netlink.final_events"});
}

TEST_F(DoctorHere, Limits) {
  ChangesOnly("limits.files", Lower(RLIMIT_NOFILE, 100));
  ChangesOnly("limits.locked_memory", Lower(RLIMIT_MEMLOCK, 0), [](Places&) { return Drop(CAP_IPC_LOCK); });
}

}  // namespace
}  // namespace xtcp2::doctor
