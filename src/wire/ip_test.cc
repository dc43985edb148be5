#include "wire/ip.h"

#include <arpa/inet.h>

#include <array>
#include <random>

#include "wire/put_for_test.h"

namespace xtcp2::wire {
namespace {

using Address = std::array<uint8_t, 16>;

std::string Ipv6(const Address& a) {
  return Written(kMaxIpText, [&](uint8_t* at) { return PutIpv6(at, a.data()); });
}
std::string Ipv4(const uint8_t* a) {
  return Written(16, [&](uint8_t* at) { return PutIpv4(at, a); });
}
std::string Ntop(int family, const uint8_t* address) {
  char text[INET6_ADDRSTRLEN];
  return inet_ntop(family, address, text, sizeof text);
}
// From any spelling that inet_pton reads.
Address Parsed(const char* text) {
  Address address{};
  EXPECT_EQ(inet_pton(AF_INET6, text, address.data()), 1) << text;
  return address;
}

TEST(Ip, RandomIpv4AsInetNtop) {
  std::mt19937 random(4);
  for (int i = 0; i < 50'000; ++i) {
    const uint32_t address = static_cast<uint32_t>(random());
    const uint8_t* bytes = reinterpret_cast<const uint8_t*>(&address);
    ASSERT_EQ(Ipv4(bytes), Ntop(AF_INET, bytes));
  }
}

TEST(Ip, Ipv6WithZerosInEveryPlaceAsInetNtop) {
  std::mt19937 random(5);
  for (unsigned zeros = 0; zeros < 256; ++zeros)
    for (int i = 0; i < 40; ++i) {
      Address address;
      for (size_t b = 0; b < address.size(); ++b)
        address[b] = zeros >> (b / 2) & 1 ? 0 : static_cast<uint8_t>(random() >> (random() % 2 ? 0 : 28));
      // inet_ntop still prints IPv4-compatible addresses (::/96) in dotted form, which RFC 4291 deprecates; RFC 5952
      // and Go do not.
      const std::string truth = Ntop(AF_INET6, address.data());
      if (truth.find('.') != std::string::npos) continue;
      ASSERT_EQ(Ipv6(address), truth);
    }
}

TEST(Ip, TheExamplesOfRfc5952) {
  EXPECT_EQ(Ipv6(Parsed("2001:0db8::0001")), "2001:db8::1");
  EXPECT_EQ(Ipv6(Parsed("2001:db8:0:1:1:1:1:1")), "2001:db8:0:1:1:1:1:1");  // one zero group stays
  EXPECT_EQ(Ipv6(Parsed("2001:0:0:1:0:0:0:1")), "2001:0:0:1::1");           // the longest run
  EXPECT_EQ(Ipv6(Parsed("2001:db8:0:0:1:0:0:1")), "2001:db8::1:0:0:1");     // the first of equals
  EXPECT_EQ(Ipv6(Parsed("2001:DB8:AAAA:bbbb:CCCC:dddd:EEEE:ffff")), "2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff");
  EXPECT_EQ(Ipv6(Parsed("::")), "::");
  EXPECT_EQ(Ipv6(Parsed("::1")), "::1");
  EXPECT_EQ(Ipv6(Parsed("fe80::")), "fe80::");
}

TEST(Ip, MappedIsADottedQuadAndCompatibleIsNot) {
  EXPECT_EQ(Ipv6(Parsed("::ffff:192.0.2.255")), "192.0.2.255");
  EXPECT_EQ(Ipv6(Parsed("::ffff:0.0.0.0")), "0.0.0.0");
  EXPECT_EQ(Ipv6(Parsed("::fffe:192.0.2.1")), "::fffe:c000:201");
  EXPECT_EQ(Ipv6(Parsed("::192.0.2.1")), "::c000:201");
  EXPECT_EQ(Ipv6(Parsed("::ffff:0:192.0.2.1")), "::ffff:0:c000:201");
}

}  // namespace
}  // namespace xtcp2::wire
