#include "crowd.h"

#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <array>
#include <cstring>
#include <thread>

#include "netlink/request.h"

namespace xtcp2::test {
namespace {

int Check(int result, const char* what) {
  if (result < 0) Die(std::string(what) + ": " + ErrnoText(errno));
  return result;
}

Fd Open(int family) { return Fd(Check(socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket")); }

struct Address {
  Address(int family, bool mapped, uint16_t port) {
    auto* v4 = reinterpret_cast<sockaddr_in*>(&any);
    auto* v6 = reinterpret_cast<sockaddr_in6*>(&any);
    any.ss_family = static_cast<sa_family_t>(family);
    v4->sin_port = htons(port);  // at the same place in both
    if (family == AF_INET) v4->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (family == AF_INET6 && mapped) inet6Mapped(v6->sin6_addr);
    if (family == AF_INET6 && !mapped) v6->sin6_addr = in6addr_loopback;
  }
  static void inet6Mapped(in6_addr& out) {
    const uint8_t bytes[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127, 0, 0, 1};
    std::memcpy(&out, bytes, sizeof bytes);
  }
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&any); }
  sockaddr_storage any{};
};

Fd Listen(int family, bool mapped) {
  Fd fd = Open(family);
  Address address(family, mapped, 0);
  Check(bind(fd.get(), address.get(), sizeof address.any), "bind");
  Check(listen(fd.get(), 4096), "listen");
  return fd;
}

void Connect(const Fd& listener, int family, bool mapped, int pairs, std::vector<Fd>& into) {
  sockaddr_storage name{};
  socklen_t size = sizeof name;
  Check(getsockname(listener.get(), reinterpret_cast<sockaddr*>(&name), &size), "getsockname");
  Address address(family, mapped, ntohs(reinterpret_cast<sockaddr_in*>(&name)->sin_port));
  for (int i = 0; i < pairs; ++i) {
    into.push_back(Open(family));
    Check(connect(into.back().get(), address.get(), sizeof address.any), "connect");
    into.emplace_back(Check(accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC), "accept"));
  }
}

void RaiseLoopback() {
  const Fd any = Open(AF_INET);
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  request.ifr_flags = IFF_UP;
  Check(ioctl(any.get(), SIOCSIFFLAGS, &request), "lo");
}

// The next namespace that is made from this one gets its own table.
void AskForOwnTable(unsigned buckets) {
  const Fd fd(Check(open("/proc/sys/net/ipv4/tcp_child_ehash_entries", O_WRONLY | O_CLOEXEC), "child_ehash_entries"));
  const std::string text = std::to_string(buckets);
  Check(static_cast<int>(write(fd.get(), text.data(), text.size())), "child_ehash_entries");
}

}  // namespace

Crowd::Crowd(int pairs, unsigned own_buckets) {
  std::thread([&] { Make(pairs, own_buckets); }).join();
}

void Crowd::Make(int pairs, unsigned own_buckets) {
  Check(unshare(CLONE_NEWNET), "unshare");
  if (own_buckets > 0) {
    AskForOwnTable(own_buckets);
    Check(unshare(CLONE_NEWNET), "unshare");
  }
  RaiseLoopback();
  netns_ = std::make_unique<Namespace>("/proc/thread-self/ns/net");
  for (const auto& [family, mapped] : {std::pair{AF_INET, false}, {AF_INET6, false}, {AF_INET6, true}}) {
    Fd listener = Listen(family, mapped);
    Connect(listener, family, mapped, pairs / 3, sockets_);
    sockets_.push_back(std::move(listener));
  }
}

void Crowd::Talk(int pairs) {
  static std::array<char, 100'000> bytes{};
  static std::array<char, 100'000> heard;
  for (size_t i = 0; i < 2 * static_cast<size_t>(pairs); ++i) {
    const int one = sockets_[i].get(), other = sockets_[i ^ 1].get();
    const ssize_t sent = send(one, bytes.data(), 1 + i * 7919 % bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno != EAGAIN) Die("send: " + ErrnoText(errno));
    while (recv(other, heard.data(), heard.size(), MSG_DONTWAIT) > 0) {
    }
  }
}

std::set<uint64_t> Crowd::Cookies() {
  std::set<uint64_t> out;
  for (const auto& [cookie, kept] : Dump(netns_->diag(), netlink::kAllStates)) out.insert(cookie);
  return out;
}

}  // namespace xtcp2::test
