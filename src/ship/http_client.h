// One POST after the other to one URL over a connection that is kept, with libcurl. Knows requests and answers, not
// batches. Every wait ends with the interrupt. The shipping thread's.
#pragma once

#include <curl/curl.h>

#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "ship/failure.h"
#include "ship/interrupt.h"
#include "ship/options.h"

namespace xtcp2::ship {

class HttpClient {
 public:
  struct Answer {
    long status = 0;
    int64_t retry_after_ms = 0;  // 0: the server did not say
    std::string text;            // the beginning of the body, without what we know to be secret
  };

  // `headers` come on top of the options' own. An error when a file of the options cannot be read, or an option is
  // wrong.
  static Result<std::unique_ptr<HttpClient>> Make(const std::string& url, const ShipOptions& options,
                                                  const std::vector<std::string>& headers);

  tl::expected<Answer, Failure> Post(Bytes body, const Interrupt& interrupt);

  const std::string& shown_url() const { return shown_url_; }

 private:
  HttpClient(const std::string& url, const ShipOptions& options);
  Result<> SetUp(const ShipOptions& options, const std::vector<std::string>& headers);
  Result<> SetUpTls(const ShipOptions& options);
  tl::expected<CURLcode, Failure> Perform(const Interrupt& interrupt);
  Failure TransportFailure(CURLcode code) const;
  std::string WithoutSecrets(std::string text) const;

  struct FreeEasy {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
  };
  struct FreeMulti {
    void operator()(CURLM* handle) const { curl_multi_cleanup(handle); }
  };
  struct FreeList {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  };

  const std::string url_;
  const std::string shown_url_;
  std::vector<std::string> secrets_;
  std::unique_ptr<CURLM, FreeMulti> multi_;  // holds the kept connections; outlives the easy handle
  std::unique_ptr<CURL, FreeEasy> easy_;
  std::unique_ptr<curl_slist, FreeList> headers_;
  std::string answer_text_;
  char error_text_[CURL_ERROR_SIZE] = "";
};

}  // namespace xtcp2::ship
