// Which sockets the user wants: a text in the grammar of ss (docs/filter.md), its tree, what of it the kernel can do
// while it dumps, and an evaluator for the rest. One meaning for live sockets, replay and tests. An immutable value:
// copies share, any thread may use one.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "filter/names.h"
#include "filter/node.h"
#include "filter/program.h"
#include "netlink/request.h"
#include "schema/socket.h"

namespace xtcp2::filter {

// Which operations the bytecode of the kernel (and the rights of the asker) has beyond ports and hosts, see kernel.h.
struct KernelOperations {
  bool device = true;  // DEV_COND
  bool mark = true;    // MARK_COND; needs CAP_NET_ADMIN
  bool cgroup = true;  // CGROUP_COND
};

// A filter's part for the kernel: never less than the filter keeps.
struct Compiled {
  uint32_t states = netlink::kAllStates;  // DumpRequest::states; 0: no socket can match, no dump is needed
  std::vector<uint8_t> bytecode;          // empty: none
  bool exact = true;                      // false: Matches() has to look at each socket as well
};

class Filter {
 public:
  // Everything.
  Filter();
  // An Error names the offending word, its column (bytes, from 1) and what is allowed there. A text without words keeps
  // everything.
  static Result<Filter> Parse(std::string_view text, const Names& names = SystemNames());

  // Keeps every socket because nothing was asked for.
  bool everything() const { return !inner_->root; }
  // Canonical text: parses to a filter that is == this one.
  std::string Text() const;
  bool operator==(const Filter& other) const;

  // Whether devices are named that WithDevices has to look up, in each namespace anew.
  bool NeedsDevices() const { return inner_->needs_devices; }
  // The same filter with its device names looked up; `index` gives 0 for a device that is not there, to which no socket
  // is bound. A name that was not looked up is such a device as well.
  Filter WithDevices(const std::function<uint32_t(const std::string& name)>& index) const;

  // Bit N: attribute N of an answer, without which Matches() is wrong. All of them come unasked (MARK with
  // CAP_NET_ADMIN only).
  uint64_t NeededAttributes() const { return inner_->needed; }

  Compiled Compile(const KernelOperations& kernel = {}) const;

  // Whether the socket is kept. Needs kMsg and what NeededAttributes() names; an absent part reads as zeros, as in ss.
  bool Matches(const schema::Socket& socket) const noexcept { return inner_->program.Accepts(socket); }

 private:
  struct Inner {
    explicit Inner(NodePtr tree);
    NodePtr root;  // null: everything
    Program program;
    uint64_t needed = 0;
    bool needs_devices = false;
  };
  explicit Filter(NodePtr root) : inner_(std::make_shared<Inner>(std::move(root))) {}
  std::shared_ptr<const Inner> inner_;
};

// SIOCGIFINDEX on any socket of the namespace that is meant, a sock_diag socket too; 0: no such device there.
uint32_t DeviceIndex(int socket_fd, const std::string& name);

}  // namespace xtcp2::filter
