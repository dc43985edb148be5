#include "serve/healthcheck.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <string>

#include "serve/listen_address.h"

namespace xtcp2 {

namespace {

constexpr size_t kMostBodyBytes = 1024;  // a sentence; more is not ours

size_t Collect(const char* data, size_t, size_t count, void* body) {
  auto& text = *static_cast<std::string*>(body);
  if (text.size() + count > kMostBodyBytes) return 0;
  text.append(data, count);
  return count;
}

Result<> Ask(const std::string& url, std::chrono::milliseconds limit) {
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl(curl_easy_init(), curl_easy_cleanup);
  if (!curl) return Fail("libcurl does not start");
  std::string body;
  curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_PROTOCOLS_STR, "http");
  curl_easy_setopt(curl.get(), CURLOPT_PROXY, "");  // the environment's proxy does not lead to this host
  curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT_MS, static_cast<long>(limit.count()));
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, &Collect);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &body);
  const CURLcode code = curl_easy_perform(curl.get());
  if (code != CURLE_OK) return Fail(fmt::format("{}: {}", url, curl_easy_strerror(code)));
  long status = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  while (!body.empty() && body.back() == '\n') body.pop_back();
  if (status != 200) return Fail(fmt::format("{}: {} {}", url, status, body));
  return {};
}

Result<> AskAt(const ListenAddress& address, std::string_view flag, std::chrono::milliseconds limit) {
  if (address.port == 0) return Fail(fmt::format("{} {}: a health check needs a port", flag, address.Text()));
  const ListenAddress at{address.IsWildcard() ? "127.0.0.1" : address.host, address.port};
  return Ask(fmt::format("http://{}/readyz", at.Text()), limit);
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
