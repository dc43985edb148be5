#include "filter/filter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include "base/fd.h"
#include "filter/filter_for_test.h"

namespace xtcp2::filter {
namespace {

constexpr uint8_t kEstablished = 1, kSynRecv = 3, kTimeWait = 6, kListen = 10, kNewSynRecv = 12;

bool Matches(const std::string& text, const MadeSocket& made) {
  const Result<Filter> filter = Filter::Parse(text, MadeNames());
  if (!filter) ADD_FAILURE() << text << ": " << filter.error().Text();
  return filter && filter->Matches(made.socket);
}

TEST(Matches, Ports) {
  const MadeSocket made(kEstablished, "10.0.0.1", 1000, "10.0.0.2", 443);
  EXPECT_TRUE(Matches("", made));
  EXPECT_TRUE(Matches("sport = :1000 and dport = :443", made));
  EXPECT_FALSE(Matches("sport = :443", made));
  EXPECT_TRUE(Matches("sport >= 1000 and sport <= 1000 and not sport > 1000 and not sport < 1000", made));
  EXPECT_FALSE(Matches("sport < 0 or sport > 65535", made));
  EXPECT_TRUE(Matches("sport = *", made));
}

TEST(Matches, AddressesOfEachFamily) {
  const MadeSocket inet(kEstablished, "10.1.2.3", 1, "192.168.255.1", 2);
  EXPECT_TRUE(Matches("src 10.1.2.3 and src 10.1.2/23 and src 10/8 and src 0.0.0.0/0 and src *", inet));
  EXPECT_TRUE(Matches("src 10.1.2.3:1 and dst 192.168/16:2 and dst :2", inet));
  EXPECT_FALSE(Matches("src 10.1.2.3:2 or dst :1 or src 10.1.2.2 or src 10.1.3/24 or dst 192.168.254.0/24", inet));
  EXPECT_FALSE(Matches("src [::/0] or src [::ffff:10.1.2.3]", inet));
  const MadeSocket inet6(kEstablished, "fd77:0:0:1::5", 1, "::1", 2);
  EXPECT_TRUE(Matches(
      "src [fd77:0:0:1::5] and src [fd77::/16] and src [fd77:0:0:1::/64] and src [fd77:0:0:1::4/127] and dst [::1]",
      inet6));
  EXPECT_FALSE(Matches("src [fd77:0:0:1::4] or src [fd77:0:0:2::/64] or src [fd77:0:0:1::6/127]", inet6));
  EXPECT_FALSE(Matches("src 0.0.0.0/0 or dst 0.0.0.1", inet6));
  const MadeSocket mapped(kEstablished, "::ffff:10.1.2.3", 1, "::ffff:10.1.2.4", 2);
  EXPECT_TRUE(
      Matches("src 10.1.2.3:1 and dst 10.1.2/24 and src [::ffff:0:0/96] and src [::/0] and src 0.0.0.0/0", mapped));
  EXPECT_FALSE(Matches("src 10.1.2.4 or src [fd77::/16]", mapped));
}

TEST(Matches, StatesAsReported) {
  const MadeSocket syn(kSynRecv, "10.0.0.1", 1, "10.0.0.2", 2), request(kNewSynRecv, "10.0.0.1", 1, "10.0.0.2", 2);
  EXPECT_TRUE(Matches("state syn-recv", syn));
  EXPECT_TRUE(Matches("state syn-recv and state bucket and state all", request));
  EXPECT_FALSE(Matches("exclude syn-recv or state established or state big", request));
  const MadeSocket listener(kListen, "0.0.0.0", 22, "0.0.0.0", 0);
  EXPECT_TRUE(Matches("state listening or sport = :1", listener));
  EXPECT_FALSE(Matches("state connected", listener));
  EXPECT_TRUE(Matches("dport = :0", listener));
}

TEST(Matches, DevicesMarksAndGroups) {
  MadeSocket made(kTimeWait, "::1", 1, "::1", 2);
  EXPECT_TRUE(Matches("dev = 0 and fwmark = 0 and cgroup = 0", made)) << "absent attributes are zeros, as in ss";
  EXPECT_TRUE(Matches("dev != lo", made));
  EXPECT_FALSE(Matches("dev lo", made)) << "nobody looked the name up";
  made.Device(7).Mark(0x1234).Cgroup(102);
  EXPECT_TRUE(Matches("dev 7 and fwmark 0x1234 and fwmark 0x34/0xff and cgroup /two", made));
  EXPECT_FALSE(Matches("dev 6 or fwmark 0x34 or fwmark 0x1234/0xff or cgroup /one", made));
}

TEST(Filter, LooksDevicesUpInEachNamespace) {
  const Filter filter = *Filter::Parse("dev eth0 or ( sport 5 and not dev eth1 )", MadeNames());
  ASSERT_TRUE(filter.NeedsDevices());
  EXPECT_FALSE(Filter::Parse("dev 3", MadeNames())->NeedsDevices());
  const Filter there = filter.WithDevices([](const std::string& name) { return name == "eth0" ? 3u : 0u; });
  MadeSocket made(kEstablished, "10.0.0.1", 1, "10.0.0.2", 2);
  made.Device(3);
  EXPECT_TRUE(there.Matches(made.socket));
  EXPECT_FALSE(filter.Matches(made.socket)) << "the filter itself is as it was";
  EXPECT_EQ(there.Text(), filter.Text());
  const Fd any(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  EXPECT_EQ(DeviceIndex(any.get(), "lo"), 1u);
  EXPECT_EQ(DeviceIndex(any.get(), "nosuchdevice0"), 0u);
  EXPECT_EQ(DeviceIndex(any.get(), std::string(200, 'x')), 0u);
}

TEST(Filter, TellsWhichAttributesItNeeds) {
  EXPECT_EQ(Filter().NeededAttributes(), 0u);
  EXPECT_EQ(Filter::Parse("sport 1 and dev lo and state listening", MadeNames())->NeededAttributes(), 0u);
  EXPECT_EQ(Filter::Parse("sport 1 or not ( dport 1 and fwmark 1 )", MadeNames())->NeededAttributes(),
            uint64_t{1} << 15);
  EXPECT_EQ(Filter::Parse("fwmark 1 or cgroup 5", MadeNames())->NeededAttributes(),
            uint64_t{1} << 15 | uint64_t{1} << 21);
}

// CgroupId: the kernel's id of this process's own group, by its path, is that of its folder.
TEST(CgroupId, FindsGroupsBelowTheMount) {
  const Result<uint64_t> root = CgroupId("/");
  if (!root) GTEST_SKIP() << root.error().Text();
  EXPECT_GT(*root, 0u);
  const Result<uint64_t> none = CgroupId("/no-such-group-of-xtcp2");
  ASSERT_FALSE(none);
  EXPECT_THAT(none.error().Text(), testing::HasSubstr("no-such-group-of-xtcp2: No such file"));
  const Result<uint64_t> unmounted = CgroupId("/", "/dev/null");
  ASSERT_FALSE(unmounted);
  EXPECT_THAT(unmounted.error().Text(), testing::HasSubstr("give the group's id"));
}

}  // namespace
}  // namespace xtcp2::filter
