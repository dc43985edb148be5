#include "config/cpu_list.h"

#include <gtest/gtest.h>

namespace xtcp2::config {
namespace {

TEST(CpuList, ReadsNumbersAndRanges) {
  EXPECT_EQ(ParseCpuList("").value(), (std::vector<unsigned>{}));
  EXPECT_EQ(ParseCpuList("3").value(), (std::vector<unsigned>{3}));
  EXPECT_EQ(ParseCpuList("8,0-3,2").value(), (std::vector<unsigned>{0, 1, 2, 3, 8}));
  EXPECT_EQ(ParseCpuList("1023").value().size(), 1u);
}

TEST(CpuList, RefusesEverythingElse) {
  for (const char* text : {"x", "1,", ",1", "1-", "-1", "3-1", "1024", "1 2", "1-2-3", "0x3"})
    EXPECT_FALSE(ParseCpuList(text)) << text;
}

}  // namespace
}  // namespace xtcp2::config
