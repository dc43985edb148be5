#include "ship/rotation.h"

#include <gmock/gmock.h>

#include "ship/test_support.h"

namespace xtcp2::ship::test {
namespace {

using ::testing::ElementsAre;

constexpr int64_t kTime = 1795526100 * kNsPerSecond + 5;  // 2026-11-24T13:15:00Z

void Touch(const std::string& path) { std::ofstream(path) << "x"; }

TEST(Rotation, NamesByTimeAndNeverReplaces) {
  const TempDir dir;
  const std::string path = dir / "rows";
  std::vector<std::string> names;
  for (int i = 0; i < 3; ++i) {
    Touch(path);
    names.push_back(*RotateAway(path, kTime));
  }
  EXPECT_THAT(names,
              ElementsAre(path + ".20261124T131500Z", path + ".20261124T131500Z.1", path + ".20261124T131500Z.2"));
  for (const auto& name : names) EXPECT_EQ(ReadFile(name), "x");
  EXPECT_FALSE(RotateAway(path, kTime));  // it is gone
  unlink(names[0].c_str());
  Touch(path);
  EXPECT_EQ(*RotateAway(path, kTime), path + ".20261124T131500Z.3");  // a free older name would be the wrong age
}

TEST(Rotation, KeepsTheNewestAndTouchesNoOtherFile) {
  const TempDir dir;
  const std::string path = dir / "rows";
  std::vector<std::string> others;
  for (const char* suffix : {"", ".gz", ".20261124T131500Z.gz", ".20261124T131500Z.0x", ".20261124",
                             ".20261124T131500Z.", "2.20261124T131500Z"})
    others.push_back(path + suffix);
  for (const auto& other : others) Touch(other);
  for (const char* suffix : {".20261124T131501Z", ".20261124T131500Z.10", ".20261124T131500Z", ".20261124T131500Z.2"})
    Touch(path + suffix);
  EXPECT_THAT(*RotatedFiles(path), ElementsAre(path + ".20261124T131500Z", path + ".20261124T131500Z.2",
                                               path + ".20261124T131500Z.10", path + ".20261124T131501Z"));
  EXPECT_EQ(*RemoveOldest(path, 0), 0u);
  EXPECT_EQ(*RemoveOldest(path, 2), 2u);
  EXPECT_THAT(*RotatedFiles(path), ElementsAre(path + ".20261124T131500Z.10", path + ".20261124T131501Z"));
  for (const auto& other : others) EXPECT_EQ(ReadFile(other), "x") << other;
}

}  // namespace
}  // namespace xtcp2::ship::test
