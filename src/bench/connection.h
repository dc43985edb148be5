// Loopback connections: a listener, and connections to it with both ends in this process. Opened in the calling
// thread's namespace, where they stay.
#pragma once

#include <netinet/in.h>

#include <string>

#include "base/fd.h"
#include "base/result.h"

namespace xtcp2::bench {

struct Connection {
  Fd client, server;
};

class Listener {
 public:
  // `family`: "4", "6" or "mapped". IPv4 listeners with different numbers have different addresses in 127.0.0.0/8.
  static Result<Listener> Open(const std::string& family, unsigned number);

  // Waits for nothing: loopback answers at once.
  Result<Connection> Connect() const;
  int fd() const { return fd_.get(); }

 private:
  Fd fd_;
  int family_ = AF_INET;
  sockaddr_storage to_{}, from_{};  // where it listens; where connections come from, with port 0
  socklen_t size_ = 0;
};

// Sends a message from one end to the other and lets it come back; what does not get through at once is left.
void Exchange(const Connection& connection);

// Closes both ends with a reset, which leaves no socket in TIME_WAIT.
void Reset(Connection& connection);

}  // namespace xtcp2::bench
