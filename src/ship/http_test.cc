// http and https against real servers.
#include "ship/http.h"

#include <gmock/gmock.h>
#include <zlib.h>
#include <zstd.h>

#include "base/log.h"
#include "ship/test_http.h"

namespace xtcp2::ship::test {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class Http : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : {"http_proxy", "https_proxy", "all_proxy", "HTTPS_PROXY", "ALL_PROXY"}) unsetenv(name);
  }
  std::unique_ptr<Shipper> Start(const std::string& url, const encode::Framing& framing,
                                 const ShipOptions& options = Quick()) {
    return MakeShipper(url, framing, options);
  }
  static std::vector<size_t> Rows(const std::vector<Request>& requests) {
    std::vector<size_t> rows;
    for (const auto& request : requests)
      for (const size_t row : NumbersIn(request.body)) rows.push_back(row);
    return rows;
  }
  static Response Ok(const Request&) { return {}; }

  encode::BatchPool pool_{4};
};

TEST_F(Http, PostsEachPayloadOverOneConnection) {
  const HttpServer server(Ok);
  const Delta sent = RowsSent("http");
  const auto shipper = Start(server.url("/in?table=t"), Csv());
  for (size_t i = 0; i < 5; ++i) shipper->Push(MakeBatch(pool_, Csv(), i * 10, 10));
  shipper->Stop(milliseconds(5000));
  const auto requests = server.Requests();
  ASSERT_EQ(requests.size(), 5u);
  EXPECT_EQ(Rows(requests), FromTo(0, 49));
  EXPECT_EQ(server.connections(), 1u);
  EXPECT_EQ(sent(), 50u);
  for (const auto& request : requests) {
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.target, "/in?table=t");
    EXPECT_EQ(request.headers.at("content-type"), "text/csv");
    EXPECT_FALSE(request.headers.contains("content-encoding"));
    EXPECT_THAT(request.body, StartsWith("n,p\n{"));
  }
}

TEST_F(Http, DoesNotAskBeforeALargeBody) {
  const HttpServer server(Ok);
  const auto shipper = Start(server.url(), Jsonl());
  shipper->Push(MakeBatch(pool_, Jsonl(), 0, 1500, 1000));
  shipper->Stop(milliseconds(5000));
  ASSERT_EQ(server.Requests().size(), 1u);
  EXPECT_GT(server.Requests()[0].body.size(), 1u << 20);
  EXPECT_FALSE(server.Requests()[0].headers.contains("expect"));
}

TEST_F(Http, SendsTheHeadersItIsTold) {
  const HttpServer server(Ok);
  ShipOptions options = Quick();
  options.http_headers = {"Authorization: Bearer abc", "X-Empty:  v"};
  const auto shipper = Start(server.url(), Jsonl(), options);
  shipper->Push(MakeBatch(pool_, Jsonl(), 0, 1));
  shipper->Stop(milliseconds(5000));
  ASSERT_EQ(server.Requests().size(), 1u);
  EXPECT_EQ(server.Requests()[0].headers.at("authorization"), "Bearer abc");
  EXPECT_EQ(server.Requests()[0].headers.at("x-empty"), "v");
}

TEST_F(Http, UserAndPasswordOfTheUrlAreSent) {
  const HttpServer server(Ok);
  const auto shipper = Start("http://user:pa%40ss@127.0.0.1:" + std::to_string(server.port()) + "/", Jsonl());
  shipper->Push(MakeBatch(pool_, Jsonl(), 0, 1));
  shipper->Stop(milliseconds(5000));
  ASSERT_EQ(server.Requests().size(), 1u);
  EXPECT_EQ(server.Requests()[0].headers.at("authorization"), "Basic dXNlcjpwYUBzcw==");
}

TEST_F(Http, TriesAgainAfter429And5xxAndALostConnection) {
  std::atomic<int> count{0};
  const HttpServer server([&](const Request&) -> Response {
    switch (count++) {
      case 0:
        return {503, "", "", false};
      case 1:
        return {429, "", "", false};
      case 2:
        return {500, "", "", false};
      case 3:
        return {200, "", "", true};  // hangs up
      case 4:
        return {408, "", "", false};
      default:
        return {};
    }
  });
  const auto shipper = Start(server.url(), Jsonl());
  shipper->Push(MakeBatch(pool_, Jsonl(), 1, 2));
  EXPECT_TRUE(shipper->Drain(milliseconds(5000)));
  EXPECT_EQ(count, 6);
  EXPECT_EQ(NumbersIn(server.Requests().back().body), FromTo(1, 2));
}

