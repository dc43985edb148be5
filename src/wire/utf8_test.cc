#include "wire/utf8.h"

#include <nlohmann/json.hpp>
#include <random>

#include "wire/put_for_test.h"

namespace xtcp2::wire {
namespace {

std::string Repaired(std::string_view text) {
  const std::string out = Written(kMaxRepaired * text.size(), [&](uint8_t* at) { return PutRepaired(at, text); });
  EXPECT_EQ(RepairedSize(text), out.size());
  return out;
}

// The bit patterns of UTF-8, written out once more; surrogates too.
std::string Encoded(uint32_t c) {
  const auto byte = [](uint32_t b) { return static_cast<char>(b); };
  if (c < 0x80) return {byte(c)};
  if (c < 0x800) return {byte(0xc0 | c >> 6), byte(0x80 | (c & 63))};
  if (c < 0x10000) return {byte(0xe0 | c >> 12), byte(0x80 | (c >> 6 & 63)), byte(0x80 | (c & 63))};
  return {byte(0xf0 | c >> 18), byte(0x80 | (c >> 12 & 63)), byte(0x80 | (c >> 6 & 63)), byte(0x80 | (c & 63))};
}

TEST(Utf8, EveryCodePointIsDecodedAndSurrogatesAreNot) {
  for (uint32_t c = 0; c <= 0x10ffff; ++c) {
    const std::string text = Encoded(c);
    const Utf8Sequence sequence = DecodeUtf8(text);
    const bool surrogate = c >= 0xd800 && c < 0xe000;
    ASSERT_EQ(sequence.valid, !surrogate) << c;
    if (surrogate) continue;
    ASSERT_EQ(sequence.code_point, c);
    ASSERT_EQ(sequence.size, text.size()) << c;
  }
  EXPECT_FALSE(DecodeUtf8(Encoded(0x110000)).valid);
}

TEST(Utf8, TheStandardsOwnExamplesOfRepair) {
  const auto marks = [](int n) {
    std::string out;
    while (n-- > 0) out += kReplacement;
    return out;
  };
  // Unicode 15, tables 3-8 to 3-11.
  EXPECT_EQ(Repaired("\xC0\xAF\xE0\x80\xBF\xF0\x81\x82\x41"), marks(8) + "A");
  EXPECT_EQ(Repaired("\xED\xA0\x80\xED\xBF\xBF\xED\xAF\x41"), marks(8) + "A");
  EXPECT_EQ(Repaired("\xF4\x91\x92\x93\xFF\x41\x80\xBF\x42"), marks(5) + "A" + marks(2) + "B");
  EXPECT_EQ(Repaired("\xE1\x80\xE2\xF0\x91\x92\xF1\xBF\x41"), marks(4) + "A");
}

TEST(Utf8, ValidTextIsUntouched) {
  for (std::string_view text : {"", "a", "abcdefgh", "abcdefghi",
                                "Gr\xc3\xbc\xc3\x9f"
                                "e \xe2\x82\xac \xf0\x9f\x98\x80",
                                "12345678\xc3\xa9"}) {
    EXPECT_EQ(Repaired(text), text);
    EXPECT_TRUE(IsUtf8(text));
  }
}

TEST(Utf8, AsciiIsToldApartAtEveryPosition) {
  for (size_t size = 0; size < 20; ++size) {
    std::string text(size, 'x');
    EXPECT_TRUE(IsAscii(text));
    for (size_t i = 0; i < size; ++i) {
      text[i] = '\x80';
      EXPECT_FALSE(IsAscii(text)) << size << ' ' << i;
      text[i] = 'x';
    }
  }
}

TEST(Utf8, RandomBytesAreRepairedAsNlohmannDoes) {
  std::mt19937 random(2);
  const std::string_view pool = "a\x80\xbf\xc0\xc2\xe0\xa0\xed\x9f\xef\xf0\x90\xf4\x8f\xff";
  for (int i = 0; i < 50'000; ++i) {
    std::string text;
    for (size_t n = random() % 12; n > 0; --n) text += pool[random() % pool.size()];
    const std::string dumped = nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    ASSERT_EQ(Repaired(text), nlohmann::json::parse(dumped).get<std::string>());
    ASSERT_TRUE(IsUtf8(Repaired(text)));
  }
}

}  // namespace
}  // namespace xtcp2::wire
