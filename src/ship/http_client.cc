#include "ship/http_client.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <mutex>

#include "base/fd.h"
#include "ship/spec.h"

namespace xtcp2::ship {
namespace {

constexpr size_t kKeptAnswer = 300;  // bytes of an answer that a log line shows
constexpr int64_t kDefaultTimeoutMs = 10'000;

size_t KeepBeginning(char* data, size_t size, size_t count, void* to) {
  auto& text = *static_cast<std::string*>(to);
  text.append(data, std::min(size * count, kKeptAnswer - text.size()));
  return size * count;
}

Result<> CheckReadable(const char* what, const std::string& path) {
  if (path.empty()) return {};
  const Fd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.ok()) return FailErrno(fmt::format("opening the {} {}", what, path));
  return {};
}

// Whatever of a URL or a header must not turn up in the log when a server sends it back.
std::vector<std::string> FindSecrets(const std::string& url, const ShipOptions& options) {
  std::vector<std::string> secrets;
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> parts(curl_url(), curl_url_cleanup);
  curl_url_set(parts.get(), CURLUPART_URL, url.c_str(), 0);
  for (const CURLUPart part : {CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_QUERY})
    for (const unsigned flags : {0u, unsigned{CURLU_URLDECODE}}) {
      char* text = nullptr;
      if (curl_url_get(parts.get(), part, &text, flags) == CURLUE_OK) secrets.emplace_back(text);
      curl_free(text);
    }
  for (const std::string& header : options.http_headers) {
    const size_t value = header.find_first_not_of(" \t", header.find(':') + 1);
    if (value == std::string::npos) continue;
    secrets.push_back(header.substr(value));
    const size_t word = secrets.back().rfind(' ');  // the token of "Bearer token"
    if (word != std::string::npos) secrets.push_back(secrets.back().substr(word + 1));
  }
  std::erase_if(secrets, [](const std::string& secret) { return secret.size() < 3; });
  return secrets;
}

}  // namespace

HttpClient::HttpClient(const std::string& url, const ShipOptions& options)
    : url_(url), shown_url_(RedactUrl(url)), secrets_(FindSecrets(url, options)) {}

Result<std::unique_ptr<HttpClient>> HttpClient::Make(const std::string& url, const ShipOptions& options,
                                                     const std::vector<std::string>& headers) {
  static std::once_flag started;
  std::call_once(started, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  std::unique_ptr<HttpClient> client(new HttpClient(url, options));
  client->multi_.reset(curl_multi_init());
  client->easy_.reset(curl_easy_init());
  if (!client->multi_ || !client->easy_) return Fail("starting libcurl", ENOMEM);
  if (auto done = client->SetUp(options, headers); !done) return tl::unexpected(done.error());
  return client;
}

Result<> HttpClient::SetUp(const ShipOptions& options, const std::vector<std::string>& headers) {
  CURL* const easy = easy_.get();
  std::vector<std::string> all = headers;
  all.emplace_back("Expect:");  // no pause for "100 Continue" before large bodies
  all.insert(all.end(), options.http_headers.begin(), options.http_headers.end());
  for (const std::string& header : all) {
    if (header.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos ||
        header.find(':') == std::string::npos)
      return Fail("an HTTP header must be one line \"Name: value\"");  // not shown: it may be a secret
    headers_.reset(curl_slist_append(headers_.release(), header.c_str()));
  }
  curl_easy_setopt(easy, CURLOPT_URL, url_.c_str());
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_POST, 1L);
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers_.get());
  curl_easy_setopt(easy, CURLOPT_USERAGENT, "xtcp2");
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);         // a name server that is silent does not hold the end up
  curl_easy_setopt(easy, CURLOPT_DNS_CACHE_TIMEOUT, 0L);  // names are looked up anew for each connection
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.connect_timeout_ms));
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS,
                   static_cast<long>(options.http_timeout_ms == 0 ? kDefaultTimeoutMs : options.http_timeout_ms));
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, KeepBeginning);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &answer_text_);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, error_text_);
  if (!options.http_proxy.empty() && curl_easy_setopt(easy, CURLOPT_PROXY, options.http_proxy.c_str()) != CURLE_OK)
    return Fail("the HTTP proxy " + RedactUrl(options.http_proxy) + " is no URL");
  return SetUpTls(options);
}

Result<> HttpClient::SetUpTls(const ShipOptions& options) {
  CURL* const easy = easy_.get();
  for (const auto& [what, path] : {std::pair{"CA file", options.http_ca_file},
                                   {"client certificate", options.http_cert_file},
                                   {"client key", options.http_key_file}})
    if (auto readable = CheckReadable(what, path); !readable) return readable;
  if (options.http_cert_file.empty() != options.http_key_file.empty())
    return Fail("an HTTP client certificate needs its key, and a key its certificate: give both files or none");
  if (!options.http_ca_file.empty()) curl_easy_setopt(easy, CURLOPT_CAINFO, options.http_ca_file.c_str());
  if (!options.http_cert_file.empty()) {
    curl_easy_setopt(easy, CURLOPT_SSLCERT, options.http_cert_file.c_str());
    curl_easy_setopt(easy, CURLOPT_SSLKEY, options.http_key_file.c_str());
  }
  return {};
}

tl::expected<HttpClient::Answer, Failure> HttpClient::Post(Bytes body, const Interrupt& interrupt) {
  CURL* const easy = easy_.get();
  answer_text_.clear();
  error_text_[0] = '\0';
  curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body.data());
  curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  const auto code = Perform(interrupt);
  if (!code) return tl::unexpected(code.error());
  if (*code != CURLE_OK) return tl::unexpected(TransportFailure(*code));
  Answer answer;
  curl_off_t retry_after_s = 0;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &answer.status);
  curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &retry_after_s);
  answer.retry_after_ms = std::clamp<int64_t>(retry_after_s, 0, 86'400) * 1000;
  answer.text = WithoutSecrets(answer_text_);
  return answer;
}

// Runs the request to its end. The multi interface is used for one thing only: its wait takes the interrupt's
// descriptor as well.
tl::expected<CURLcode, Failure> HttpClient::Perform(const Interrupt& interrupt) {
  curl_multi_add_handle(multi_.get(), easy_.get());
  tl::expected<CURLcode, Failure> result = CURLE_OK;
  for (int running = 1; running != 0;) {
    if (interrupt.is_set()) {
      result = Interrupted();
      break;
    }
    const CURLMcode code = curl_multi_perform(multi_.get(), &running);
    if (code != CURLM_OK) {
      result = HttpTransport(CURLE_FAILED_INIT, fmt::format("libcurl: {}", curl_multi_strerror(code)));
      break;
    }
    if (running == 0) break;
    curl_waitfd wake{interrupt.fd(), CURL_WAIT_POLLIN, 0};
    curl_multi_poll(multi_.get(), &wake, 1, 1000, nullptr);
  }
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left))
    if (message->msg == CURLMSG_DONE && result) result = message->data.result;
  curl_multi_remove_handle(multi_.get(), easy_.get());
  return result;
}

Failure HttpClient::TransportFailure(CURLcode code) const {
  const std::string why = error_text_[0] != '\0' ? error_text_ : curl_easy_strerror(code);
  return HttpTransport(code, fmt::format("{}: {}", shown_url_, WithoutSecrets(why))).value();
}

std::string HttpClient::WithoutSecrets(std::string text) const {
  for (const std::string& secret : secrets_)
    for (size_t at = text.find(secret); at != std::string::npos; at = text.find(secret, at + 3))
      text.replace(at, secret.size(), "***");
  return text;
}

}  // namespace xtcp2::ship
