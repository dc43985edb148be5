// What the HTTP listener answers, as a pure function of method and path: /metrics, /healthz, /readyz, /status,
// /coverage and nothing else. No sockets here.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/metrics.h"
#include "base/result.h"

namespace xtcp2 {

// Says why something is not as it should be; nothing when all is well. Called from the HTTP thread at any time: it must
// be thread-safe and must not wait.
using Complaint = std::function<std::optional<std::string>()>;

struct HttpReply {
  int status = 200;
  std::string body;
  std::string_view content_type = "text/plain; charset=utf-8";
};

struct HttpRoutes {
  std::string metrics_path = "/metrics";
  Metrics* metrics = &Metrics::Global();
  Complaint why_not_alive = {};              // /healthz: the poll loop does not move; absent means alive
  Complaint why_not_ready = {};              // /readyz: what is still missing; absent means ready
  std::function<std::string()> status = {};  // /status, JSON; absent: not found. Called as a Complaint
  // /coverage, with "", and what is below it, with "/namespaces" and the like; absent: not found. Called as a
  // Complaint.
  std::function<HttpReply(std::string_view below)> coverage = {};
};

// Checks -promPath: begins with '/', is not one of the other paths.
Result<> CheckMetricsPath(std::string_view path, std::string_view flag);

// `path` is without query. 405 for methods other than GET and HEAD, 404 for other paths.
HttpReply AnswerHttp(const HttpRoutes& routes, std::string_view method, std::string_view path);

}  // namespace xtcp2
