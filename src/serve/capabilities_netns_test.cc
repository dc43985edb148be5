// Needs root: that what is kept is enough to enter namespaces afterwards, and that less is not. The facts in
// docs/security.md.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/capability.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "base/child_for_test.h"
#include "serve/capabilities_drop.h"

namespace xtcp2 {
namespace {

constexpr uid_t kNobody = 65534;

bool MayTest() {
  const CapabilitySet wanted = KeptCapabilities({.all_namespaces = true}) | CapabilitySet{1} << CAP_SETUID;
  return ::geteuid() == 0 && (EffectiveCapabilities() & wanted) == wanted;
}
#define SKIP_UNLESS_ROOT() \
  if (!MayTest()) GTEST_SKIP() << "NOT TESTED: needs root with CAP_SYS_ADMIN, CAP_SYS_PTRACE and CAP_SETUID"

// A process in a network namespace of its own (and in a user namespace of its own, when wanted), until the object goes.
class Holder {
 public:
  explicit Holder(uid_t user, bool own_user_namespace = false) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return;
    pid_ = ::fork();
    if (pid_ == 0) {
      ::alarm(60);
      WriteTo(ends[1], Settle(user, own_user_namespace) ? "!" : "-");
      while (true) ::pause();
    }
    ::close(ends[1]);
    char mark = 0;
    ready_ = ::read(ends[0], &mark, 1) == 1 && mark == '!';
    ::close(ends[0]);
  }
  ~Holder() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  Holder(const Holder&) = delete;
  bool ready() const { return ready_; }
  std::string path() const { return "/proc/" + std::to_string(pid_) + "/ns/net"; }

 private:
  static bool Settle(uid_t user, bool own_user_namespace) {
    // A plain user may make a network namespace only together with a user namespace; else root makes it and becomes the
    // user.
    if (own_user_namespace) return ::setresuid(user, user, user) == 0 && ::unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0;
    return ::unshare(CLONE_NEWNET) == 0 && ::setresuid(user, user, user) == 0;
  }

  pid_t pid_ = -1;
  bool ready_ = false;
};

// Opens and enters; what happened, in a word.
std::string Enter(const std::string& path) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.ok()) return std::string("open: ") + std::strerror(errno);
  if (::setns(fd.get(), CLONE_NEWNET) != 0) return std::string("setns: ") + std::strerror(errno);
  struct stat wanted, now;
  if (::fstat(fd.get(), &wanted) != 0 || ::stat("/proc/thread-self/ns/net", &now) != 0) return "stat failed";
  return wanted.st_ino == now.st_ino ? "entered" : "elsewhere";
}

void GiveUpPtrace() {
  const cap_value_t ptrace = CAP_SYS_PTRACE;
  cap_t own = cap_get_proc();
  cap_set_flag(own, CAP_EFFECTIVE, 1, &ptrace, CAP_CLEAR);
  cap_set_flag(own, CAP_PERMITTED, 1, &ptrace, CAP_CLEAR);
  cap_set_proc(own);
  cap_free(own);
}

std::string DropThenEnter(const CapabilityNeeds& needs, const std::string& path, bool without_ptrace = false) {
  return RunInChild([&](int fd) {
           if (without_ptrace) GiveUpPtrace();
           const Result<> dropped = DropCapabilities(needs);
           WriteTo(fd, dropped ? Enter(path) : dropped.error().Text());
         })
      .text;
}

// Root's processes are no exception: they have capabilities that we gave up (cap_ptrace_access_check in
// security/commoncap.c).
void ExpectTable(const Holder& holder) {
  EXPECT_EQ(DropThenEnter({.all_namespaces = true}, holder.path()), "entered");
  EXPECT_EQ(DropThenEnter({.all_namespaces = true}, holder.path(), true), "open: Permission denied");
  EXPECT_EQ(DropThenEnter({.marks = true}, holder.path()), "open: Permission denied");
}

TEST(CapabilitiesNetns, OfProcessesOfRootAndOthersTheyAreEnteredWithPtrace) {
  SKIP_UNLESS_ROOT();
  const Holder root_process(0), other_user(kNobody);
  ASSERT_TRUE(root_process.ready() && other_user.ready());
  ExpectTable(root_process);
  ExpectTable(other_user);
}

TEST(CapabilitiesNetns, AlsoThoseThatBelongToAnotherUserNamespace) {
  SKIP_UNLESS_ROOT();
  const Holder rootless(kNobody, true);
  if (!rootless.ready()) GTEST_SKIP() << "NOT TESTED: this host does not let users make user namespaces";
  ExpectTable(rootless);
}

// As "ip netns add" leaves it: a file with a namespace mounted over it, and no process within.
TEST(CapabilitiesNetns, NamedOnesAreEnteredWithSysAdminAlone) {
  SKIP_UNLESS_ROOT();
  const std::string path = testing::TempDir() + "netns" + std::to_string(::getpid());
  std::ofstream(path) << "";
  const ChildEnd end = RunInChild([&](int fd) {
    bool mounted = ::unshare(CLONE_NEWNS) == 0;
    // In a chroot "/" may be no mount point, and there is nothing to make private.
    if (mounted) mounted = ::mount("", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 || errno == EINVAL;
    {
      const Holder holder(0);
      mounted =
          mounted && holder.ready() && ::mount(holder.path().c_str(), path.c_str(), nullptr, MS_BIND, nullptr) == 0;
    }
    WriteTo(fd, mounted ? "" : std::string("mounting failed: ") + std::strerror(errno));
    WriteTo(fd, DropThenEnter({.all_namespaces = true}, path) + ", ");
    WriteTo(fd, DropThenEnter({.all_namespaces = true}, path, true) + ", ");
    WriteTo(fd, DropThenEnter({}, path));
  });
  std::filesystem::remove(path);
  EXPECT_EQ(end.text, "entered, entered, setns: Operation not permitted");
}

}  // namespace
}  // namespace xtcp2
