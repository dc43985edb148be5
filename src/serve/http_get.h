// One GET to a daemon on this host. Another process asks: no daemon state here.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/result.h"
#include "serve/listen_address.h"

namespace xtcp2 {

struct HttpAnswer {
  long status = 0;
  std::string body;
};

// The URL of a path of the daemon that listens there: 127.0.0.1 for all addresses.
std::string UrlAt(const ListenAddress& address, std::string_view path);

// An error: no whole answer within `limit`, or a body of more than `most_bytes`. Proxy variables are ignored.
Result<HttpAnswer> HttpGet(const std::string& url, std::chrono::milliseconds limit, size_t most_bytes);

}  // namespace xtcp2
