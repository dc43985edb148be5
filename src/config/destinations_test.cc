#include "config/destinations.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/input_for_test.h"
#include "config/output.h"
#include "config/show.h"

namespace xtcp2::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Config With(std::string dest) {
  Config config = DefaultConfig();
  config.dest = std::move(dest);
  return config;
}
std::string ErrorOf(const std::string& dest) {
  const auto entries = SplitDestinations(With(dest));
  return entries ? "" : entries.error().Text();
}

TEST(SplitWords, QuotesKeepBlanks) {
  EXPECT_THAT(SplitWords(" -a  'b c' -d\t\"e 'f\"g ").value(), ElementsAre("-a", "b c", "-d", "e 'fg"));
  EXPECT_THAT(SplitWords("''").value(), ElementsAre(""));
  EXPECT_FALSE(SplitWords("-a 'b"));
}

TEST(SplitDestinations, OneAloneHasTheCommonValues) {
  Config config = With("file:/a path/with blanks");
  config.marshal = "csv";
  const auto entries = SplitDestinations(config).value();
  ASSERT_EQ(entries.size(), 1u);
  EXPECT_EQ(entries[0].dest, "file:/a path/with blanks");
  EXPECT_EQ(entries[0].config.marshal, "csv");
  EXPECT_FALSE(entries[0].own_filter);
}

TEST(SplitDestinations, EachHasItsOwn) {
  const auto entries = SplitDestinations(With("tcp:h:1 -marshal jsonl -filter 'state listening'\n"
                                              "file:/x y -marshal csv -envelopeFlushRows=5 -sample 1/10\nnull"))
                           .value();
  ASSERT_EQ(entries.size(), 3u);
  EXPECT_EQ(entries[0].config.marshal, "jsonl");
  EXPECT_EQ(entries[0].config.filter, "state listening");
  EXPECT_TRUE(entries[0].own_filter);
  EXPECT_EQ(entries[1].dest, "file:/x y");
  EXPECT_EQ(entries[1].config.envelope_flush_rows, 5u);
  EXPECT_TRUE(entries[1].own_sample);
  EXPECT_EQ(entries[2].config.marshal, DefaultConfig().marshal);
}

TEST(SplitDestinations, WhatIsWrongIsNamed) {
  EXPECT_THAT(ErrorOf("null -marshall csv"), testing::AllOf(HasSubstr("null"), HasSubstr("did you mean -marshal")));
  EXPECT_THAT(ErrorOf("null -marshal xml"), HasSubstr("xml"));
  EXPECT_THAT(ErrorOf("null -frequency 1s"), HasSubstr("-frequency is not known"));
  EXPECT_THAT(ErrorOf("null -marshal"), HasSubstr("needs a value"));
  EXPECT_THAT(ErrorOf("null -filter 'state"), HasSubstr("not closed"));
  EXPECT_THAT(ErrorOf("null -filter 'dev eth0'"), HasSubstr("cannot name devices"));
  EXPECT_THAT(ErrorOf("null -marshal csv extra"), HasSubstr("extra"));
}

TEST(Destinations, TheFlagMayBeRepeatedAndTheFileHasAList) {
  const Parsed flags = TestInput().Flag("dest", "null").Flag("dest", "file:/a -marshal csv").Parse();
  EXPECT_EQ(Lines(flags.errors), "");
  EXPECT_EQ(SplitDestinations(flags.config)->size(), 2u);
  const Parsed file = TestInput().Toml("dest = [\"null\", \"file:/a -marshal csv\"]\n").Parse();
  EXPECT_EQ(Lines(file.errors), "");
  EXPECT_EQ(file.config.dest, flags.config.dest);
  const Parsed again = TestInput().Toml(ConfText(flags)).Parse();
  EXPECT_EQ(Lines(again.errors), "");
  EXPECT_EQ(again.config.dest, flags.config.dest);
  EXPECT_THAT(Lines(TestInput().Flag("dest", "null -marshal xml").Parse().errors), HasSubstr("xml"));
}

TEST(Destinations, NoSecretOfAnEntryIsShown) {
  const std::string shown =
      RedactDestinations("http://u:hunter2@h/ -httpHeader \"Authorization: hunter2\" -marshal csv");
  EXPECT_EQ(shown.find("hunter2"), std::string::npos);
  EXPECT_THAT(shown, HasSubstr("-marshal csv"));
  EXPECT_EQ(RedactDestinations("http://h/ -httpHeader 'a: hunter2").find("hunter2"), std::string::npos);
}

TEST(Destinations, AStandardOutputAmongSeveralHasAReadableFormat) {
  Parsed parsed = TestInput().Flag("dest", "stdout").Flag("dest", "file:/a").Parse();
  ResolveOutputDefaults(parsed, false);
  ResolveOutputDefaults(parsed, false);
  const auto entries = SplitDestinations(parsed.config).value();
  EXPECT_EQ(entries[0].config.marshal, "jsonl");
  EXPECT_EQ(entries[1].config.marshal, "protobufList");
}

}  // namespace
}  // namespace xtcp2::config
