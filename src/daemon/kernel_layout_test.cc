#include "daemon/kernel_layout.h"

#include <gtest/gtest.h>

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "collect/replay_kernel.h"

namespace xtcp2::daemon {
namespace {

TEST(AccEcnLayout, BtfAndReleaseAgreeHere) {
  const auto release = collect::ParseKernelRelease(KernelRelease());
  ASSERT_TRUE(release) << release.error().Text();
  EXPECT_EQ(LiveAccEcnLayout(), collect::AccEcnLayoutOf(*release));
}

TEST(BootId, TakesTheFirst64Bits) {
  const auto root = std::filesystem::temp_directory_path() / ("xtcp2-boot-" + std::to_string(getpid()));
  std::filesystem::create_directories(root / "sys/kernel/random");
  std::ofstream(root / "sys/kernel/random/boot_id") << "01234567-89ab-cdef-0011-223344556677\n";
  EXPECT_EQ(BootId(root.string()), 0x0123456789abcdefu);
  std::filesystem::remove_all(root);
  EXPECT_EQ(BootId(root.string()), 0u);
  EXPECT_NE(BootId(), 0u);
}

}  // namespace
}  // namespace xtcp2::daemon
