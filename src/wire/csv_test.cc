#include "wire/csv.h"

#include "wire/put_for_test.h"
#include "wire/utf8.h"

namespace xtcp2::wire {
namespace {

std::string Csv(std::string_view text, char delimiter = ',') {
  return Written(MaxCsvText(text.size()), [&](uint8_t* at) { return PutCsvText(at, text, delimiter); });
}

TEST(Csv, PlainTextIsNotQuoted) {
  for (std::string_view text : {"", "abc", "a b", "a\tb", "it's", "caf\xc3\xa9", "\\", "\\.x"})
    EXPECT_EQ(Csv(text), text);
  EXPECT_EQ(Csv("a,b", '\t'), "a,b");
}

TEST(Csv, QuotedByTheRulesOfGo) {
  EXPECT_EQ(Csv("a,b"), "\"a,b\"");
  EXPECT_EQ(Csv("a\tb", '\t'), "\"a\tb\"");
  EXPECT_EQ(Csv("say \"hi\""), "\"say \"\"hi\"\"\"");
  EXPECT_EQ(Csv("\""), "\"\"\"\"");
  EXPECT_EQ(Csv("two\nlines"), "\"two\nlines\"");
  EXPECT_EQ(Csv("a\rb"), "\"a\rb\"");
  EXPECT_EQ(Csv(" x"), "\" x\"");
  EXPECT_EQ(Csv("\tx"), "\"\tx\"");
  EXPECT_EQ(Csv("\xc2\xa0x"), "\"\xc2\xa0x\"");          // no-break space
  EXPECT_EQ(Csv("\xe3\x80\x80x"), "\"\xe3\x80\x80x\"");  // ideographic space
  EXPECT_EQ(Csv("x "), "x ");
  EXPECT_EQ(Csv("\\."), "\"\\.\"");
}

TEST(Csv, WhatIsNotUtf8IsRepairedQuotedOrNot) {
  const std::string mark(kReplacement);
  EXPECT_EQ(Csv("a\xff"), "a" + mark);
  EXPECT_EQ(Csv("\xff\"\xff"), '"' + mark + "\"\"" + mark + '"');
  EXPECT_EQ(Csv("\xff\xff\xff,"), '"' + mark + mark + mark + ",\"");
}

TEST(Csv, TheWorstTextsFitTheMaximum) {
  for (size_t size = 0; size < 20; ++size) {
    Csv(std::string(size, '"'));
    Csv(std::string(size, '\xff'));
    Csv("," + std::string(size, '\xff'));
  }
}

}  // namespace
}  // namespace xtcp2::wire
