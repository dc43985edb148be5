#include "serve/listen_socket.h"

#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <memory>

namespace xtcp2 {

namespace {

constexpr int kBacklog = 128;

tl::unexpected<Error> Explain(const ListenAddress& address, std::string_view flag, int code) {
  std::string text = fmt::format("{} {}: cannot listen", flag, address.Text());
  if (code == EADDRINUSE)
    text += fmt::format(": port {} is taken, perhaps by another xtcp2; choose another one with {}", address.port, flag);
  else if (code == EACCES)
    text += fmt::format(": port {} needs CAP_NET_BIND_SERVICE; choose a port from 1024 on with {}, or give it",
                        address.port, flag);
  else if (code == EADDRNOTAVAIL)
    text += fmt::format(": this host does not have the address {}", address.host);
  return Fail(std::move(text), code);
}

void SetOption(const Fd& fd, int level, int option, int value) {
  ::setsockopt(fd.get(), level, option, &value, sizeof value);
}

// A listening socket, or the errno of the first step that failed.
tl::expected<Fd, int> Listen(const sockaddr* name, socklen_t length, bool dual, ListenLimits limits) {
  Fd fd(::socket(name->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd.ok()) return tl::unexpected(errno);
  SetOption(fd, SOL_SOCKET, SO_REUSEADDR, 1);  // a restart must not wait for the TIME_WAITs of the last run
  if (name->sa_family == AF_INET6) SetOption(fd, IPPROTO_IPV6, IPV6_V6ONLY, dual ? 0 : 1);
  if (limits.ipv4_ttl && (name->sa_family == AF_INET || dual)) SetOption(fd, IPPROTO_IP, IP_TTL, limits.ipv4_ttl);
  if (limits.ipv6_hop_limit && name->sa_family == AF_INET6)
    SetOption(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, limits.ipv6_hop_limit);
  if (::bind(fd.get(), name, length) != 0 || ::listen(fd.get(), kBacklog) != 0) return tl::unexpected(errno);
  return fd;
}

tl::expected<Fd, int> ListenEverywhere(uint16_t port, ListenLimits limits) {
  sockaddr_in6 six{};
  six.sin6_family = AF_INET6;
  six.sin6_port = htons(port);
  tl::expected<Fd, int> fd = Listen(reinterpret_cast<sockaddr*>(&six), sizeof six, true, limits);
  if (fd || (fd.error() != EAFNOSUPPORT && fd.error() != EADDRNOTAVAIL)) return fd;
  sockaddr_in four{};  // IPv6 is switched off on this host
  four.sin_family = AF_INET;
  four.sin_port = htons(port);
  return Listen(reinterpret_cast<sockaddr*>(&four), sizeof four, false, limits);
}

}  // namespace

Result<Fd> OpenListener(const ListenAddress& address, std::string_view flag, ListenLimits limits) {
  if (address.host.empty() || address.host == "::") {
    tl::expected<Fd, int> fd = ListenEverywhere(address.port, limits);
    if (!fd) return Explain(address, flag, fd.error());
    return std::move(*fd);
  }
  addrinfo hints{}, *list = nullptr;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  const int status = ::getaddrinfo(address.host.c_str(), std::to_string(address.port).c_str(), &hints, &list);
  if (status != 0)
    return Fail(fmt::format("{} {}: the host name does not resolve: {}", flag, address.Text(), gai_strerror(status)));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(list, ::freeaddrinfo);
  int code = 0;
  for (const addrinfo* at = list; at; at = at->ai_next) {
    tl::expected<Fd, int> fd = Listen(at->ai_addr, at->ai_addrlen, false, limits);
    if (fd) return std::move(*fd);
    if (code == 0) code = fd.error();
  }
  return Explain(address, flag, code);
}

uint16_t BoundPort(const Fd& listener) {
  sockaddr_storage name{};
  socklen_t length = sizeof name;
  ::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&name), &length);
  if (name.ss_family == AF_INET6) return ntohs(reinterpret_cast<sockaddr_in6*>(&name)->sin6_port);
  return ntohs(reinterpret_cast<sockaddr_in*>(&name)->sin_port);
}

}  // namespace xtcp2
