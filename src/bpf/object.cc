#include "bpf/object.h"

#include <cstdarg>
#include <cstdio>
#include <mutex>
#include <string_view>
#include <vector>

namespace xtcp2::bpf {

namespace {

constexpr size_t kMostSaid = 4u << 20;  // a verifier's log may be long; its end matters

thread_local Hearing* hearing = nullptr;

__attribute__((format(printf, 2, 0))) int Hear(libbpf_print_level level, const char* format, va_list arguments) {
  if (hearing == nullptr || level == LIBBPF_DEBUG) return 0;
  va_list again;
  va_copy(again, arguments);
  const int length = std::vsnprintf(nullptr, 0, format, arguments);
  if (length > 0 && hearing->said.size() < kMostSaid) {
    const size_t old = hearing->said.size();
    hearing->said.resize(old + static_cast<size_t>(length) + 1);
    std::vsnprintf(hearing->said.data() + old, static_cast<size_t>(length) + 1, format, again);
    hearing->said.resize(old + static_cast<size_t>(length));
  }
  va_end(again);
  return 0;
}

std::vector<std::string_view> Lines(std::string_view text) {
  std::vector<std::string_view> out;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    out.push_back(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
  }
  return out;
}

bool StartsWith(std::string_view text, std::initializer_list<std::string_view> starts) {
  for (const std::string_view start : starts) {
    if (text.starts_with(start)) return true;
  }
  return false;
}

// What the verifier says behind its reason.
bool IsStatistics(std::string_view line) {
  return line.empty() || StartsWith(line, {"processed ", "verification time", "stack depth", "-- END", "-- BEGIN"});
}

}  // namespace

Hearing::Hearing() : before_(hearing) {
  static std::once_flag once;
  std::call_once(once, [] { libbpf_set_print(Hear); });
  hearing = this;
}

Hearing::~Hearing() { hearing = before_; }

std::string Hearing::LastWord() const {
  const std::vector<std::string_view> lines = Lines(said);
  for (size_t i = 0; i < lines.size(); ++i) {
    if (!lines[i].starts_with("-- END PROG LOAD LOG")) continue;
    for (size_t at = i; at-- > 0 && !lines[at].starts_with("-- BEGIN");) {
      if (!IsStatistics(lines[at])) return std::string(lines[at]);
    }
  }
  // libbpf's first complaint is the reason, what follows are consequences.
  for (const std::string_view line : lines) {
    if (StartsWith(line, {"libbpf: failed to load object", "libbpf: elf: skipping"}) || IsStatistics(line)) continue;
    return std::string(line.starts_with("libbpf: ") ? line.substr(8) : line);
  }
  return {};
}

Result<Object> OpenObject(const char* name, Bytes elf, const std::string& btf_path) {
  const Hearing heard;
  LIBBPF_OPTS(bpf_object_open_opts, options, .object_name = name);
  if (!btf_path.empty()) options.btf_custom_path = btf_path.c_str();
  Object object(bpf_object__open_mem(elf.data(), elf.size(), &options));
  if (!object) return Fail("opening the BPF object " + std::string(name) + ": " + heard.LastWord(), errno);
  return object;
}

Result<> LoadObject(bpf_object* object) {
  const Hearing heard;
  const int status = bpf_object__load(object);
  if (status == 0) return {};
  const std::string word = heard.LastWord();
  return Fail("loading the BPF object " + std::string(bpf_object__name(object)) + (word.empty() ? "" : ": " + word),
              -status);
}

}  // namespace xtcp2::bpf
