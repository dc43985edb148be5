// A network namespace with TCP sockets that stay as they are: pairs over IPv4, IPv6 and IPv4 from an IPv6 socket, and
// their listeners. Needs root.
#pragma once

#include <memory>
#include <set>
#include <vector>

#include "base/fd.h"
#include "views.h"

namespace xtcp2::test {

class Crowd {
 public:
  // `own_buckets` not 0: the namespace has a table of connections of its own, of so many buckets (a power of two).
  explicit Crowd(int pairs, unsigned own_buckets = 0);

  Namespace& netns() { return *netns_; }
  // By netlink, which makes them where there are none.
  std::set<uint64_t> Cookies();
  // Sends through its first `pairs` pairs, both ways, and reads what arrives; once.
  void Talk(int pairs);
  // Sockets that a process has a descriptor of, listeners with them.
  size_t size() const { return sockets_.size(); }

 private:
  void Make(int pairs, unsigned own_buckets);

  std::vector<Fd> sockets_;
  std::unique_ptr<Namespace> netns_;
};

}  // namespace xtcp2::test
