// Where a listener of ours stands: "[host]:port" as a flag has it. Only text in and out; listen_socket.h binds it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace xtcp2 {

struct ListenAddress {
  std::string host;   // empty: all addresses, IPv4 and IPv6; otherwise a literal without brackets, or a name
  uint16_t port = 0;  // 0: any free one, for tests

  // "" , "::" and "0.0.0.0": not one address but all of this host.
  bool IsWildcard() const { return host.empty() || host == "::" || host == "0.0.0.0"; }
  // "[::1]:9088", ":9088"
  std::string Text() const;
};

// Takes ":9088", "127.0.0.1:9088", "[::1]:9088" and "name:9088". The error names `flag`, the text and what is allowed.
Result<ListenAddress> ParseListenAddress(std::string_view text, std::string_view flag);

}  // namespace xtcp2
