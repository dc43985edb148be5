#include "ship/connect.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/un.h>

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "base/clock.h"

namespace xtcp2::ship {
namespace {

// Waits for a connect that is under way, or, on a unix socket whose listener has no room (EAGAIN), for a moment.
tl::expected<void, Failure> AwaitConnect(int fd, int code, const std::string& what, int64_t deadline_ns,
                                         const Interrupt& interrupt) {
  const bool retry = code == EAGAIN;
  const int64_t until = retry ? std::min(deadline_ns, MonotonicNs() + 10 * kNsPerMs) : deadline_ns;
  const auto outcome = interrupt.WaitFor(retry ? -1 : fd, POLLOUT, until);
  if (outcome == Interrupt::Outcome::kInterrupted) return Interrupted();
  if (outcome == Interrupt::Outcome::kTimeout && MonotonicNs() >= deadline_ns)
    return TimedOut(what + ": no answer in time");
  if (retry) return {};
  int error = 0;
  socklen_t length = sizeof error;
  if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) != 0) error = errno;
  if (error != 0) return FailedCall(PeerKind::kNetwork, {what, error});
  return {};
}

tl::expected<Fd, Failure> ConnectOne(const Address& address, int type, const std::string& name, int64_t deadline_ns,
                                     const Interrupt& interrupt) {
  const std::string what = "connecting to " + name;
  Fd fd(socket(address.storage.ss_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd.ok()) return FailedCall(PeerKind::kNetwork, {"making a socket for " + name, errno});
  for (;;) {
    if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&address.storage), address.length) == 0) return fd;
    const int code = errno;
    if (code == EINTR) continue;
    if (code == EISCONN) return fd;
    if (code != EINPROGRESS && code != EALREADY && code != EAGAIN) return FailedCall(PeerKind::kNetwork, {what, code});
    if (auto waited = AwaitConnect(fd.get(), code, what, deadline_ns, interrupt); !waited)
      return tl::unexpected(waited.error());
    if (code != EAGAIN) return fd;
  }
}

}  // namespace

Address UnixAddress(const std::string& path) {
  Address address;
  auto* const to = reinterpret_cast<sockaddr_un*>(&address.storage);
  to->sun_family = AF_UNIX;
  const size_t length = std::min(path.size(), sizeof to->sun_path - 1);
  std::memcpy(to->sun_path, path.data(), length);
  address.length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length + 1);
  if (path.starts_with('@')) {
    to->sun_path[0] = '\0';
    address.length -= 1;  // an abstract name has no terminating zero
  }
  return address;
}

tl::expected<Fd, Failure> ConnectAny(const std::vector<Address>& addresses, int type, const std::string& name,
                                     int64_t deadline_ns, const Interrupt& interrupt) {
  tl::expected<Fd, Failure> result = LookupFailed({fmt::format("looking up {}: no address", name), 0});
  for (size_t i = 0; i < addresses.size(); ++i) {
    const int64_t now = MonotonicNs();
    const int64_t share = (deadline_ns - now) / static_cast<int64_t>(addresses.size() - i);
    result = ConnectOne(addresses[i], type, name, now + std::max<int64_t>(share, 0), interrupt);
    if (result || result.error().kind == FailureKind::kInterrupted) return result;
  }
  return result;
}

}  // namespace xtcp2::ship
