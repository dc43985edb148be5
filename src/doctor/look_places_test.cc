// Where things are looked for: files and mounts of the running host taken away.
#include <sched.h>
#include <sys/mount.h>

#include <filesystem>
#include <fstream>

#include "doctor/look_for_test.h"

namespace xtcp2::doctor {
namespace {

TEST_F(DoctorHere, Types) {
  const Take no_types = [](Places& places) { return places.btf = "/nonexistent/btf", true; };
  ChangesOnly("bpf.types", no_types);
  const std::vector<std::string> hidden = {"unknown bpf.loops", "unknown bpf.test_run", "unknown bpf.typed_loads",
                                           "unknown bpf.state_events"};
  if (Has("bpf.typed_loads"))
    ChangesOnly(
        "bpf.types", [&](Places& places) { return places.symbols = "/nonexistent", no_types(places); }, Nothing,
        hidden);
}

// On a guest that was booted so: the walk takes typed loads, and the ledger says what is in its way.
TEST(DoctorUnderLockdown, SaysWhatItForbids) {
  std::string command_line;
  std::getline(std::ifstream("/proc/cmdline"), command_line);
  if (bpf::AskedLockdown(command_line) != "confidentiality" || ::geteuid() != 0)
    GTEST_SKIP() << "NOT TESTED: this kernel was not booted with lockdown=confidentiality";
  const Report report = Judge(Look(), "test");
  for (const Check& check : report.checks)
    EXPECT_EQ(check.state == State::kMissing, check.name == "bpf.bulk_reads") << check.name << ": " << check.found;
  for (const Outcome& outcome : report.outcomes)
    if (outcome.name == "ledger") {
      EXPECT_THAT(outcome.text, testing::HasSubstr("lockdown is \"confidentiality\""));
    }
  EXPECT_EQ(report.collector, Collector::kBpf);
}

class DoctorCgroup : public DoctorHere {
 protected:
  DoctorCgroup() : root_(std::filesystem::path(testing::TempDir()) / ("doctor" + std::to_string(::getpid()))) {
    Write("proc/self/mountinfo", "30 23 0:26 / /cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw\n");
    Write("proc/self/cgroup", "0::/box\n");
  }
  ~DoctorCgroup() override { std::filesystem::remove_all(root_); }
  bool Write(const std::string& path, const std::string& text) const {
    std::filesystem::create_directories((root_ / path).parent_path());
    return static_cast<bool>(std::ofstream(root_ / path) << text);
  }
  Take Here() const {
    return [this](Places& places) { return places.root = root_, true; };
  }
  const std::filesystem::path root_;
};

TEST_F(DoctorCgroup, ItsLimits) {
  ChangesOnly("limits.processors", [&](Places&) { return Write("cgroup/box/cpu.max", "50000 100000\n"); }, Here());
  Write("cgroup/box/cpu.max", "max 100000\n");
  Write("cgroup/box/pids.current", "7\n");
  ChangesOnly("limits.threads", [&](Places&) { return Write("cgroup/box/pids.max", "20\n"); }, Here());
}

bool MountProc(const char* options) {
  return ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
         ::mount("proc", "/proc", "proc", 0, options) == 0;
}

TEST_F(DoctorHere, HiddenProcesses) {
  ChangesOnly(
      "namespaces.proc", [](Places&) { return MountProc("hidepid=2"); },
      [](Places&) { return ::unshare(CLONE_NEWNS) == 0 && MountProc(nullptr); });
}

TEST_F(DoctorHere, AUserNamespace) {
  if (!Has("bpf.user_namespace")) GTEST_SKIP() << "NOT TESTED: this is no initial user namespace";
  const Take root_inside = [](Places&) {
    if (::unshare(CLONE_NEWUSER) != 0) return false;
    std::ofstream("/proc/self/uid_map") << "0 0 1\n";
    return ::getuid() == 0;
  };
  // Inside, it holds every capability, also those that it did not have before.
  for (const std::string& line : Changed(root_inside))
    EXPECT_THAT(line, testing::AnyOf("missing bpf.user_namespace", testing::HasSubstr("ok capabilities.")));
  EXPECT_THAT(Changed(root_inside), testing::Contains("missing bpf.user_namespace"));
}

}  // namespace
}  // namespace xtcp2::doctor
