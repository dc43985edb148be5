// A TCP segment by hand: IP header and checksum as a raw socket wants them.
#include <arpa/inet.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <cstring>

#include "room.h"

namespace xtcp2::test {
namespace {

// The Internet checksum of an even number of bytes (RFC 1071), as they lie in memory.
uint16_t Checksum(const std::vector<uint8_t>& bytes) {
  uint32_t sum = 0;
  for (size_t i = 0; i + 1 < bytes.size(); i += 2) {
    uint16_t word = 0;
    std::memcpy(&word, &bytes[i], 2);
    sum += word;
  }
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<uint16_t>(~sum);
}

template <class T>
void Append(std::vector<uint8_t>& bytes, const T& value) {
  const auto* begin = reinterpret_cast<const uint8_t*>(&value);
  bytes.insert(bytes.end(), begin, begin + sizeof value);
}

}  // namespace

void SendSyn(int family, const char* source, uint16_t sport, const char* destination, uint16_t dport) {
  std::array<uint8_t, 16> from{}, to{};
  Must(inet_pton(family, source, from.data()) - 1, source);
  Must(inet_pton(family, destination, to.data()) - 1, destination);
  const size_t length = family == AF_INET ? 4 : 16;

  tcphdr tcp{};
  tcp.source = htons(sport);
  tcp.dest = htons(dport);
  tcp.seq = htonl(12345);
  tcp.doff = sizeof tcp / 4;
  tcp.syn = 1;
  tcp.window = htons(8192);
  std::vector<uint8_t> pseudo(from.begin(), from.begin() + static_cast<std::ptrdiff_t>(length));
  pseudo.insert(pseudo.end(), to.begin(), to.begin() + static_cast<std::ptrdiff_t>(length));
  Append(pseudo, htonl(sizeof tcp));
  Append(pseudo, htonl(IPPROTO_TCP));
  Append(pseudo, tcp);
  tcp.check = Checksum(pseudo);

  std::vector<uint8_t> packet;
  if (family == AF_INET) {
    iphdr ip{};
    ip.version = 4;
    ip.ihl = sizeof ip / 4;
    ip.ttl = 64;
    ip.protocol = IPPROTO_TCP;
    std::memcpy(&ip.saddr, from.data(), length);
    std::memcpy(&ip.daddr, to.data(), length);
    Append(packet, ip);  // total length and checksum are filled in by the kernel
  } else {
    ip6_hdr ip{};
    ip.ip6_vfc = 0x60;
    ip.ip6_plen = htons(sizeof tcp);
    ip.ip6_nxt = IPPROTO_TCP;
    ip.ip6_hlim = 64;
    std::memcpy(&ip.ip6_src, from.data(), length);
    std::memcpy(&ip.ip6_dst, to.data(), length);
    Append(packet, ip);
  }
  Append(packet, tcp);
  const Fd raw(Must(socket(family, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW), "raw socket"));
  socklen_t size = 0;
  const sockaddr_in6 address = Address(family, destination, 0, size);
  Must(static_cast<int>(
           sendto(raw.get(), packet.data(), packet.size(), 0, reinterpret_cast<const sockaddr*>(&address), size)),
       "sending a SYN");
}

}  // namespace xtcp2::test
