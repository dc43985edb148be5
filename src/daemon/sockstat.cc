#include "daemon/sockstat.h"

#include <fcntl.h>
#include <unistd.h>

#include <charconv>

namespace xtcp2::daemon {
namespace {

// The number behind " `key` " in a line; false where it is not there.
bool NumberAfter(std::string_view line, std::string_view key, uint64_t& out) {
  const size_t at = line.find(key);
  if (at == std::string_view::npos) return false;
  const char* begin = line.data() + at + key.size();
  return std::from_chars(begin, line.data() + line.size(), out).ec == std::errc();
}

Result<> AddFile(const Fd& file, SocketCounts& counts) {
  char text[1024];
  const ssize_t size = pread(file.get(), text, sizeof text, 0);
  if (size < 0) return FailErrno("reading a namespace's sockstat");
  if (!ParseSockstat({text, static_cast<size_t>(size)}, counts))
    return Fail("a namespace's sockstat says nothing of TCP", EPROTO);
  return {};
}

}  // namespace

bool ParseSockstat(std::string_view text, SocketCounts& counts) {
  bool known = false;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    uint64_t in_use = 0, time_wait = 0;
    const bool v4 = line.starts_with("TCP: "), v6 = line.starts_with("TCP6: ");
    if ((!v4 && !v6) || !NumberAfter(line, " inuse ", in_use)) continue;
    known = true;
    (v4 ? counts.ipv4 : counts.ipv6) += in_use;
    if (v4 && NumberAfter(line, " tw ", time_wait)) counts.time_wait += time_wait;
  }
  return known;
}

Result<NetnsSockstat> NetnsSockstat::OpenHere(const std::string& proc_root) {
  NetnsSockstat stat;
  // Not /proc/net or /proc/self/net: those are of the process's first thread.
  const std::string folder = proc_root + "/thread-self/net/";
  stat.ipv4_ = Fd(::open((folder + "sockstat").c_str(), O_RDONLY | O_CLOEXEC));
  if (!stat.ipv4_.ok()) return FailErrno("opening " + folder + "sockstat");
  stat.ipv6_ = Fd(::open((folder + "sockstat6").c_str(), O_RDONLY | O_CLOEXEC));
  if (!stat.ipv6_.ok() && errno != ENOENT) return FailErrno("opening " + folder + "sockstat6");
  return stat;
}

Result<SocketCounts> NetnsSockstat::Read() const {
  SocketCounts counts;
  if (Result<> read = AddFile(ipv4_, counts); !read) return tl::unexpected(read.error());
  if (!ipv6_.ok()) return counts;
  if (Result<> read = AddFile(ipv6_, counts); !read) return tl::unexpected(read.error());
  return counts;
}

}  // namespace xtcp2::daemon
