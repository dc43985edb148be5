#include "serve/sd_notify.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <cstring>

#include "base/fd.h"

namespace xtcp2 {

namespace {

std::string Variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

std::optional<int64_t> Number(const std::string& text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value <= 0) return std::nullopt;
  return value;
}

struct Name {
  sockaddr_un address{};
  socklen_t length = 0;
};

Result<Name> SocketName(const std::string& text) {
  if (text[0] != '/' && text[0] != '@')
    return Fail("$NOTIFY_SOCKET \"" + text + "\" is neither a path nor '@' and an abstract name");
  Name name;
  if (text.size() >= sizeof name.address.sun_path) return Fail("$NOTIFY_SOCKET \"" + text + "\" is too long");
  name.address.sun_family = AF_UNIX;
  std::memcpy(name.address.sun_path, text.data(), text.size());
  // An abstract name begins with a zero byte and ends with its length; a path ends with a zero byte.
  if (text[0] == '@') name.address.sun_path[0] = 0;
  name.length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + text.size() + (text[0] == '@' ? 0 : 1));
  return name;
}

}  // namespace

SystemdEnvironment SystemdEnvironment::Read() {
  return {Variable("NOTIFY_SOCKET"), Variable("WATCHDOG_USEC"), Variable("WATCHDOG_PID")};
}

SystemdNotifier::SystemdNotifier(SystemdEnvironment environment) : environment_(std::move(environment)) {}

std::optional<std::chrono::microseconds> SystemdNotifier::WatchdogPeriod() const {
  if (!Enabled()) return std::nullopt;
  if (!environment_.watchdog_pid.empty() && Number(environment_.watchdog_pid) != ::getpid()) return std::nullopt;
  const std::optional<int64_t> period = Number(environment_.watchdog_usec);
  return period ? std::optional(std::chrono::microseconds(*period)) : std::nullopt;
}

Result<> SystemdNotifier::Ready(std::string_view status) const { return Send("READY=1\n", status); }
Result<> SystemdNotifier::Stopping(std::string_view status) const { return Send("STOPPING=1\n", status); }
Result<> SystemdNotifier::Status(std::string_view status) const { return Send("", status); }
Result<> SystemdNotifier::Watchdog() const { return Send("WATCHDOG=1\n", ""); }

Result<> SystemdNotifier::Send(std::string_view state, std::string_view status) const {
  if (!Enabled()) return {};
  std::string text(state);
  if (!status.empty()) text.append("STATUS=").append(status);
  // A line end within the status would begin another assignment.
  std::replace(text.begin() + static_cast<ptrdiff_t>(state.size()), text.end(), '\n', ' ');
  const Result<Name> name = SocketName(environment_.notify_socket);
  if (!name) return tl::unexpected(name.error());
  const Fd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!fd.ok()) return FailErrno("opening a socket to tell systemd");
  const timeval patience{1, 0};
  ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  if (::sendto(fd.get(), text.data(), text.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&name->address),
               name->length) < 0)
    return FailErrno("telling systemd at " + environment_.notify_socket);
  return {};
}

}  // namespace xtcp2
