#include "serve/http_server.h"

#include <microhttpd.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <cstdarg>
#include <cstdio>
#include <map>
#include <thread>

#include "base/clock.h"
#include "base/log.h"

namespace xtcp2 {

namespace {

using DaemonPtr = std::unique_ptr<MHD_Daemon, decltype(&MHD_stop_daemon)>;

constexpr int kLongestWaitMs = 1000;  // so that overdue connections are found

void LogLibrary(void*, const char* format, va_list arguments) {
  char text[256];
  std::vsnprintf(text, sizeof text, format, arguments);
  LogDebug("http: {}", text);
}

MHD_Result Reply(MHD_Connection* connection, HttpReply reply) {
  MHD_Response* response = MHD_create_response_from_buffer(reply.body.size(), reply.body.data(), MHD_RESPMEM_MUST_COPY);
  if (!response) return MHD_NO;
  MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, std::string(reply.content_type).c_str());
  MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
  MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
  if (reply.status == MHD_HTTP_METHOD_NOT_ALLOWED)
    MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
  const MHD_Result result = MHD_queue_response(connection, static_cast<unsigned>(reply.status), response);
  MHD_destroy_response(response);
  return result;
}

}  // namespace

class HttpServer::Impl {
 public:
  Impl(HttpOptions options, uint16_t bound_port)
      : port(bound_port), options_(std::move(options)), wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    for (const int status : {200, 404, 405, 503})
      requests_[status] = &options_.routes.metrics->AddCounter(
          "xtcp2_http_requests_total", "Requests to the metrics and health listener, by status of the answer.",
          {{"code", std::to_string(status)}});
  }
  ~Impl() {
    stop_ = true;
    ::eventfd_write(wake_.get(), 1);
    if (thread_.joinable()) thread_.join();
  }
  Result<> Start(Fd listener);

  const uint16_t port;

 private:
  static MHD_Result OnRequest(void* self, MHD_Connection* connection, const char* url, const char* method,
                              const char* version, const char* body, size_t* body_size, void** state);
  static void OnConnection(void* self, MHD_Connection* connection, void** state, MHD_ConnectionNotificationCode code);
  void Run();
  void ShutOverdue();

  HttpOptions options_;
  Fd wake_;
  std::atomic<bool> stop_{false};
  DaemonPtr daemon_{nullptr, MHD_stop_daemon};
  std::map<int, Counter*> requests_;
  // Since when each connection is open, and its descriptor; http thread only.
  struct Open {
    int64_t since_ns;
    int fd;
  };
  std::map<MHD_Connection*, Open> open_;
  std::thread thread_;
};

Result<> HttpServer::Impl::Start(Fd listener) {
  daemon_.reset(MHD_start_daemon(MHD_USE_EPOLL | MHD_USE_ERROR_LOG, 0, nullptr, nullptr, &Impl::OnRequest, this,
                                 MHD_OPTION_EXTERNAL_LOGGER, &LogLibrary, nullptr,  //
                                 MHD_OPTION_LISTEN_SOCKET, listener.Release(), MHD_OPTION_CONNECTION_LIMIT,
                                 static_cast<unsigned>(options_.max_connections), MHD_OPTION_CONNECTION_MEMORY_LIMIT,
                                 options_.max_request_bytes, MHD_OPTION_CONNECTION_TIMEOUT,
                                 static_cast<unsigned>(options_.idle_timeout_s), MHD_OPTION_NOTIFY_CONNECTION,
                                 &Impl::OnConnection, this, MHD_OPTION_END));
  if (!daemon_) return FailErrno(options_.listen_flag + " " + options_.listen + ": starting the HTTP server");
  thread_ = std::thread([this] { Run(); });
  ::pthread_setname_np(thread_.native_handle(), "xtcp2-http");
  return {};
}

void HttpServer::Impl::Run() {
  const int epoll = MHD_get_daemon_info(daemon_.get(), MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
  while (!stop_) {
    unsigned long long due_ms = kLongestWaitMs;
    if (MHD_get_timeout(daemon_.get(), &due_ms) != MHD_YES) due_ms = kLongestWaitMs;
    pollfd ready[] = {{epoll, POLLIN, 0}, {wake_.get(), POLLIN, 0}};
    ::poll(ready, std::size(ready), static_cast<int>(std::min<unsigned long long>(due_ms, kLongestWaitMs)));
    MHD_run(daemon_.get());
    ShutOverdue();
  }
  daemon_.reset();
}

// The library's own timeout starts anew with every byte; this one does not, so that a client who sends or takes a byte
// a second cannot keep its place for ever.
void HttpServer::Impl::ShutOverdue() {
  const int64_t oldest = MonotonicNs() - options_.request_timeout_s * kNsPerSecond;
  for (auto& [connection, open] : open_)
    if (open.since_ns < oldest) ::shutdown(open.fd, SHUT_RDWR);  // the library sees the end and closes it
}

void HttpServer::Impl::OnConnection(void* self, MHD_Connection* connection, void**,
                                    MHD_ConnectionNotificationCode code) {
  auto& open = static_cast<Impl*>(self)->open_;
  if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
    open.erase(connection);
    return;
  }
  const MHD_ConnectionInfo* info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
  if (info) open[connection] = {MonotonicNs(), info->connect_fd};
}

MHD_Result HttpServer::Impl::OnRequest(void* self, MHD_Connection* connection, const char* url, const char* method,
                                       const char*, const char*, size_t*, void**) {
  auto* impl = static_cast<Impl*>(self);
  HttpReply reply = AnswerHttp(impl->options_.routes, method, url);
  if (const auto counter = impl->requests_.find(reply.status); counter != impl->requests_.end()) counter->second->Add();
  return Reply(connection, std::move(reply));
}

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpServer::~HttpServer() = default;
uint16_t HttpServer::port() const { return impl_->port; }

Result<std::unique_ptr<HttpServer>> HttpServer::Start(HttpOptions options) {
  if (const Result<> path = CheckMetricsPath(options.routes.metrics_path, options.path_flag); !path)
    return tl::unexpected(path.error());
  const Result<ListenAddress> address = ParseListenAddress(options.listen, options.listen_flag);
  if (!address) return tl::unexpected(address.error());
  Result<Fd> listener = OpenListener(*address, options.listen_flag, options.limits);
  if (!listener) return tl::unexpected(std::move(listener.error()));
  const uint16_t port = BoundPort(*listener);
  auto impl = std::make_unique<Impl>(std::move(options), port);
  if (const Result<> started = impl->Start(std::move(*listener)); !started) return tl::unexpected(started.error());
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

}  // namespace xtcp2
