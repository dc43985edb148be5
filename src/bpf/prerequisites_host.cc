#include "bpf/prerequisites_host.h"

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <memory>
#include <sstream>

namespace xtcp2::bpf {
namespace {

// A size that the kernel refuses before it looks at anything else.
constexpr long kTooLarge = 1 << 20;
constexpr ino_t kInitialUserNamespace = 0xEFFFFFFD;  // PROC_USER_INIT_INO

struct BtfFree {
  void operator()(btf* types) const { btf__free(types); }
};

bool Has(const btf* types, const char* name, uint32_t kind) { return btf__find_by_name_kind(types, name, kind) > 0; }

int Call(long number, long first, long second, long third) {
  errno = 0;
  return ::syscall(number, first, second, third) < 0 ? errno : 0;
}

// 2: a filter.
int SeccompMode() {
  std::ifstream file("/proc/thread-self/status");
  for (std::string key, value; file >> key && std::getline(file >> std::ws, value);)
    if (key == "Seccomp:") return std::atoi(value.c_str());
  return 0;
}

struct Capabilities3 {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2] = {};
  bool Get() { return ::syscall(SYS_capget, &header, data) == 0; }
  bool Set() { return ::syscall(SYS_capset, &header, data) == 0; }
  uint64_t Effective() const { return data[0].effective | uint64_t{data[1].effective} << 32; }
};

}  // namespace

int TrySystemCall(long number, long first, long second, long third) {
  if (SeccompMode() != 2) return Call(number, first, second, third);
  const pid_t child = ::fork();
  if (child < 0) return Call(number, first, second, third);
  if (child == 0) {
    ::signal(SIGSYS, SIG_DFL);
    ::_exit(Call(number, first, second, third));  // errno values that can come are below 256
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : kKilled;
}

int Host::TryBpf() { return TrySystemCall(SYS_bpf, BPF_PROG_TEST_RUN, 0, kTooLarge); }

uint64_t Host::Capabilities() {
  Capabilities3 own;
  return own.Get() ? own.Effective() : 0;
}

bool Host::InInitialUserNamespace() {
  struct stat about;
  return ::stat("/proc/self/ns/user", &about) != 0 || about.st_ino == kInitialUserNamespace;
}

Result<KernelTypes> Host::Types() { return ReadKernelTypes(kVmlinuxBtf); }

Result<KernelTypes> Host::Symbols() { return ReadKernelSymbols("/proc/kallsyms"); }

std::string Host::Lockdown() {
  std::string text;
  if (std::getline(std::ifstream("/sys/kernel/security/lockdown"), text)) return ChosenLockdown(text);
  std::getline(std::ifstream("/proc/cmdline"), text);
  return AskedLockdown(text);
}

Host& Host::Running() {
  static Host host;
  return host;
}

Result<KernelTypes> ReadKernelTypes(const std::string& path) {
  if (::access(path.c_str(), R_OK) != 0) return FailErrno(path);
  libbpf_set_print(nullptr);
  const std::unique_ptr<btf, BtfFree> types(btf__parse_raw(path.c_str()));
  if (!types) return FailErrno(path + " holds no types");
  return KernelTypes{.loops = Has(types.get(), "bpf_loop", BTF_KIND_FUNC),
                     .test_run = Has(types.get(), "bpf_prog_test_run_raw_tp", BTF_KIND_FUNC),
                     .typed_loads = Has(types.get(), "bpf_rdonly_cast", BTF_KIND_FUNC),
                     .state_events = Has(types.get(), "btf_trace_inet_sock_set_state", BTF_KIND_TYPEDEF)};
}

Result<KernelTypes> ReadKernelSymbols(const std::string& path) {
  std::ifstream file(path);
  if (!file) return FailErrno(path);
  KernelTypes found;
  bool any = false;
  for (std::string line; std::getline(file, line); any = true) {
    // "ffffffff81515 T bpf_loop", and behind a tab the module's name
    const size_t begin = line.find(' ') + 3;
    if (begin == 2 || begin > line.size()) continue;
    const std::string_view name = std::string_view(line).substr(begin, line.find('\t', begin) - begin);
    found.loops |= name == "bpf_loop";
    found.test_run |= name == "bpf_prog_test_run_raw_tp";
    found.typed_loads |= name == "bpf_rdonly_cast";
    found.state_events |= name == "__traceiter_inet_sock_set_state";  // __DEFINE_TRACE_EXT, linux/tracepoint.h
  }
  if (!any) return Fail(path + " is empty");
  return found;
}

std::string ChosenLockdown(const std::string& text) {
  const size_t begin = text.find('['), end = text.find(']');
  return begin < end && end != std::string::npos ? text.substr(begin + 1, end - begin - 1) : "";
}

std::string AskedLockdown(const std::string& command_line) {
  std::istringstream words(command_line);
  std::string asked;
  for (std::string word; words >> word;)
    if (word.starts_with("lockdown=")) asked = word.substr(9);
  return asked;
}

bool RunningNeedsCapBpf() {
  if (Host::Running().TryBpf() != E2BIG) return false;  // no capability would help
  Capabilities3 before, lowered;
  if (!before.Get() || !lowered.Get()) return false;
  for (auto& half : lowered.data) half.effective = 0;
  if (!lowered.Set()) return false;
  const int code = Host::Running().TryBpf();
  before.Set();
  return code == EPERM;
}

}  // namespace xtcp2::bpf