TEST_F(Http, WaitsAsLongAsTheServerAsksButNotForEver) {
  std::atomic<int> count{0};
  std::atomic<int64_t> first{0};
  std::atomic<int64_t> second{0};
  const HttpServer server([&](const Request&) -> Response {
    if (count++ == 0) {
      first = MonotonicNs();
      return {503, "Retry-After: 3600\r\n", "", false};
    }
    second = MonotonicNs();
    return {};
  });
  ShipOptions options = Quick();
  options.http_retry_after_max_ms = 300;
  const auto shipper = Start(server.url(), Jsonl(), options);
  shipper->Push(MakeBatch(pool_, Jsonl(), 1, 1));
  EXPECT_TRUE(shipper->Drain(milliseconds(5000)));
  EXPECT_GE(second - first, 290 * kNsPerMs);
}

TEST_F(Http, AnswersThatWillNotChangeCostTheBatchAndAreCounted) {
  std::atomic<int> status{400};
  const HttpServer server([&](const Request&) -> Response { return {status, "Location: /other\r\n", "no", false}; });
  const Delta client_errors = RowsDropped("http", "http_4xx");
  const Delta others = RowsDropped("http", "http_other");
  const auto shipper = Start(server.url(), Jsonl());
  for (const int answer : {400, 401, 404, 422}) {
    status = answer;
    shipper->Push(MakeBatch(pool_, Jsonl(), 1, 3));
    ASSERT_TRUE(shipper->Drain(milliseconds(5000)));
  }
  EXPECT_EQ(client_errors(), 12u);
  status = 302;  // not followed: the rows would go to somebody nobody chose
  shipper->Push(MakeBatch(pool_, Jsonl(), 1, 3));
  ASSERT_TRUE(shipper->Drain(milliseconds(5000)));
  EXPECT_EQ(others(), 3u);
  EXPECT_EQ(server.Requests().size(), 5u);
  status = 200;
  shipper->Push(MakeBatch(pool_, Jsonl(), 1, 1));
  EXPECT_TRUE(shipper->Drain(milliseconds(5000)));
  EXPECT_FALSE(shipper->Fatal());
}

