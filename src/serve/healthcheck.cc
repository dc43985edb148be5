#include "serve/healthcheck.h"

#include <fmt/format.h>

#include <cstdio>
#include <string>

#include "serve/http_get.h"
#include "serve/listen_address.h"

namespace xtcp2 {

namespace {

constexpr size_t kMostBodyBytes = 1024;  // a sentence; more is not ours

Result<> AskAt(const ListenAddress& address, std::string_view flag, std::chrono::milliseconds limit) {
  if (address.port == 0) return Fail(fmt::format("{} {}: a health check needs a port", flag, address.Text()));
  const std::string url = UrlAt(address, "/readyz");
  Result<HttpAnswer> answer = HttpGet(url, limit, kMostBodyBytes);
  if (!answer) return tl::unexpected(answer.error());
  while (!answer->body.empty() && answer->body.back() == '\n') answer->body.pop_back();
  if (answer->status != 200) return Fail(fmt::format("{}: {} {}", url, answer->status, answer->body));
  return {};
}

}  // namespace

Result<> CheckReady(std::string_view listen, std::string_view flag, std::chrono::milliseconds limit) {
  const Result<ListenAddress> address = ParseListenAddress(listen, flag);
  if (!address) return tl::unexpected(address.error());
  return AskAt(*address, flag, limit);
}

int RunHealthcheck(std::string_view listen, std::string_view flag) {
  if (const Result<ListenAddress> address = ParseListenAddress(listen, flag); !address) {
    fmt::print(stderr, "xtcp2: {}\n", address.error().Text());
    return 2;
  }
  const Result<> ready = CheckReady(listen, flag);
  if (!ready) fmt::print(stderr, "xtcp2: {}\n", ready.error().Text());
  return ready ? 0 : 1;
}

}  // namespace xtcp2
