#include "serve/listen_socket.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "serve/test_client.h"

namespace xtcp2 {
namespace {

using testing::HasSubstr;

bool HostHasIpv6() { return Fd(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0)).ok(); }

TEST(ListenSocket, AllAddressesMeansBothFamilies) {
  if (!HostHasIpv6()) GTEST_SKIP() << "this host has no IPv6";
  for (const char* host : {"", "::"}) {
    const Result<Fd> fd = OpenListener({host, 0}, "-promListen");
    ASSERT_TRUE(fd) << fd.error().Text();
    EXPECT_TRUE(TestClient(BoundPort(*fd)).connected());
    EXPECT_TRUE(TestClient(BoundPort(*fd), true).connected());
  }
}

TEST(ListenSocket, OneAddressMeansThatOne) {
  const Result<Fd> four = OpenListener({"127.0.0.1", 0}, "-promListen");
  ASSERT_TRUE(four) << four.error().Text();
  EXPECT_TRUE(TestClient(BoundPort(*four)).connected());
  if (!HostHasIpv6()) GTEST_SKIP() << "this host has no IPv6";
  EXPECT_FALSE(TestClient(BoundPort(*four), true).connected());
  const Result<Fd> six = OpenListener({"::1", 0}, "-promListen");
  ASSERT_TRUE(six) << six.error().Text();
  EXPECT_TRUE(TestClient(BoundPort(*six), true).connected());
  EXPECT_FALSE(TestClient(BoundPort(*six)).connected());
}

TEST(ListenSocket, TakenPortNamesAddressAndFlag) {
  const Result<Fd> first = OpenListener({"127.0.0.1", 0}, "-promListen");
  ASSERT_TRUE(first);
  const std::string port = std::to_string(BoundPort(*first));
  for (const char* host : {"127.0.0.1", ""}) {
    const Result<Fd> second = OpenListener({host, BoundPort(*first)}, "-promListen");
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, EADDRINUSE);
    EXPECT_THAT(second.error().what, HasSubstr("-promListen"));
    EXPECT_THAT(second.error().what, HasSubstr(std::string(host) + ":" + port));
    EXPECT_THAT(second.error().what, HasSubstr("taken"));
  }
}

TEST(ListenSocket, ForeignAddressAndUnknownNameAreNamed) {
  // 192.0.2.0/24 is for documentation; a name below .invalid never resolves (RFC 5737, RFC 6761).
  const Result<Fd> foreign = OpenListener({"192.0.2.1", 0}, "-promListen");
  ASSERT_FALSE(foreign);
  EXPECT_THAT(foreign.error().what, HasSubstr("does not have the address 192.0.2.1"));
  const Result<Fd> unknown = OpenListener({"nowhere.invalid", 0}, "-promListen");
  ASSERT_FALSE(unknown);
  EXPECT_THAT(unknown.error().what, HasSubstr("nowhere.invalid:0"));
  EXPECT_THAT(unknown.error().what, HasSubstr("resolve"));
}

int Option(const Fd& fd, int level, int option) {
  int value = -1;
  socklen_t length = sizeof value;
  ::getsockopt(fd.get(), level, option, &value, &length);
  return value;
}

TEST(ListenSocket, AnswersCarryTheWantedTimeToLive) {
  const Result<Fd> listener = OpenListener({"127.0.0.1", 0}, "-promListen", {.ipv4_ttl = 3, .ipv6_hop_limit = 4});
  ASSERT_TRUE(listener);
  const TestClient client(BoundPort(*listener));
  ASSERT_TRUE(client.connected());
  const Fd accepted(::accept4(listener->get(), nullptr, nullptr, SOCK_CLOEXEC));
  ASSERT_TRUE(accepted.ok());
  EXPECT_EQ(Option(accepted, IPPROTO_IP, IP_TTL), 3);
  if (!HostHasIpv6()) GTEST_SKIP() << "this host has no IPv6";
  const Result<Fd> dual = OpenListener({"", 0}, "-promListen", {.ipv4_ttl = 3, .ipv6_hop_limit = 4});
  ASSERT_TRUE(dual);
  EXPECT_EQ(Option(*dual, IPPROTO_IP, IP_TTL), 3);
  EXPECT_EQ(Option(*dual, IPPROTO_IPV6, IPV6_UNICAST_HOPS), 4);
}

}  // namespace
}  // namespace xtcp2
