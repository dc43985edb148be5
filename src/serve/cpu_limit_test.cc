#include "serve/cpu_limit.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace xtcp2 {
namespace {

constexpr char kV2Mount[] = "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n";
constexpr char kV1Mounts[] =
    "31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw\n"
    "32 31 0:29 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n"
    "33 31 0:30 / /sys/fs/cgroup/cpu,cpuacct rw shared:9 - cgroup cgroup rw,cpu,cpuacct\n";

class FakeRoot : public testing::Test {
 protected:
  FakeRoot() : root_(std::filesystem::path(testing::TempDir()) / ("cpu" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(root_);
  }
  ~FakeRoot() override { std::filesystem::remove_all(root_); }
  void Write(const std::string& path, const std::string& text) const {
    std::filesystem::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path) << text;
  }
  void Place(const std::string& mounts, const std::string& group) const {
    Write("proc/self/mountinfo", mounts);
    Write("proc/self/cgroup", group);
  }
  std::optional<double> Quota() const { return ReadCgroupCpuQuota(root_); }
  const std::filesystem::path root_;
};

TEST_F(FakeRoot, V2TakesTheLeastOnTheWayUp) {
  Place(kV2Mount, "0::/kube/pod/box\n");
  Write("sys/fs/cgroup/kube/pod/box/cpu.max", "max 100000\n");
  EXPECT_EQ(Quota(), std::nullopt);
  Write("sys/fs/cgroup/kube/pod/cpu.max", "150000 100000\n");
  EXPECT_EQ(Quota(), 1.5);
  Write("sys/fs/cgroup/kube/pod/box/cpu.max", "300000 100000\n");
  EXPECT_EQ(Quota(), 1.5);
  Write("sys/fs/cgroup/kube/cpu.max", "50000 100000\n");
  EXPECT_EQ(Quota(), 0.5);
}

TEST_F(FakeRoot, V2InAContainer) {
  Place(kV2Mount, "0::/\n");  // its own cgroup namespace: the root is the container's group
  Write("sys/fs/cgroup/cpu.max", "200000 100000\n");
  EXPECT_EQ(Quota(), 2.0);
  Place(kV2Mount, "0::/../other\n");  // outside of the namespace
  EXPECT_EQ(Quota(), 2.0);
  Place(kV2Mount, "0::/system.slice/docker-1.scope\n");  // the host's path, which is not mounted here
  EXPECT_EQ(Quota(), 2.0);
}

TEST_F(FakeRoot, V1TakesTheCpuControllerOnly) {
  Place(kV1Mounts, "4:cpuset:/a\n3:cpu,cpuacct:/docker/1\n0::/\n");
  Write("sys/fs/cgroup/cpu,cpuacct/docker/1/cpu.cfs_quota_us", "-1\n");
  Write("sys/fs/cgroup/cpu,cpuacct/docker/1/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(Quota(), std::nullopt);
  Write("sys/fs/cgroup/cpu,cpuacct/docker/1/cpu.cfs_quota_us", "250000\n");
  EXPECT_EQ(Quota(), 2.5);
}

TEST_F(FakeRoot, V1WithTheContainersGroupMounted) {
  Place("33 31 0:30 /docker/1 /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n", "3:cpu:/docker/1\n");
  Write("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "10000\n");
  Write("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(Quota(), 0.1);
}

TEST_F(FakeRoot, NothingReadableLimitsNothing) {
  EXPECT_EQ(Quota(), std::nullopt);
  Place("rubbish\n - \n", "::\n0\n");
  EXPECT_EQ(Quota(), std::nullopt);
  Place(kV2Mount, "0::/x\n");
  Write("sys/fs/cgroup/x/cpu.max", "100000 0\n");
  EXPECT_EQ(Quota(), std::nullopt);
  const CpuLimit limit = ReadCpuLimit(root_);
  EXPECT_GE(limit.Processors(), 1);
  EXPECT_EQ(limit.quota, std::nullopt);
}

TEST(CpuLimit, TheLeastCountsAndAQuotaIsRoundedUp) {
  EXPECT_EQ((CpuLimit{8, 4, std::nullopt}.Processors()), 4);
  EXPECT_EQ((CpuLimit{8, 4, 2.1}.Processors()), 3);
  EXPECT_EQ((CpuLimit{8, 4, 0.01}.Processors()), 1);
  EXPECT_EQ((CpuLimit{2, 4, 100.0}.Processors()), 2);
  EXPECT_EQ((CpuLimit{2, 0, 1e300}.Processors()), 2);
  EXPECT_EQ((CpuLimit{8, 4, 1.5}.Text()), "2 (8 online, 4 by affinity, cgroup quota 1.50)");
}

TEST(CpuLimit, FollowsTheAffinityMask) {
  cpu_set_t before, one;
  ASSERT_EQ(::sched_getaffinity(0, sizeof before, &before), 0);
  EXPECT_EQ(ReadCpuLimit().affinity, CPU_COUNT(&before));
  CPU_ZERO(&one);
  for (int cpu = 0; CPU_COUNT(&one) == 0; ++cpu)
    if (CPU_ISSET(cpu, &before)) CPU_SET(cpu, &one);
  ASSERT_EQ(::sched_setaffinity(0, sizeof one, &one), 0);
  EXPECT_EQ(ReadCpuLimit().Processors(), 1);
  ::sched_setaffinity(0, sizeof before, &before);
}

}  // namespace
}  // namespace xtcp2
