#include "serve/http_get.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <memory>

namespace xtcp2 {

namespace {

struct Body {
  std::string text;
  size_t most;
};

size_t Collect(const char* data, size_t, size_t count, void* into) {
  auto& body = *static_cast<Body*>(into);
  if (body.text.size() + count > body.most) return 0;
  body.text.append(data, count);
  return count;
}

}  // namespace

std::string UrlAt(const ListenAddress& address, std::string_view path) {
  const ListenAddress at{address.IsWildcard() ? "127.0.0.1" : address.host, address.port};
  return fmt::format("http://{}{}", at.Text(), path);
}

Result<HttpAnswer> HttpGet(const std::string& url, std::chrono::milliseconds limit, size_t most_bytes) {
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl(curl_easy_init(), curl_easy_cleanup);
  if (!curl) return Fail("libcurl does not start");
  Body body{{}, most_bytes};
  curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_PROTOCOLS_STR, "http");
  curl_easy_setopt(curl.get(), CURLOPT_PROXY, "");  // the environment's proxy does not lead to this host
  curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT_MS, static_cast<long>(limit.count()));
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, &Collect);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &body);
  const CURLcode code = curl_easy_perform(curl.get());
  if (code != CURLE_OK) return Fail(fmt::format("{}: {}", url, curl_easy_strerror(code)));
  HttpAnswer answer;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &answer.status);
  answer.body = std::move(body.text);
  return answer;
}

}  // namespace xtcp2
