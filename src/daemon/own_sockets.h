// Sockets of our own on loopback, in as many states as can be made there without any right: to be looked at in two
// ways. Nothing leaves the host, nothing waits long, and nothing is left behind when they are closed. One thread.
#pragma once

#include <sys/socket.h>

#include <string>
#include <vector>

#include "abi/inet_diag.h"
#include "base/fd.h"

namespace xtcp2::daemon {

class OwnSockets {
 public:
  struct Who {
    uint8_t family;
    abi::InetDiagSockId id;  // without cookie
    const char* kind;        // for messages
  };

  // Makes them in the namespace that the thread is in. What cannot be made there (no IPv6, loopback down) is left out.
  OwnSockets();
  ~OwnSockets();  // resets connections, so that none waits in TIME_WAIT
  OwnSockets(OwnSockets&&) = default;
  OwnSockets& operator=(OwnSockets&&) = delete;

  const std::vector<Who>& all() const { return all_; }

 private:
  // Addresses of one kind to live at.
  struct Home {
    int family;
    sockaddr_storage address;
    socklen_t length;
  };
  static std::vector<Home> Homes();

  void MakeAll(const Home& home);
  // own_sockets_states.cc
  bool MakeQueued(const Home& home);
  void MakeUnanswered(const Home& home);
  void MakeHalfOpen(const Home& home);
  void MakeHalfClosed(const Home& home);
  void MakeStuffed(const Home& home);
  void MakeOrphan(const Home& home);

  // -1: not possible. Descriptors live as long as this.
  int Listen(const Home& home, int backlog);
  int Connect(const Home& home, int listener, int receive_buffer = 0);
  int Accept(int listener);
  struct Pair {
    int client = -1, server = -1;
    bool ok() const { return client >= 0 && server >= 0; }
  };
  Pair MakePair(const Home& home, int receive_buffer = 0);
  void Add(int fd, const char* kind, int listener = -1);
  // The other end of a connection of ours, which has no descriptor.
  void AddPeerOf(int fd, const char* kind);

  std::vector<Fd> fds_;
  std::vector<Who> all_;
};

}  // namespace xtcp2::daemon
