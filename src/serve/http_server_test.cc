#include "serve/http_server.h"

#include <dirent.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "serve/test_client.h"

namespace xtcp2 {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class HttpServerTest : public testing::Test {
 protected:
  void Start(HttpOptions options = {}) {
    if (options.listen == ":9088") options.listen = "127.0.0.1:0";
    options.routes.metrics = &metrics_;
    auto server = HttpServer::Start(std::move(options));
    ASSERT_TRUE(server) << server.error().Text();
    server_ = std::move(*server);
  }
  std::string Ask(const std::string& request) { return TestClient(server_->port()).Ask(request); }

  Metrics metrics_;
  std::unique_ptr<HttpServer> server_;
};

TEST_F(HttpServerTest, AnswersInFullAndCloses) {
  Start();
  const std::string reply = Ask("GET /healthz?verbose HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_THAT(reply, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(reply, HasSubstr("Content-Length: 3\r\n"));
  EXPECT_THAT(reply, HasSubstr("Content-Type: text/plain; charset=utf-8\r\n"));
  EXPECT_THAT(reply, EndsWith("\r\n\r\nok\n"));
}

TEST_F(HttpServerTest, HeadHasTheLengthAndNoBody) {
  Start();
  const std::string reply = Ask("HEAD /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_THAT(reply, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(reply, EndsWith("\r\n\r\n"));
  EXPECT_THAT(reply, HasSubstr("Content-Length: "));
  EXPECT_THAT(reply, Not(HasSubstr("Content-Length: 0\r\n")));
}

TEST_F(HttpServerTest, MetricsCountTheRequests) {
  Start();
  EXPECT_THAT(Ask("GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n"), StartsWith("HTTP/1.1 404"));
  EXPECT_THAT(Ask("GET /../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n"), StartsWith("HTTP/1.1 404"));
  const std::string post = Ask("POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello");
  EXPECT_THAT(post, StartsWith("HTTP/1.1 405"));
  EXPECT_THAT(post, HasSubstr("Allow: GET, HEAD\r\n"));
  const std::string text = Ask("GET /metrics HTTP/1.0\r\n\r\n");
  EXPECT_THAT(text, HasSubstr("xtcp2_http_requests_total{code=\"404\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("xtcp2_http_requests_total{code=\"405\"} 1\n"));
}

TEST_F(HttpServerTest, NonsenseIsRefusedAndSurvived) {
  Start();
  for (const std::string& request :
       {std::string("\x16\x03\x01\x02\x00\r\n\r\n", 9), std::string("GET\r\n\r\n"),
        std::string(100, '\n') + "x\r\n\r\n", "GET /" + std::string(100'000, 'a') + " HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /metrics HTTP/1.1\r\nHost: x\r\n" + std::string(100'000, 'h') + "\r\n\r\n"})
    EXPECT_THAT(Ask(request), Not(HasSubstr(" 200 "))) << request.substr(0, 20);
  EXPECT_THAT(Ask("GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n"), EndsWith("ready\n"));
}

TEST_F(HttpServerTest, SlowClientsHoldUpNobody) {
  HttpOptions options;
  // An answer that socket buffers do not take: tcp_wmem ends at 4 MB.
  options.routes.why_not_ready = [] { return std::string(6'000'000, 'x'); };
  Start(std::move(options));
  std::vector<std::unique_ptr<TestClient>> slow;
  for (int i = 0; i < 20; ++i) {
    slow.push_back(std::make_unique<TestClient>(server_->port(), false, 4096));
    ASSERT_TRUE(slow.back()->connected());
    ASSERT_TRUE(slow.back()->Send(i % 2 ? "GET /heal" : i % 4 ? "" : "GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n"));
  }
  EXPECT_THAT(Ask("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"), EndsWith("ok\n"));
}

TEST_F(HttpServerTest, WhoNeverFinishesIsShutOut) {
  Start({.idle_timeout_s = 60, .request_timeout_s = 1});
  const TestClient client(server_->port());
  ASSERT_TRUE(client.Send("GET /healthz HTTP/1.1\r\nX: "));
  const int64_t begin_ns = MonotonicNs();
  EXPECT_THAT(client.ReadAll(20'000), Not(EndsWith("(timeout)")));
  EXPECT_GE(MonotonicNs() - begin_ns, kNsPerSecond / 2);
}

TEST_F(HttpServerTest, TheThreadHasAName) {
  Start();
  bool found = false;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/task")) {
    std::string name;
    std::getline(std::ifstream(entry.path() / "comm"), name);
    found |= name == "xtcp2-http";
  }
  EXPECT_TRUE(found);
}

TEST_F(HttpServerTest, StopsWithConnectionsOpenAndFreesThePort) {
  Start();
  const uint16_t port = server_->port();
  const TestClient client(port);
  ASSERT_TRUE(client.Send("GET /he"));
  server_.reset();
  client.ReadAll();  // returns when the server's end is closed, or with "(timeout)"
  EXPECT_FALSE(TestClient(port).connected());
  Start({.listen = "127.0.0.1:" + std::to_string(port)});
  EXPECT_EQ(server_->port(), port);
}

TEST_F(HttpServerTest, StartErrorsNameTheFlag) {
  Start();
  const auto taken = HttpServer::Start({.listen = "127.0.0.1:" + std::to_string(server_->port())});
  ASSERT_FALSE(taken);
  EXPECT_THAT(taken.error().what, HasSubstr("-promListen 127.0.0.1:" + std::to_string(server_->port())));
  const auto wrong = HttpServer::Start({.listen = "9088"});
  ASSERT_FALSE(wrong);
  EXPECT_THAT(wrong.error().what, HasSubstr("-promListen"));
  const auto path = HttpServer::Start({.listen = "127.0.0.1:0", .routes = {.metrics_path = "metrics"}});
  ASSERT_FALSE(path);
  EXPECT_THAT(path.error().what, HasSubstr("-promPath"));
}

}  // namespace
}  // namespace xtcp2
