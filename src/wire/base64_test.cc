#include "wire/base64.h"

#include <random>

#include "wire/put_for_test.h"

namespace xtcp2::wire {
namespace {

std::string Base64(std::string_view bytes) {
  return Written(Base64Size(bytes.size()), [&](uint8_t* at) { return PutBase64(at, AsBytes(bytes)); });
}

// A decoder by the letter of RFC 4648, one bit at a time.
std::string Decoded(std::string_view text) {
  std::string out;
  uint32_t bits = 0, count = 0;
  for (const char c : text) {
    if (c == '=') break;
    const int value = c >= 'A' && c <= 'Z'   ? c - 'A'
                      : c >= 'a' && c <= 'z' ? c - 'a' + 26
                      : c >= '0' && c <= '9' ? c - '0' + 52
                      : c == '+'             ? 62
                      : c == '/'             ? 63
                                             : -1;
    EXPECT_GE(value, 0) << c;
    for (int bit = 5; bit >= 0; --bit) {
      bits = bits << 1 | (static_cast<uint32_t>(value) >> bit & 1);
      if (++count % 8 == 0) out += static_cast<char>(bits & 0xff);
    }
  }
  return out;
}

TEST(Base64, TheVectorsOfRfc4648) {
  EXPECT_EQ(Base64(""), "");
  EXPECT_EQ(Base64("f"), "Zg==");
  EXPECT_EQ(Base64("fo"), "Zm8=");
  EXPECT_EQ(Base64("foo"), "Zm9v");
  EXPECT_EQ(Base64("foob"), "Zm9vYg==");
  EXPECT_EQ(Base64("fooba"), "Zm9vYmE=");
  EXPECT_EQ(Base64("foobar"), "Zm9vYmFy");
}

TEST(Base64, RandomBytesComeBack) {
  std::mt19937 random(3);
  for (size_t size = 0; size < 40; ++size)
    for (int i = 0; i < 50; ++i) {
      std::string bytes(size, '\0');
      for (char& c : bytes) c = static_cast<char>(random());
      const std::string text = Base64(bytes);
      ASSERT_EQ(text.size(), Base64Size(size));
      ASSERT_EQ(Decoded(text), bytes);
    }
}

}  // namespace
}  // namespace xtcp2::wire
