#include "serve/listen_address.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace xtcp2 {
namespace {

using testing::HasSubstr;

struct Good {
  const char* text;
  const char* host;
  uint16_t port;
  bool wildcard;
};

TEST(ListenAddress, TakesEveryFormOfAHost) {
  for (const Good& good : {Good{":9088", "", 9088, true}, Good{"127.0.0.1:9088", "127.0.0.1", 9088, false},
                           Good{"[::1]:1", "::1", 1, false}, Good{"[::]:65535", "::", 65535, true},
                           Good{"localhost:0", "localhost", 0, false}, Good{"0.0.0.0:80", "0.0.0.0", 80, true}}) {
    SCOPED_TRACE(good.text);
    const Result<ListenAddress> address = ParseListenAddress(good.text, "-promListen");
    ASSERT_TRUE(address) << address.error().Text();
    EXPECT_EQ(address->host, good.host);
    EXPECT_EQ(address->port, good.port);
    EXPECT_EQ(address->IsWildcard(), good.wildcard);
    EXPECT_EQ(address->Text(), good.text);
  }
}

TEST(ListenAddress, SaysWhatIsWrongAndWhatIsAllowed) {
  const std::pair<const char*, const char*> wrong[] = {
      {"", "no colon"},
      {"9088", "no colon"},
      {":", "not a number"},
      {":65536", "65535"},
      {":-1", "not a number"},
      {":90x", "not a number"},
      {"::1:9088", "brackets"},
      {"[::1:9088", "not closed"},
      {"[127.0.0.1]:80", "not an IPv6"},
      {"http://x:9", "character"},
      {"a b:9", "character"},
  };
  for (const auto& [text, why] : wrong) {
    SCOPED_TRACE(text);
    const Result<ListenAddress> address = ParseListenAddress(text, "-promListen");
    ASSERT_FALSE(address);
    EXPECT_THAT(address.error().what, HasSubstr(why));
    EXPECT_THAT(address.error().what, HasSubstr("-promListen"));
    EXPECT_THAT(address.error().what, HasSubstr(text));
    EXPECT_THAT(address.error().what, HasSubstr("\"[::1]:9088\""));
  }
}

}  // namespace
}  // namespace xtcp2
