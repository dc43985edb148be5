// Whether a file can be had only by overriding its permissions (capabilities.h). The kernel is asked, with and without
// the capability, so that groups, ACLs and the folders on the way count as they will count later.
#include <fcntl.h>
#include <sys/capability.h>
#include <unistd.h>

#include <memory>

#include "serve/capabilities.h"

namespace xtcp2 {

namespace {

using CapabilityState = std::unique_ptr<_cap_struct, int (*)(void*)>;

// While it lives, the calling thread has neither CAP_DAC_OVERRIDE nor CAP_DAC_READ_SEARCH in effect.
class WithoutOverride {
 public:
  WithoutOverride() : before_(cap_get_proc(), cap_free) {
    const CapabilityState lowered(cap_dup(before_.get()), cap_free);
    const cap_value_t overrides[] = {CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH};
    cap_set_flag(lowered.get(), CAP_EFFECTIVE, 2, overrides, CAP_CLEAR);
    cap_set_proc(lowered.get());
  }
  ~WithoutOverride() { cap_set_proc(before_.get()); }
  WithoutOverride(const WithoutOverride&) = delete;

 private:
  CapabilityState before_;
};

std::string FolderOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

bool Allowed(const std::string& path, int mode) { return ::faccessat(AT_FDCWD, path.c_str(), mode, AT_EACCESS) == 0; }

bool CanRewrite(const std::string& path) {
  if (!Allowed(FolderOf(path), W_OK | X_OK)) return false;
  return Allowed(path, W_OK) || errno == ENOENT;
}

bool CanRead(const std::string& path) { return Allowed(path, R_OK); }

template <class Test>
bool OnlyByOverride(Test test) {
  if (!test()) return false;
  const WithoutOverride without;
  return !test();
}

}  // namespace

bool NeedsDacOverride(const std::string& path) {
  return OnlyByOverride([&] { return CanRewrite(path); });
}

bool NeedsDacReadSearch(const std::string& path) {
  return OnlyByOverride([&] { return CanRead(path); });
}

}  // namespace xtcp2
