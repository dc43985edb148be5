// One network namespace of the generator, with two listeners: one that accepts and one that never does. Made and used
// by one thread, which is inside while it makes connections. Each connection is logged from both ends with what was
// sent, what was received and how it ended, as the sockets' owner knows it.
#pragma once

#include <cstdint>
#include <vector>

#include "abi/bpf_row.h"
#include "base/fd.h"

namespace xtcp2::test {

// One end of a connection; addresses and ports in host order.
struct End {
  uint64_t netns_cookie;
  uint32_t local, remote;
  uint16_t local_port, remote_port;
  uint32_t sent, received;
  uint8_t ending, opened_as;  // enum xtcp2_ending, enum xtcp2_opened_as
};

class Room {
 public:
  // Throws std::system_error. The thread is in the new namespace afterwards.
  Room();
  void Enter() const;
  // Makes and ends `count` connections, of each kind some; the never accepted ones end with the call.
  void Make(unsigned count, std::vector<End>& log);

 private:
  struct Pair {
    Fd client, server;
    End here, there;
  };
  bool Connect(Pair& pair, uint16_t port, uint8_t client_ending, uint8_t server_ending);
  void Exchange(Pair& pair);
  void Finished(const Pair& pair, std::vector<End>& log);
  void Refused(std::vector<End>& log);

  Fd netns_, accepting_, idle_;
  uint64_t cookie_ = 0;
  uint32_t number_ = 0;
};

}  // namespace xtcp2::test
