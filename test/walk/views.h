// The sockets of some network namespaces as netlink gives them and as the walk in BPF gives them, kept. For the tests
// of this folder; what fails ends the program with a sentence.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/fd.h"
#include "bpf/walker.h"
#include "netlink/channel.h"
#include "schema/socket.h"

namespace xtcp2::test {

// A namespace that can be asked.
class Namespace {
 public:
  explicit Namespace(const std::string& path);
  const std::string& path() const { return path_; }
  uint32_t inode() const { return inode_; }
  uint64_t cookie() const { return cookie_; }
  netlink::DiagSocket& diag() { return *diag_; }

 private:
  std::string path_;
  uint32_t inode_ = 0;
  uint64_t cookie_ = 0;
  std::unique_ptr<netlink::DiagSocket> diag_;
};

// One socket with the bytes that it was located in.
struct Kept {
  std::vector<uint8_t> bytes;
  schema::Socket socket;
};
using View = std::map<uint64_t, std::unique_ptr<Kept>>;  // by cookie

// A dump with every attribute. A cookie that comes twice is an error.
View Dump(netlink::DiagSocket& diag, uint32_t states);

// Every row of a walk over all tables, in the order of the tables.
std::vector<xtcp2_bpf_row> Walk(bpf::WalkProgram& program, unsigned walker = 0);
std::unique_ptr<Kept> Keep(const xtcp2_bpf_row& row);
uint64_t CookieOf(const xtcp2_bpf_row& row);

[[noreturn]] void Die(const std::string& why);
template <class T>
T Must(Result<T> result) {
  if (!result) Die(result.error().Text());
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

}  // namespace xtcp2::test