TEST_F(Http, SplitsWhatTheServerFindsTooLarge) {
  constexpr size_t kMost = 3000;
  const HttpServer server(
      [&](const Request& request) -> Response { return {request.body.size() > kMost ? 413 : 200, "", "", false}; });
  const Delta dropped = RowsDropped("http", "too_large");
  const Delta sent = RowsSent("http");
  const auto shipper = Start(server.url(), Csv());
  auto batch = pool_.Take();
  for (size_t i = 0; i < 500; ++i) AddRow(*batch, Csv(), i, i == 250 ? 5000 : 40);
  shipper->Push(std::move(batch));
  ASSERT_TRUE(shipper->Drain(milliseconds(10'000)));
  std::vector<size_t> expected = FromTo(0, 499);
  expected.erase(expected.begin() + 250);
  std::vector<size_t> accepted;
  for (const auto& request : server.Requests()) {
    EXPECT_THAT(request.body, StartsWith("n,p\n"));
    if (request.body.size() > kMost) continue;
    for (const size_t row : NumbersIn(request.body)) accepted.push_back(row);
  }
  EXPECT_EQ(accepted, expected);
  EXPECT_EQ(dropped(), 1u);
  EXPECT_EQ(sent(), 499u);
}

TEST_F(Http, TriesLargerRequestsAgainWhenTheServerTakesThem) {
  std::atomic<size_t> most{3000};
  const HttpServer server(
      [&](const Request& request) -> Response { return {request.body.size() > most ? 413 : 200, "", "", false}; });
  const auto shipper = Start(server.url(), Jsonl());
  shipper->Push(MakeBatch(pool_, Jsonl(), 0, 100, 200));
  ASSERT_TRUE(shipper->Drain(milliseconds(10'000)));
  most = 1 << 20;
  for (size_t i = 0; i < 40; ++i) shipper->Push(MakeBatch(pool_, Jsonl(), 0, 100, 200));
  ASSERT_TRUE(shipper->Drain(milliseconds(10'000)));
  EXPECT_EQ(NumbersIn(server.Requests().back().body).size(), 100u);
}

std::string Gunzip(const std::string& in) {
  std::string out(1 << 20, '\0');
  z_stream stream{};
  inflateInit2(&stream, 15 + 16);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  inflateEnd(&stream);
  return out;
}
std::string Unzstd(const std::string& in) {
  std::string out(1 << 20, '\0');
  const size_t size = ZSTD_decompress(out.data(), out.size(), in.data(), in.size());
  EXPECT_FALSE(ZSTD_isError(size));
  out.resize(size);
  return out;
}

TEST_F(Http, CompressesTheBody) {
  using Expand = std::pair<const char*, std::string (*)(const std::string&)>;
  for (const auto& [name, expand] : {Expand{"gzip", Gunzip}, Expand{"zstd", Unzstd}}) {
    const HttpServer server(Ok);
    ShipOptions options = Quick();
    options.http_compression = name;
    const auto shipper = Start(server.url(), Jsonl(), options);
    for (size_t i = 0; i < 3; ++i) shipper->Push(MakeBatch(pool_, Jsonl(), i * 1000, 1000));
    shipper->Stop(milliseconds(5000));
    const auto requests = server.Requests();
    ASSERT_EQ(requests.size(), 3u);
    std::vector<size_t> rows;
    for (const auto& request : requests) {
      EXPECT_EQ(request.headers.at("content-encoding"), name);
      EXPECT_LT(request.body.size(), 10'000u);
      for (const size_t row : NumbersIn(expand(request.body))) rows.push_back(row);
    }
    EXPECT_EQ(rows, FromTo(0, 2999));
  }
}

TEST_F(Http, GoesThroughAProxy) {
  const HttpServer proxy(Ok);  // sees the whole URL in the request line, as a proxy does
  ShipOptions options = Quick();
  options.http_proxy = "http://u:pw@127.0.0.1:" + std::to_string(proxy.port());
  const auto shipper = Start("http://collector.invalid/in", Jsonl(), options);
  shipper->Push(MakeBatch(pool_, Jsonl(), 1, 2));
  shipper->Stop(milliseconds(5000));
  ASSERT_EQ(proxy.Requests().size(), 1u);
  EXPECT_EQ(proxy.Requests()[0].target, "http://collector.invalid/in");
  EXPECT_EQ(proxy.Requests()[0].headers.at("proxy-authorization"), "Basic dTpwdw==");
  EXPECT_EQ(Rows(proxy.Requests()), FromTo(1, 2));
}

TEST_F(Http, AServerThatStallsCostsRowsNotMemoryAndDoesNotHoldStopUp) {
  const Fd stalled = Bind("ip4:0", SOCK_STREAM);
  ShipOptions options = Quick();
  options.http_timeout_ms = 40;
  options.queue_bytes = 1 << 20;
  const Delta timeouts = ErrorsOf("http", "timeout");
  const Delta dropped = RowsDropped("http", "queue_full");
  const Delta at_stop = RowsDropped("http", "shutdown");
  const auto shipper = Start("http://127.0.0.1:" + std::to_string(PortOf(stalled)), Jsonl(), options);
  for (size_t i = 0; i < 100; ++i) {
    ASSERT_TRUE(shipper->Push(MakeBatch(pool_, Jsonl(), i * 100, 100, 1000)));
    EXPECT_LE(shipper->GetLevel().bytes, options.queue_bytes);
  }
  EXPECT_TRUE(Eventually([&] { return timeouts() >= 3; }));
  const int64_t start = MonotonicNs();
  shipper->Stop(milliseconds(20));
  EXPECT_LT(MonotonicNs() - start, kNsPerSecond);
  EXPECT_EQ(dropped() + at_stop(), 100u * 100u);
  EXPECT_GT(dropped(), 0u);
}

TEST_F(Http, StopEndsARequestThatHangs) {
  const Fd stalled = Bind("ip4:0", SOCK_STREAM);
  ShipOptions options = Quick();
  options.http_timeout_ms = 600'000;
  const auto shipper = Start("http://127.0.0.1:" + std::to_string(PortOf(stalled)), Jsonl(), options);
  shipper->Push(MakeBatch(pool_, Jsonl(), 0, 10));
  const int64_t start = MonotonicNs();
  shipper->Stop(milliseconds(50));
  EXPECT_LT(MonotonicNs() - start, kNsPerSecond);
}

TEST_F(Http, AServerThatComesBackGetsWhatWaited) {
  auto server = std::make_unique<HttpServer>(Ok);
  const std::string where = "ip4:" + std::to_string(server->port());
  const Delta refused = ErrorsOf("http", "refused");
  const auto shipper = Start(server->url(), Jsonl());
  server.reset();
  for (size_t i = 0; i < 10; ++i) shipper->Push(MakeBatch(pool_, Jsonl(), i, 1));
  ASSERT_TRUE(Eventually([&] { return refused() >= 3; }));
  server = std::make_unique<HttpServer>(Ok, where);
  EXPECT_TRUE(shipper->Drain(milliseconds(5000)));
  EXPECT_EQ(Rows(server->Requests()), FromTo(0, 9));
}

TEST_F(Http, NothingSecretIsInAFailure) {
  const HttpServer server([](const Request& request) -> Response {
    return {400, "", "you sent " + request.target + " " + request.headers.at("x-token"), false};
  });
  ShipOptions options = Quick();
  options.http_headers = {"X-Token: Bearer t0psecret"};
  const std::string tail = "127.0.0.1:" + std::to_string(server.port()) + "/in?key=qu3ry";
  for (const std::string& url :
       {"http://user:passw0rd@" + tail, std::string("http://user:passw0rd@127.0.0.1:1/?k=qu3ry")}) {
    const auto made = MakeDestination(Spec(url), Jsonl(), options);
    ASSERT_TRUE(made);
    Progress progress;
    const auto batch = MakeBatch(pool_, Jsonl(), 0, 1);
    const SendResult result = (*made)->Send(*batch, progress);
    ASSERT_FALSE(result);
    EXPECT_THAT(result.error().error.Text(), AllOf(HasSubstr("http://***@127.0.0.1"), Not(HasSubstr("passw0rd")),
                                                   Not(HasSubstr("qu3ry")), Not(HasSubstr("t0psecret"))));
  }
}

TEST_F(Http, WrongOptionsAreErrorsAtStart) {
  const DestSpec spec = Spec("https://127.0.0.1:1/");
  const auto error_of = [&](const std::function<void(ShipOptions&)>& set) {
    ShipOptions options = Quick();
    set(options);
    const auto made = MakeDestination(spec, Jsonl(), options);
    return made ? std::string("none") : made.error().Text();
  };
  EXPECT_THAT(error_of([](ShipOptions& o) { o.http_ca_file = "/no/ca"; }), HasSubstr("CA file /no/ca: No such file"));
  EXPECT_THAT(error_of([](ShipOptions& o) { o.http_cert_file = "/proc/version"; }), HasSubstr("needs its key"));
  EXPECT_THAT(error_of([](ShipOptions& o) { o.http_key_file = "/proc/version"; }), HasSubstr("needs its key"));
  EXPECT_THAT(error_of([](ShipOptions& o) { o.http_compression = "lz4"; }), HasSubstr("none, gzip and zstd"));
  EXPECT_THAT(error_of([](ShipOptions& o) { o.http_headers = {"A: b\r\nC: d"}; }), HasSubstr("one line"));
}

TEST(Https, ChecksTheServerAndShowsItsCertificate) {
  const TempDir dir;
  if (!MakeCertificates(dir)) GTEST_SKIP() << "needs the openssl program";
  const TlsServer server(dir);
  ASSERT_TRUE(server.running());
  encode::BatchPool pool(4);
  ShipOptions options = Quick();
  options.http_ca_file = dir / "ca.pem";
  options.http_cert_file = dir / "client.pem";
  options.http_key_file = dir / "client.key";
  auto shipper = MakeShipper(server.url(), ProtobufList(), options);
  for (size_t i = 0; i < 3; ++i) shipper->Push(MakeBatch(pool, ProtobufList(), i * 10, 10));
  EXPECT_TRUE(shipper->Drain(milliseconds(10'000)));  // the server may still be starting
  shipper.reset();                                    // s_server serves one connection at a time
  const auto requests = server.Requests();
  ASSERT_EQ(requests.size(), 3u);
  EXPECT_EQ(requests[0].headers.at("content-type"), "application/octet-stream");
  EXPECT_EQ(NumbersIn(requests[2].body), FromTo(20, 29));

  // Without the CA the server is a stranger: nothing is sent, and it is tried again.
  const Delta tls = ErrorsOf("https", "tls");
  options.http_ca_file.clear();
  const auto distrustful = MakeShipper(server.url(), ProtobufList(), options);
  distrustful->Push(MakeBatch(pool, ProtobufList(), 0, 1));
  EXPECT_TRUE(Eventually([&] { return tls() >= 2; }));
  distrustful->Stop(milliseconds(0));
  EXPECT_EQ(server.Requests().size(), 3u);
}

}  // namespace
}  // namespace xtcp2::ship::test
