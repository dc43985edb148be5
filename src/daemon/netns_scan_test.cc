#include "daemon/netns_scan.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/temp_dir_for_test.h"

namespace xtcp2::daemon {
namespace {

namespace fs = std::filesystem;

// A /proc made of plain folders and links.
class FakeProc {
 public:
  void AddTask(const std::string& pid, const std::string& tid, uint64_t inode) {
    const fs::path task = root_ / pid / "task" / tid / "ns";
    fs::create_directories(task);
    fs::create_symlink("net:[" + std::to_string(inode) + "]", task / "net");
    if (pid != tid) return;
    fs::create_directories(root_ / pid / "ns");
    fs::create_symlink("net:[" + std::to_string(inode) + "]", root_ / pid / "ns" / "net");
  }
  void SetCgroup(const std::string& pid, const std::string& text) { std::ofstream(root_ / pid / "cgroup") << text; }
  std::string path() const { return root_.string(); }

  NetnsScan Scan() const { return NetnsScanner({path(), {}, false}, {4, 100}).Scan(); }

 private:
  const TempDir folder_;
  const fs::path root_ = folder_.path();
};

const NetnsEntry* Find(const NetnsScan& scan, uint64_t inode) {
  for (const NetnsEntry& entry : scan.entries)
    if (entry.id.inode == inode) return &entry;
  return nullptr;
}

TEST(NetnsScan, TheOwnNamespaceIsAlwaysThereAndFirst) {
  FakeProc proc;
  proc.AddTask("5", "5", 7);
  const NetnsScan scan = proc.Scan();
  ASSERT_EQ(scan.entries.size(), 2u);
  EXPECT_TRUE(scan.entries[0].own);
  EXPECT_EQ(scan.entries[0].name, "default");
  EXPECT_EQ(scan.entries[1].name, "netns:[7]");
  EXPECT_EQ(scan.entries[1].paths, std::vector<std::string>{proc.path() + "/5/ns/net"});
}

TEST(NetnsScan, ANamespaceHeldByAThreadOnlyIsSeen) {
  FakeProc proc;
  proc.AddTask("5", "5", 100);
  proc.AddTask("5", "6", 200);
  const NetnsScan scan = proc.Scan();
  const NetnsEntry* entry = Find(scan, 200);
  ASSERT_NE(entry, nullptr);
  EXPECT_EQ(entry->paths, std::vector<std::string>{proc.path() + "/5/task/6/ns/net"});
}

TEST(NetnsScan, AContainersIdIsItsName) {
  FakeProc proc;
  const std::string id(64, 'a');
  proc.AddTask("5", "5", 7);
  proc.SetCgroup("5", "0::/system.slice/docker-" + id + ".scope\n");
  EXPECT_EQ(Find(proc.Scan(), 7)->name, id);
}

TEST(NetnsScan, AProcThatCannotBeReadIsAnErrorAndLosesNobodyTheOwn) {
  const NetnsScan scan = NetnsScanner({"/no/such/proc", {}, false}, {4, 100}).Scan();
  EXPECT_TRUE(scan.error);
  ASSERT_EQ(scan.entries.size(), 1u);
  EXPECT_TRUE(scan.entries[0].own);
}

TEST(NetnsScan, OnlyTheOwnWhereAskedFor) {
  FakeProc proc;
  proc.AddTask("5", "5", 7);
  EXPECT_EQ(NetnsScanner({proc.path(), {}, true}, {4, 100}).Scan().entries.size(), 1u);
}

TEST(NetnsScan, FilesThatAreNoNamespacesAreLeftOut) {
  FakeProc proc;
  const fs::path mounts = fs::path(proc.path()) / "netns";
  fs::create_directories(mounts);
  std::ofstream(mounts / "plain") << "x";
  ASSERT_EQ(mkfifo((mounts / "fifo").c_str(), 0600), 0);
  const NetnsScan scan = NetnsScanner({proc.path(), {mounts.string(), "/no/such"}, false}, {4, 100}).Scan();
  EXPECT_EQ(scan.entries.size(), 1u);
  EXPECT_EQ(scan.not_namespaces, 2u);
}

TEST(ContainerIdIn, TakesTheFirstRunOf64HexDigits) {
  const std::string id = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
  EXPECT_EQ(ContainerIdIn("0::/kubepods/pod1/" + id + "\n"), id);
  EXPECT_EQ(ContainerIdIn("0::/" + id + "beef"), id);
  EXPECT_EQ(ContainerIdIn("0::/user.slice/" + id.substr(1)), "");
  EXPECT_EQ(ContainerIdIn("0::/" + std::string(64, 'A')), "");
  EXPECT_EQ(ContainerIdIn(""), "");
}

}  // namespace
}  // namespace xtcp2::daemon
