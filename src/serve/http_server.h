// The HTTP listener for metrics and health, over libmicrohttpd. One thread ("xtcp2-http") serves all connections from
// an epoll loop, so a client that is slow to ask or to read holds up nobody. It serves what http_routes.h answers: no
// files, no directories. One request per connection.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "serve/http_routes.h"
#include "serve/listen_socket.h"

namespace xtcp2 {

struct HttpOptions {
  std::string listen = ":9088";             // -promListen
  std::string listen_flag = "-promListen";  // for messages
  std::string path_flag = "-promPath";
  ListenLimits limits = {};
  HttpRoutes routes = {};
  size_t max_connections = 64;
  size_t max_request_bytes = 16 * 1024;  // request line and headers; above it the answer is 4xx
  int idle_timeout_s = 5;                // without a byte moving
  int request_timeout_s = 20;            // from accept to the end of the answer
};

class HttpServer {
 public:
  // Binds, then starts the thread. An address that is wrong, taken or forbidden is an error that names address and
  // flag.
  static Result<std::unique_ptr<HttpServer>> Start(HttpOptions options);
  // Ends the thread and closes every connection, at once.
  ~HttpServer();

  // The port in use, also where port 0 was asked for.
  uint16_t port() const;

 private:
  class Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace xtcp2
