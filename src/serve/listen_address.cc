#include "serve/listen_address.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <charconv>
#include <optional>

namespace xtcp2 {

namespace {

std::optional<uint16_t> ParsePort(std::string_view text) {
  uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return port;
}

bool IsIpv6Literal(const std::string& host) {
  in6_addr address;
  return inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

}  // namespace

std::string ListenAddress::Text() const {
  return host.find(':') == std::string::npos ? fmt::format("{}:{}", host, port) : fmt::format("[{}]:{}", host, port);
}

Result<ListenAddress> ParseListenAddress(std::string_view text, std::string_view flag) {
  const auto fail = [&](std::string_view why) {
    return Fail(fmt::format(R"({} "{}": {}; allowed is [host]:port, as in ":9088", "127.0.0.1:9088" or "[::1]:9088")",
                            flag, text, why));
  };
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return fail("there is no colon before the port");
  std::string_view host = text.substr(0, colon);
  const std::optional<uint16_t> port = ParsePort(text.substr(colon + 1));
  if (!port) return fail("the port is not a number from 0 to 65535");
  ListenAddress address{std::string(host), *port};
  if (host.starts_with('[')) {
    if (!host.ends_with(']')) return fail("the bracket is not closed before the port");
    address.host = host.substr(1, host.size() - 2);
    if (!IsIpv6Literal(address.host)) return fail("what stands in brackets is not an IPv6 address");
  } else if (host.find_first_of(" \t\n/]") != std::string_view::npos) {
    return fail("the host holds a character that no host name has");
  } else if (host.find(':') != std::string_view::npos) {
    return fail("an IPv6 address must stand in brackets");
  }
  return address;
}

}  // namespace xtcp2
