// An embedded BPF object being opened and loaded: one that closes itself, and what libbpf and the verifier say instead
// of printing it. Any thread; what is said is caught for the thread that asked.
#pragma once

#include <bpf/libbpf.h>

#include <memory>
#include <string>

#include "base/bytes.h"
#include "base/result.h"

namespace xtcp2::bpf {

struct CloseObject {
  void operator()(bpf_object* object) const { bpf_object__close(object); }
};
using Object = std::unique_ptr<bpf_object, CloseObject>;

// While one of these lives, what libbpf says on this thread goes into it; without one it is dropped. Never to stderr.
class Hearing {
 public:
  Hearing();
  ~Hearing();
  Hearing(const Hearing&) = delete;
  Hearing& operator=(const Hearing&) = delete;

  // The last line that tells a reason: the verifier's, else libbpf's; empty where nothing was said.
  std::string LastWord() const;

  std::string said;

 private:
  Hearing* before_;
};

// Opens an object of these bytes. `btf_path`: the kernel's type information, empty for the running kernel's own.
Result<Object> OpenObject(const char* name, Bytes elf, const std::string& btf_path);

// Loads it. The error has errno, and the last meaningful line of what was said.
Result<> LoadObject(bpf_object* object);

}  // namespace xtcp2::bpf
