#include "daemon/kernel_layout.h"

#include <gtest/gtest.h>

#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace xtcp2::daemon {
namespace {

using decode::AccEcnLayout;

TEST(AccEcnLayout, TheReleaseDecidesFrom7) {
  EXPECT_EQ(AccEcnLayoutOfRelease("6.18.44-fc"), AccEcnLayout::k6_18);
  EXPECT_EQ(AccEcnLayoutOfRelease("4.19.319"), AccEcnLayout::k6_18);
  EXPECT_EQ(AccEcnLayoutOfRelease("7.0.3"), AccEcnLayout::k7_0);
  EXPECT_EQ(AccEcnLayoutOfRelease("10.1"), AccEcnLayout::k7_0);
  EXPECT_EQ(AccEcnLayoutOfRelease(""), AccEcnLayout::k6_18);
}

TEST(AccEcnLayout, BtfAndReleaseAgreeHere) { EXPECT_EQ(LiveAccEcnLayout(), AccEcnLayoutOfRelease(KernelRelease())); }

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
