#include "serve/healthcheck.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>

#include "base/clock.h"
#include "serve/http_server.h"
#include "serve/test_client.h"

namespace xtcp2 {
namespace {

using testing::HasSubstr;

std::string At(const std::string& host, uint16_t port) { return host + ":" + std::to_string(port); }

TEST(Healthcheck, FollowsTheDaemonsReadiness) {
  Metrics metrics;
  std::atomic<bool> ready{false};
  HttpOptions options{.listen = ":0"};
  options.routes.metrics = &metrics;
  options.routes.why_not_ready = [&]() -> std::optional<std::string> {
    return ready ? std::nullopt : std::optional<std::string>("the destination is not open");
  };
  const auto server = HttpServer::Start(std::move(options));
  ASSERT_TRUE(server) << server.error().Text();
  for (const char* host : {"", "0.0.0.0", "[::]", "127.0.0.1"}) {
    ready = false;
    const std::string listen = At(host, (*server)->port());
    const Result<> early = CheckReady(listen);
    ASSERT_FALSE(early) << listen;
    EXPECT_THAT(early.error().what, HasSubstr("not ready: the destination is not open"));
    EXPECT_EQ(RunHealthcheck(listen), 1);
    ready = true;
    EXPECT_TRUE(CheckReady(listen)) << listen;
    EXPECT_EQ(RunHealthcheck(listen), 0);
  }
}

TEST(Healthcheck, ProxyVariablesAreIgnored) {
  Metrics metrics;
  HttpOptions options{.listen = "127.0.0.1:0"};
  options.routes.metrics = &metrics;
  const auto server = HttpServer::Start(std::move(options));
  ASSERT_TRUE(server);
  ::setenv("http_proxy", "http://127.0.0.1:1", 1);
  EXPECT_TRUE(CheckReady(At("127.0.0.1", (*server)->port())));
  ::unsetenv("http_proxy");
}

TEST(Healthcheck, NobodyThere) {
  uint16_t port = 0;
  {
    const Result<Fd> gone = OpenListener({"127.0.0.1", 0}, "-promListen");
    port = BoundPort(*gone);
  }
  EXPECT_FALSE(CheckReady(At("127.0.0.1", port)));
  EXPECT_EQ(RunHealthcheck(At("", port)), 1);
}

TEST(Healthcheck, SilenceEndsAtTheLimit) {
  const Result<Fd> silent = OpenListener({"127.0.0.1", 0}, "-promListen");  // accepts in the backlog, never answers
  const int64_t begin_ns = MonotonicNs();
  EXPECT_FALSE(CheckReady(At("127.0.0.1", BoundPort(*silent)), "-promListen", std::chrono::milliseconds(200)));
  EXPECT_GE(MonotonicNs() - begin_ns, 150 * kNsPerMs);
}

TEST(Healthcheck, WrongAddressIsUsage) {
  EXPECT_EQ(RunHealthcheck("9088"), 2);
  EXPECT_FALSE(CheckReady("127.0.0.1:0"));
}

}  // namespace
}  // namespace xtcp2
