// A file system of one MiB that is ours, in a mount namespace of a child: needs root.
#include <gmock/gmock.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include "base/child_for_test.h"
#include "spool/spool_for_test.h"

namespace xtcp2::spool::test {
namespace {

// "ok", or what was wrong.
std::string FillTheDisk(const std::string& folder) {
  Box box(folder + "/s");  // its limit is far above what there is
  if (!box.spool) return box.why;
  uint64_t rows = 0;
  encode::Batch noise = MakeBatch(1, 20, 100);
  for (uint64_t i = 1; i <= 2000; ++i, rows += 20) {
    noise.sequence = i;
    for (size_t at = 0; at < noise.rows.size(); ++at) noise.rows.data()[at] = static_cast<uint8_t>(random());
    if (!box->Append(noise)) return "batch " + std::to_string(i) + " was refused";
    if (box->GetLevel().rows + box.dropped["spool_full"] != rows + 20) return "rows do not add up";
  }
  if (box.dropped["spool_full"] == 0) return "the disk was never full";
  if (!box.errors.empty()) return box.errors.front();
  const auto left = box.ReadAll();
  if (left.empty() || left != FromTo(left.front(), 2000)) return "not the newest, in order";
  return "ok";
}

TEST(FullDisk, OlderRowsMakeRoomAndNothingIsRefused) {
  if (geteuid() != 0) GTEST_SKIP() << "NOT TESTED: mounting a small file system needs root";
  const TempDir dir;
  const ChildEnd end = RunInChild([&](int out) {
    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        mount("tmpfs", dir.path().c_str(), "tmpfs", 0, "size=1m") != 0)
      return WriteTo(out, "no mount");
    WriteTo(out, FillTheDisk(dir.path()));
  });
  if (end.text == "no mount") GTEST_SKIP() << "NOT TESTED: no small file system can be mounted here";
  EXPECT_EQ(end.text, "ok");
}

}  // namespace
}  // namespace xtcp2::spool::test
