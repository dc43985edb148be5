#include "ledger/snmp.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cstring>

namespace xtcp2::ledger {
namespace {

constexpr char kText[] =
    "Ip: Forwarding DefaultTTL\nIp: 2 64\n"
    "Tcp: RtoAlgorithm MaxConn ActiveOpens PassiveOpens AttemptFails EstabResets CurrEstab\n"
    "Tcp: 1 -1 4294967297 22 33 44 5\n"
    "Udp: InDatagrams\nUdp: 7\n";

TEST(ParseSnmpTest, ByName) {
  const auto opens = ParseSnmp(kText);
  ASSERT_TRUE(opens) << opens.error().Text();
  EXPECT_EQ(*opens, (TcpOpens{4294967297, 22, 33, 44}));
  EXPECT_EQ(opens->opens(), 4294967319u);
}

TEST(ParseSnmpTest, Malformed) {
  const auto error = [](std::string_view text) {
    const auto opens = ParseSnmp(text);
    return opens ? std::string("none") : opens.error().Text();
  };
  EXPECT_NE(error("").find("two lines"), std::string::npos);
  EXPECT_NE(error("Tcp: ActiveOpens PassiveOpens AttemptFails EstabResets\n").find("two lines"), std::string::npos);
  EXPECT_NE(error("Tcp: ActiveOpens\nTcp: 1\n").find("lacks"), std::string::npos);
  const std::string names = "Tcp: ActiveOpens PassiveOpens AttemptFails EstabResets\n";
  EXPECT_NE(error(names + "Tcp: 1 2 3\n").find("EstabResets"), std::string::npos) << "a number is missing";
  EXPECT_NE(error(names + "Tcp: 1 x 3 4\n").find("\"x\""), std::string::npos);
  EXPECT_NE(error(names + "Tcp: 1 -2 3 4\n").find("PassiveOpens"), std::string::npos);
  EXPECT_NE(error(names + "Tcp: 1 2 3 99999999999999999999999\n").find("no number"), std::string::npos);
  EXPECT_EQ(error(names + "Tcp: 1 2 3 4"), "none") << "no newline at the end is no error";
  for (size_t size = 0; size < sizeof kText - 1; ++size) (void)ParseSnmp({kText, size});  // any cut is survived
}

TEST(NetnsSnmpTest, OwnNamespace) {
  const auto snmp = NetnsSnmp::OpenHere();
  ASSERT_TRUE(snmp) << snmp.error().Text();
  ASSERT_TRUE(snmp->Read()) << snmp->Read().error().Text();
}

TEST(NetnsSnmpTest, NotThere) {
  const auto snmp = NetnsSnmp::OpenHere("/nowhere");
  ASSERT_FALSE(snmp);
  EXPECT_EQ(snmp.error().code, ENOENT);
}

// The file stays of the namespace it was opened in.
TEST(NetnsSnmpTest, CountsOfItsNamespace) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root";
  const Fd home(open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
  ASSERT_EQ(unshare(CLONE_NEWNET), 0);
  const auto snmp = NetnsSnmp::OpenHere();
  ASSERT_TRUE(snmp);
  EXPECT_EQ(*snmp->Read(), TcpOpens{});
  ifreq up{};
  std::strcpy(up.ifr_name, "lo");
  up.ifr_flags = IFF_UP;
  const Fd listener(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), client(socket(AF_INET, SOCK_STREAM, 0));
  ASSERT_EQ(ioctl(client.get(), SIOCSIFFLAGS, &up), 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  at.sin_port = htons(4000);
  const auto* address = reinterpret_cast<const sockaddr*>(&at);
  ASSERT_EQ(bind(listener.get(), address, sizeof at), 0);
  EXPECT_NE(connect(client.get(), address, sizeof at), 0) << "nobody listens yet";
  ASSERT_EQ(listen(listener.get(), 8), 0);
  EXPECT_EQ(connect(client.get(), address, sizeof at), 0);
  ASSERT_EQ(setns(home.get(), CLONE_NEWNET), 0);
  const auto opens = snmp->Read();
  ASSERT_TRUE(opens);
  EXPECT_EQ(opens->active, 2u);
  EXPECT_EQ(opens->passive, 1u);
  EXPECT_EQ(opens->failed_attempts, 1u);
}

}  // namespace
}  // namespace xtcp2::ledger
