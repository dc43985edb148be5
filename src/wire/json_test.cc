#include "wire/json.h"

#include <nlohmann/json.hpp>

#include "wire/put_for_test.h"
#include "wire/utf8.h"

namespace xtcp2::wire {
namespace {

std::string Json(std::string_view text) {
  return '"' + Written(kMaxJsonEscape * text.size(), [&](uint8_t* at) { return PutJsonText(at, text); }) + '"';
}
std::string HtmlJson(std::string_view text) {
  return '"' + Written(kMaxJsonEscape * text.size(), [&](uint8_t* at) { return PutJsonTextForHtml(at, text); }) + '"';
}
std::string Read(const std::string& json) { return nlohmann::json::parse(json).get<std::string>(); }

TEST(Json, EveryByteComesBack) {
  for (int c = 0; c < 0x80; ++c) {
    const std::string text = {'a', static_cast<char>(c), 'b'};
    EXPECT_EQ(Read(Json(text)), text);
    EXPECT_EQ(Read(HtmlJson(text)), text);
  }
}

TEST(Json, NothingOfALineBreaksTheLine) {
  for (int c = 0; c < 0x20; ++c)
    EXPECT_EQ(Json(std::string(1, static_cast<char>(c))).find(static_cast<char>(c)), std::string::npos);
}

TEST(Json, WhatIsNotUtf8IsRepaired) {
  EXPECT_EQ(Read(Json("a\xff\"\xe2\x82")),
            std::string("a") + std::string(kReplacement) + '"' + std::string(kReplacement));
  EXPECT_EQ(Read(Json("\xf0\x9f\x98\x80")), "\xf0\x9f\x98\x80");
}

TEST(Json, OnlyTheHtmlFormEscapesWhatMattersInHtml) {
  const std::string text = "<a>&\xe2\x80\xa8\xe2\x80\xa9</a>";
  EXPECT_EQ(Json(text), '"' + text + '"');
  EXPECT_EQ(HtmlJson(text), R"("\u003ca\u003e\u0026\u2028\u2029\u003c/a\u003e")");
  EXPECT_EQ(Read(HtmlJson(text)), text);
}

}  // namespace
}  // namespace xtcp2::wire
