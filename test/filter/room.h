// A network namespace with TCP sockets of both families in most states, with marks, bound to devices and in a control
// group. Entered by the whole process at construction (which has to have one thread); ends with it. Needs root.
#pragma once

#include <netinet/in.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/fd.h"

namespace xtcp2::test {

// Throws std::system_error with `what` where a system call returned -1.
int Must(int result, const char* what);

// Where connections are made: the listener's address and port, and how its sockets are marked and bound.
struct Place {
  int family;
  const char* address;
  uint16_t port;
  uint32_t mark = 0;
  const char* device = "";
};

sockaddr_in6 Address(int family, const char* address, uint16_t port, socklen_t& size);

class Room {
 public:
  Room();
  ~Room();
  Room(const Room&) = delete;
  Room& operator=(const Room&) = delete;

  // Makes anew what the kernel ends by itself after a minute: TIME_WAIT, SYN_SENT, SYN_RECV, FIN_WAIT_2 without an
  // owner.
  void Refresh();

  // Paths of control groups, one of them with sockets in it; empty where there is no unified hierarchy to make one in.
  const std::vector<std::string>& cgroups() const { return cgroups_; }
  static std::vector<std::string> Devices() { return {"lo", "va", "vb", "0", "1", "77"}; }

 private:
  struct Pair {
    Fd client, server;
  };
  Fd Listen(const Place& place);
  Pair Connect(const Place& place, const Fd& listener, const char* device = "", uint32_t mark = 0);
  void Furnish(const Place& place);
  void FurnishGroup();
  void Keep(Pair pair);

  std::vector<Fd> kept_, restless_;
  std::vector<std::pair<Place, Fd>> listeners_;
  std::vector<std::string> cgroups_;
  std::string group_folder_;
};

// Sends one SYN as if from `source`, from whom no answer will come, to a listener here: a socket in SYN_RECV (syn.cc).
void SendSyn(int family, const char* source, uint16_t sport, const char* destination, uint16_t dport);

}  // namespace xtcp2::test
