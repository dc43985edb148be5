#include "filter/netns_pattern.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace xtcp2::filter {
namespace {

bool Matches(const std::string& pattern, const std::string& name, uint64_t inode = 5) {
  return NetnsPattern::Parse(pattern)->Matches(name, inode);
}

TEST(NetnsPattern, IsAShellPatternOrAnInode) {
  EXPECT_TRUE(Matches("default", "default"));
  EXPECT_FALSE(Matches("default", "default2"));
  EXPECT_TRUE(Matches("web-*", "web-1"));
  EXPECT_TRUE(Matches("web-?", "web-1"));
  EXPECT_FALSE(Matches("web-?", "web-10"));
  EXPECT_TRUE(Matches("web-[0-4]", "web-3"));
  EXPECT_FALSE(Matches("web-[!0-4]", "web-3"));
  EXPECT_TRUE(Matches("*", "netns:[4026532441]"));
  EXPECT_TRUE(Matches("netns:*", "netns:[4026532441]"));
  EXPECT_TRUE(Matches("4026532441", "anything", 4026532441));
  EXPECT_FALSE(Matches("4026532441", "anything", 4026532442));
  EXPECT_FALSE(Matches("402653*", "anything", 4026532441)) << "a pattern is for names only";
  EXPECT_TRUE(Matches("7", "7", 99)) << "a name of digits";
  EXPECT_TRUE(Matches("99999999999999999999999", "99999999999999999999999"));
}

TEST(NetnsPattern, RefusesWhatMatchesNoName) {
  EXPECT_THAT(NetnsPattern::Parse("").error().Text(), testing::HasSubstr("inode number"));
  EXPECT_FALSE(NetnsPattern::Parse(std::string("a\0b", 3)));
}

TEST(NetnsSelection, TakesTheIncludedLessTheExcluded) {
  const std::vector<std::string> web = {"web-*", "4026532441"}, some = {"web-2", "*-test"}, none, empty = {""};
  EXPECT_TRUE(NetnsSelection().Selected("any", 1));
  EXPECT_TRUE(NetnsSelection().everything());
  const NetnsSelection both = *NetnsSelection::Parse(web, some);
  EXPECT_FALSE(both.everything());
  EXPECT_TRUE(both.Selected("web-1", 1));
  EXPECT_TRUE(both.Selected("other", 4026532441));
  EXPECT_FALSE(both.Selected("other", 1));
  EXPECT_FALSE(both.Selected("web-2", 1));
  EXPECT_FALSE(both.Selected("web-test", 4026532441));
  const NetnsSelection excluding = *NetnsSelection::Parse(none, some);
  EXPECT_TRUE(excluding.Selected("other", 1));
  EXPECT_FALSE(excluding.Selected("web-2", 1));
  EXPECT_FALSE(NetnsSelection::Parse(empty, none));
  EXPECT_FALSE(NetnsSelection::Parse(none, empty));
}

}  // namespace
}  // namespace xtcp2::filter
