#include "serve/capabilities_drop.h"

#include <dirent.h>
#include <fmt/format.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <fstream>
#include <memory>
#include <set>
#include <thread>
#include <vector>

#include "base/clock.h"

namespace xtcp2 {

namespace {

using std::chrono::milliseconds;

std::atomic<CapabilitySet> g_kept{0};  // read in the signal handler

int DropSignal() { return SIGRTMAX - 4; }

// Drops in the calling thread, by system calls only, because it runs in a signal handler. What failed shows in /proc.
void DropInThisThread(int) {
  const int saved = errno;
  const CapabilitySet kept = g_kept.load(std::memory_order_relaxed);
  // Fails with EINVAL behind the last capability of this kernel, with EPERM without CAP_SETPCAP.
  for (unsigned long capability = 0; capability < 64; ++capability)
    if (!(kept >> capability & 1) && ::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0) break;
  ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2] = {};
  if (::syscall(SYS_capget, &header, data) == 0) {
    for (int half = 0; half < 2; ++half) {
      data[half].permitted &= static_cast<uint32_t>(kept >> (32 * half));
      data[half].effective = data[half].permitted;
      data[half].inheritable = 0;
    }
    ::syscall(SYS_capset, &header, data);
  }
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  errno = saved;
}

std::vector<int> Threads() {
  std::vector<int> threads;
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir("/proc/self/task"), ::closedir);
  while (const dirent* entry = folder ? ::readdir(folder.get()) : nullptr)
    if (const int tid = std::atoi(entry->d_name); tid > 0) threads.push_back(tid);
  return threads;
}

// What /proc says of one thread.
struct ThreadState {
  std::string name = {};
  CapabilitySet held = 0;  // in any set that gives power now or later, the bounding set aside
  bool no_new_privileges = false;
  bool blocks_signal = false;
};

uint64_t ParseHex(const std::string& text) {
  uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value, 16);
  return value;
}

ThreadState StateOf(int tid) {
  ThreadState state;
  std::ifstream file(fmt::format("/proc/self/task/{}/status", tid));
  if (!file) return {.no_new_privileges = true};  // ended meanwhile
  for (std::string key, value; file >> key && std::getline(file >> std::ws, value);) {
    if (key == "Name:") state.name = value;
    if (key == "NoNewPrivs:") state.no_new_privileges = value == "1";
    if (key == "SigBlk:") state.blocks_signal = ParseHex(value) >> (DropSignal() - 1) & 1;
    if (key == "CapInh:" || key == "CapPrm:" || key == "CapEff:" || key == "CapAmb:") state.held |= ParseHex(value);
  }
  return state;
}

#ifdef __SANITIZE_THREAD__
constexpr bool kThreadsOfASanitizer = true;  // its own block every signal and cannot be asked
#else
constexpr bool kThreadsOfASanitizer = false;
#endif

bool Done(const ThreadState& state) {
  if (kThreadsOfASanitizer && state.blocks_signal) return true;
  return (state.held & ~g_kept.load()) == 0 && state.no_new_privileges;
}

// Asks every thread that still has too much, once each; returns those.
std::vector<int> AskAll(std::set<int>& asked) {
  std::vector<int> left;
  for (const int tid : Threads()) {
    if (Done(StateOf(tid))) continue;
    left.push_back(tid);
    if (asked.insert(tid).second) ::syscall(SYS_tgkill, ::getpid(), tid, DropSignal());
  }
  return left;
}

Result<> InstallHandler() {
  struct sigaction action{};
  action.sa_handler = DropInThisThread;
  action.sa_flags = SA_RESTART;
  sigfillset(&action.sa_mask);
  // It stays: a signal that arrives late must not end the process, and doing it twice changes nothing.
  if (::sigaction(DropSignal(), &action, nullptr) != 0)
    return FailErrno("installing the handler that drops capabilities");
  return {};
}

}  // namespace

Result<> DropCapabilities(const CapabilityNeeds& needs, milliseconds patience) {
  g_kept = KeptCapabilities(needs);
  if (const Result<> installed = InstallHandler(); !installed) return installed;
  DropInThisThread(0);
  if (Threads().empty()) return FailErrno("reading /proc/self/task to see that all threads gave up their capabilities");
  const int64_t deadline_ns = MonotonicNs() + patience.count() * kNsPerMs;
  std::set<int> asked;
  // Two rounds in a row without a find: a thread that was started by one not yet asked, after its round's listing, is
  // in the next.
  for (int clean_rounds = 0; clean_rounds < 2;) {
    const std::vector<int> left = AskAll(asked);
    clean_rounds = left.empty() ? clean_rounds + 1 : 0;
    if (left.empty()) continue;
    if (MonotonicNs() > deadline_ns)
      return Fail(
          fmt::format("thread {} (\"{}\") does not give up its capabilities: it blocks signal {}; capabilities "
                      "must be dropped before such a thread starts",
                      left[0], StateOf(left[0]).name, DropSignal()));
    std::this_thread::sleep_for(milliseconds(1));
  }
  return {};
}

}  // namespace xtcp2
