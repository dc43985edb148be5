#include "ship/spec.h"

#include <gmock/gmock.h>

namespace xtcp2::ship {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(ParseDest, TakesEveryKind) {
  const struct {
    const char* text;
    Scheme scheme;
    const char* host;
    uint16_t port;
    const char* path;
    bool local;
  } kCases[] = {
      {"null", Scheme::kNull, "", 0, "", true},
      {"null:", Scheme::kNull, "", 0, "", true},
      {"stdout", Scheme::kStdout, "", 0, "", true},
      {"stderr", Scheme::kStderr, "", 0, "", true},
      {"file:rows.pb", Scheme::kFile, "", 0, "rows.pb", true},
      {"file:/var/lib/a:b", Scheme::kFile, "", 0, "/var/lib/a:b", true},
      {"tcp:collector:9000", Scheme::kTcp, "collector", 9000, "", false},
      {"tcp:[::1]:9000", Scheme::kTcp, "::1", 9000, "", false},
      {"udp:[fe80::1%eth0]:1", Scheme::kUdp, "fe80::1%eth0", 1, "", false},
      {"udp:127.0.0.1:65535", Scheme::kUdp, "127.0.0.1", 65535, "", false},
      {"unix:/run/x.sock", Scheme::kUnix, "", 0, "/run/x.sock", false},
      {"unixgram:@name", Scheme::kUnixgram, "", 0, "@name", false},
      {"http://h/ingest?x=1", Scheme::kHttp, "", 0, "http://h/ingest?x=1", false},
      {"https://[::1]:8443/", Scheme::kHttps, "", 0, "https://[::1]:8443/", false},
  };
  for (const auto& c : kCases) {
    const auto spec = ParseDest(c.text);
    ASSERT_TRUE(spec) << c.text << ": " << spec.error().Text();
    EXPECT_EQ(spec->scheme, c.scheme) << c.text;
    EXPECT_EQ(spec->host, c.host) << c.text;
    EXPECT_EQ(spec->port, c.port) << c.text;
    EXPECT_EQ(spec->path, c.path) << c.text;
    EXPECT_EQ(spec->local(), c.local) << c.text;
  }
}

TEST(ParseDest, ABrokersServersAreAList) {
  for (const char* scheme : {"kafka", "nats", "nats+jetstream", "nsq"}) {
    const auto spec = ParseDest(std::string(scheme) + ":one:1,[::1]:2,10.0.0.3:3");
    ASSERT_TRUE(spec) << spec.error().Text();
    ASSERT_EQ(spec->servers.size(), 3u);
    EXPECT_EQ(spec->servers[0].Text(), "one:1");
    EXPECT_EQ(spec->servers[1].host, "::1");
    EXPECT_EQ(spec->servers[1].Text(), "[::1]:2");
    EXPECT_EQ(spec->servers[2].port, 3);
    EXPECT_FALSE(spec->local());
    EXPECT_FALSE(ParseDest(std::string(scheme) + ":one:1,"));
    EXPECT_FALSE(ParseDest(std::string(scheme) + ":one:1,two"));
  }
  EXPECT_FALSE(ParseDest("valkey:one:1,two:2"));
  EXPECT_EQ(ParseDest("valkey:[::1]:6379")->servers[0].Text(), "[::1]:6379");
}

TEST(ParseDest, SaysWhatIsWrong) {
  const struct {
    const char* text;
    const char* says;
  } kCases[] = {
      {"", "no such kind of destination"},
      {"stduot", "did you mean stdout?"},
      {"TCP:host:1", "did you mean tcp?"},
      {"htps://h/", "did you mean https?"},
      {"rows.pb", "did you mean file:rows.pb?"},
      {"/tmp/rows.pb", "did you mean file:/tmp/rows.pb?"},
      {"stdout:x", "nothing may follow stdout"},
      {"null:x", "nothing may follow null"},
      {"file:", "the path is missing"},
      {"file", "the path is missing"},
      {"tcp", "the port is missing"},
      {"tcp:host", "the port is missing"},
      {"tcp:host:", "1 to 65535"},
      {"tcp:host:0", "1 to 65535"},
      {"tcp:host:65536", "1 to 65535"},
      {"tcp:host:90o0", "1 to 65535"},
      {"tcp::9000", "the host is missing"},
      {"tcp:::1:9000", "too many colons"},
      {"tcp:[::1]9000", "tcp:[::1]:9000"},
      {"tcp:[::1", "tcp:[::1]:9000"},
      {"udp://host:9000", "no // here"},
      {"unix:", "the path is missing"},
      {"http:host/path", "that is no URL"},
      {"http://", "that is no URL"},
      {"http://h:99999/", "that is no URL"},
      {"s3parquet:", "s3parquet is not built yet"},
      {"clickhouse://c", "clickhouse is not built yet"},
  };
  for (const auto& c : kCases) {
    const auto spec = ParseDest(c.text);
    ASSERT_FALSE(spec) << c.text;
    EXPECT_THAT(spec.error().Text(), AllOf(HasSubstr(c.says), HasSubstr("\"" + std::string(c.text)))) << c.text;
  }
  const auto unix_path = ParseDest("unix:/" + std::string(107, 'x'));
  ASSERT_FALSE(unix_path);
  EXPECT_THAT(unix_path.error().Text(), HasSubstr("107 bytes at most"));
}

TEST(ParseDest, AnUnknownKindNamesAllThatThereAre) {
  const auto spec = ParseDest("zzz:x");
  ASSERT_FALSE(spec);
  for (const char* form : {"null", "stdout", "stderr", "file:<path>", "tcp:<host>:<port>", "udp:<host>:<port>",
                           "unix:<path>", "unixgram:<path>", "http://", "https://"})
    EXPECT_THAT(spec.error().Text(), HasSubstr(form));
}

TEST(Redacted, HidesUserPasswordAndQuery) {
  EXPECT_EQ(ParseDest("https://user:pass@h:1/p?token=abc&plain=1&flag#frag")->Redacted(),
            "https://***@h:1/p?token=***&plain=***&***#***");
  EXPECT_EQ(ParseDest("http://h/p")->Redacted(), "http://h/p");
  EXPECT_EQ(ParseDest("file:/data/user@host?x=1")->Redacted(), "file:/data/user@host?x=1");
  EXPECT_EQ(ParseDest("tcp:[::1]:9000")->Redacted(), "tcp:[::1]:9000");
}

TEST(Redacted, NoPartOfAPasswordGetsOutOfAWrongText) {
  for (const char* text :
       {"http://user:s3cret@", "htp://user:s3cret@h/", "http://u:s3c/s3cret@h/x", "http://u:a?s3cret@h",
        "http://u:a#s3cret@h", "http://u:a?s3cret=x@h", "kafka:user:s3cret@broker:9092", "tcp:u:s3cret@h:1",
        "http:u:s3cret@h", "http://h:bad/?k=s3cret", "x?s3cret", "s3parquet:http://k:s3cret@h"}) {
    const auto spec = ParseDest(text);
    EXPECT_THAT(spec ? spec->Redacted() : spec.error().Text(), Not(HasSubstr("s3cret"))) << text;
  }
}

}  // namespace
}  // namespace xtcp2::ship
