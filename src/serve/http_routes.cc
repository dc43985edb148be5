#include "serve/http_routes.h"

#include <fmt/format.h>

#include "serve/prometheus_text.h"

namespace xtcp2 {

namespace {

constexpr std::string_view kHealthPath = "/healthz", kReadyPath = "/readyz", kCoveragePath = "/coverage",
                           kStatusPath = "/status";

HttpReply AnswerComplaint(const Complaint& complaint, std::string_view word) {
  const std::optional<std::string> why = complaint ? complaint() : std::nullopt;
  if (why) return {503, fmt::format("not {}: {}\n", word, *why)};
  return {200, fmt::format("{}\n", word)};
}

// Of a path that is /coverage or below it: what is behind that.
std::optional<std::string_view> BelowCoverage(std::string_view path) {
  if (!path.starts_with(kCoveragePath)) return std::nullopt;
  path.remove_prefix(kCoveragePath.size());
  if (!path.empty() && path[0] != '/' && path[0] != '.') return std::nullopt;
  return path;
}

}  // namespace

Result<> CheckMetricsPath(std::string_view path, std::string_view flag) {
  if (!path.starts_with('/')) return Fail(fmt::format(R"({} "{}": a path begins with "/")", flag, path));
  if (path == kHealthPath || path == kReadyPath || path == kStatusPath || BelowCoverage(path))
    return Fail(fmt::format(R"({} "{}": this path already answers something else; choose another)", flag, path));
  if (path.find_first_of("?# \t\r\n%") != std::string_view::npos)
    return Fail(fmt::format(R"({} "{}": a path holds no blank, "?", "#" or "%")", flag, path));
  return {};
}

HttpReply AnswerHttp(const HttpRoutes& routes, std::string_view method, std::string_view path) {
  const std::optional<std::string_view> coverage = routes.coverage ? BelowCoverage(path) : std::nullopt;
  const bool known = path == routes.metrics_path || path == kHealthPath || path == kReadyPath || coverage ||
                     (path == kStatusPath && routes.status);
  if (!known)
    return {404, fmt::format("not found; there are {}, {}, {}, {} and {}\n", routes.metrics_path, kHealthPath,
                             kReadyPath, kStatusPath, kCoveragePath)};
  if (method != "GET" && method != "HEAD") return {405, "only GET and HEAD are answered here\n"};
  if (path == kHealthPath) {
    HttpReply reply = AnswerComplaint(routes.why_not_alive, "alive");
    if (reply.status == 200) reply.body = "ok\n";
    return reply;
  }
  if (path == kStatusPath) return {200, routes.status(), "application/json"};
  if (coverage) return routes.coverage(*coverage);
  if (path == kReadyPath) return AnswerComplaint(routes.why_not_ready, "ready");
  return {200, PrometheusText(*routes.metrics), kPrometheusContentType};
}

}  // namespace xtcp2
