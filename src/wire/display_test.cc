#include "wire/display.h"

#include "wire/put_for_test.h"
#include "wire/utf8.h"

namespace xtcp2::wire {
namespace {

std::string Display(std::string_view text) {
  return Written(kMaxDisplayEscape * text.size(), [&](uint8_t* at) { return PutDisplayText(at, text); });
}

TEST(Display, LeavesReadableTextAlone) {
  for (std::string_view text : {"", "blue", "a b",
                                "Gr\xc3\xbc\xc3\x9f"
                                "e",
                                "\xe6\x9d\xb1\xe4\xba\xac"})
    EXPECT_EQ(Display(text), text);
}

TEST(Display, NoControlCharacterGetsThrough) {
  for (uint8_t c = 0; c < 0x20; ++c) {
    const std::string out = Display(std::string(1, static_cast<char>(c)));
    EXPECT_EQ(out[0], '\\');
    for (const char byte : out) EXPECT_GT(byte, ' ');
  }
  EXPECT_EQ(Display("\x1b[31m"), "\\x1b[31m");
  EXPECT_EQ(Display("a\nb\tc\r\x7f"), "a\\nb\\tc\\r\\x7f");
  EXPECT_EQ(Display("\xc2\x9b"), "\\u009b");      // CSI as one character
  EXPECT_EQ(Display("\xe2\x80\xae"), "\\u202e");  // right-to-left override
  EXPECT_EQ(Display("\xe2\x80\xa8"), "\\u2028");  // line separator
  EXPECT_EQ(Display("\\n"), "\\\\n");
}

TEST(Display, RepairsAndCountsCharacters) {
  EXPECT_EQ(Display("\xff"), kReplacement);
  EXPECT_EQ(DisplayWidth("Gr\xc3\xbc\xc3\x9f"
                         "e"),
            5u);
  EXPECT_EQ(DisplayWidth(""), 0u);
}

}  // namespace
}  // namespace xtcp2::wire
