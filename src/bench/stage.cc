#include "bench/stage.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <csignal>
#include <cstdio>
#include <fstream>
#include <sstream>

#include "base/fd.h"
#include "bench/loopback.h"

namespace xtcp2::bench {
namespace {

// A folder of procfs that every kernel has: the one place where something can be mounted without a folder having to be
// made on the host first.
constexpr const char* kFolder = "/proc/driver";
constexpr const char* kNamed = "/run/netns";  // where other programs look for namespaces with names

// Mounts made here shall not appear on the host. In a chroot the root may be no mount; what is below it can be made
// private all the same, and `whole` is false.
Result<> MakeMountsPrivate(bool& whole) {
  whole = mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
  if (whole) return {};
  std::ifstream mounts("/proc/self/mountinfo");
  bool proc = false;
  for (std::string line; std::getline(mounts, line);) {
    std::istringstream words(line);
    std::string id, parent, device, root, point;
    words >> id >> parent >> device >> root >> point;
    const bool made = mount(nullptr, point.c_str(), nullptr, MS_PRIVATE, nullptr) == 0;
    if (point == "/proc") proc = made;
  }
  if (!proc) return Fail("/proc is no mount of its own here, so nothing can be mounted unseen by the host");
  return {};
}

Result<Stage> Furnish() {
  if (unshare(CLONE_NEWNS | CLONE_NEWNET) != 0) return FailErrno("making namespaces");
  bool whole = false;
  if (Result<> made = MakeMountsPrivate(whole); !made) return tl::unexpected(made.error());
  if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr) != 0)
    return FailErrno("mounting /proc");
  if (mount("tmpfs", kFolder, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755") != 0)
    return FailErrno(fmt::format("mounting a tmpfs on {}", kFolder));
  Stage stage{kFolder, fmt::format("{}/netns", kFolder)};
  if (mkdir(stage.netns_folder.c_str(), 0755) != 0) return FailErrno("making " + stage.netns_folder);
  struct stat about;
  if (whole && stat(kNamed, &about) == 0) mount(stage.netns_folder.c_str(), kNamed, nullptr, MS_BIND, nullptr);
  if (Result<> up = BringLoopbackUp(); !up) return tl::unexpected(up.error());
  return stage;
}

// The parent's death ends this process, and with it, the first of its PID namespace, every other there. `alive` tells
// of a parent that has died before.
bool FollowParent(int alive) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  pollfd gone{alive, POLLIN, 0};
  return poll(&gone, 1, 0) == 0;
}

int OnStage(const std::function<int(const Stage&)>& body) {
  setsid();  // a terminal's signals are the parent's business
  const Result<Stage> stage = Furnish();
  if (!stage) {
    std::fprintf(stderr, "xtcp2 bench: %s\n", stage.error().Text().c_str());
    return 1;
  }
  const int code = body(*stage);
  std::fflush(nullptr);
  return code;
}

// Waits for the end of `pid`, or ends it when told to stop.
int Attend(pid_t pid, const sigset_t& signals) {
  int stopped_by = 0, status = 0;
  while (waitpid(pid, &status, WNOHANG) == 0) {
    const int number = sigwaitinfo(&signals, nullptr);
    if (number < 0 || number == SIGCHLD) continue;
    stopped_by = number;
    kill(pid, SIGKILL);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    break;
  }
  if (stopped_by != 0) return 128 + stopped_by;
  if (WIFEXITED(status)) return WEXITSTATUS(status);
  std::fprintf(stderr, "xtcp2 bench: its process was killed by signal %d\n", WTERMSIG(status));
  return 1;
}

}  // namespace

Result<int> RunOnStage(const std::function<int(const Stage&)>& body) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return FailErrno("making a pipe");
  const Fd alive(ends[0]);
  Fd here(ends[1]);
  sigset_t signals, before;
  sigemptyset(&signals);
  for (const int number : {SIGCHLD, SIGINT, SIGTERM, SIGHUP, SIGQUIT}) sigaddset(&signals, number);
  sigprocmask(SIG_BLOCK, &signals, &before);
  if (unshare(CLONE_NEWPID) != 0)
    return Fail("making a PID namespace, for which bench needs root (CAP_SYS_ADMIN)", errno);
  std::fflush(nullptr);
  const pid_t pid = fork();
  if (pid < 0) return FailErrno("starting a process");
  if (pid == 0) {
    here.Close();
    sigprocmask(SIG_SETMASK, &before, nullptr);
    _exit(FollowParent(alive.get()) ? OnStage(body) : 1);
  }
  return Attend(pid, signals);
}

}  // namespace xtcp2::bench
