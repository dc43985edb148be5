// Tells systemd how the service fares, in its datagram protocol (sd_notify(3)), without libsystemd. Where systemd did
// not ask
// ($NOTIFY_SOCKET unset) every call does nothing and succeeds. Any thread; a call waits at most a second for a full
// socket.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace xtcp2 {

// What systemd put into the environment.
struct SystemdEnvironment {
  std::string notify_socket = {};  // $NOTIFY_SOCKET: a path, or '@' and an abstract name
  std::string watchdog_usec = {};  // $WATCHDOG_USEC: the unit's WatchdogSec
  std::string watchdog_pid = {};   // $WATCHDOG_PID: who is meant

  static SystemdEnvironment Read();
};

class SystemdNotifier {
 public:
  explicit SystemdNotifier(SystemdEnvironment environment = SystemdEnvironment::Read());

  bool Enabled() const { return !environment_.notify_socket.empty(); }
  // How often Watchdog() is expected at the latest; call it at half of this. Nothing when systemd does not watch this
  // process.
  std::optional<std::chrono::microseconds> WatchdogPeriod() const;

  Result<> Ready(std::string_view status) const;     // start is complete; `status` is shown by systemctl status
  Result<> Stopping(std::string_view status) const;  // the end has begun
  Result<> Status(std::string_view status) const;
  Result<> Watchdog() const;  // only while the poll loop is alive

 private:
  Result<> Send(std::string_view state, std::string_view status) const;
  SystemdEnvironment environment_;
};

}  // namespace xtcp2
