#include "serve/http_routes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace xtcp2 {
namespace {

using testing::HasSubstr;

TEST(HttpRoutes, HealthAndReadinessSayWhy) {
  Metrics metrics;
  std::optional<std::string> sick, unready;
  HttpRoutes routes{
      .metrics = &metrics, .why_not_alive = [&] { return sick; }, .why_not_ready = [&] { return unready; }};
  EXPECT_EQ(AnswerHttp(routes, "GET", "/healthz").status, 200);
  EXPECT_EQ(AnswerHttp(routes, "GET", "/healthz").body, "ok\n");
  EXPECT_EQ(AnswerHttp(routes, "GET", "/readyz").body, "ready\n");
  unready = "destination not open";
  EXPECT_EQ(AnswerHttp(routes, "GET", "/readyz").status, 503);
  EXPECT_EQ(AnswerHttp(routes, "GET", "/readyz").body, "not ready: destination not open\n");
  EXPECT_EQ(AnswerHttp(routes, "GET", "/healthz").status, 200) << "not ready is not dead";
  sick = "no poll for 60 s";
  EXPECT_EQ(AnswerHttp(routes, "GET", "/healthz").status, 503);
  EXPECT_EQ(AnswerHttp(routes, "GET", "/healthz").body, "not alive: no poll for 60 s\n");
}

TEST(HttpRoutes, WithoutComplaintsAllIsWell) {
  Metrics metrics;
  const HttpRoutes routes{.metrics = &metrics};
  EXPECT_EQ(AnswerHttp(routes, "GET", "/healthz").status, 200);
  EXPECT_EQ(AnswerHttp(routes, "GET", "/readyz").status, 200);
}

TEST(HttpRoutes, CoverageAndWhatIsBelow) {
  Metrics metrics;
  HttpRoutes routes{.metrics = &metrics};
  EXPECT_EQ(AnswerHttp(routes, "GET", "/coverage").status, 404) << "nobody answers it";
  EXPECT_EQ(AnswerHttp(routes, "GET", "/status").status, 404) << "nobody answers it";
  routes.status = [] { return std::string("{}\n"); };
  EXPECT_EQ(AnswerHttp(routes, "GET", "/status").body, "{}\n");
  EXPECT_EQ(AnswerHttp(routes, "GET", "/status").content_type, "application/json");
  EXPECT_EQ(AnswerHttp(routes, "POST", "/status").status, 405);
  EXPECT_FALSE(CheckMetricsPath("/status", "-promPath"));
  std::string below = "not asked";
  routes.coverage = [&](std::string_view what) {
    below = what;
    return HttpReply{200, "{}", "application/json"};
  };
  EXPECT_EQ(AnswerHttp(routes, "GET", "/coverage").body, "{}");
  EXPECT_EQ(below, "");
  EXPECT_EQ(AnswerHttp(routes, "GET", "/coverage/ports.txt").status, 200);
  EXPECT_EQ(below, "/ports.txt");
  EXPECT_EQ(AnswerHttp(routes, "GET", "/coverages").status, 404);
  EXPECT_EQ(AnswerHttp(routes, "POST", "/coverage").status, 405);
  EXPECT_FALSE(CheckMetricsPath("/coverage", "-promPath"));
  EXPECT_TRUE(CheckMetricsPath("/coverages", "-promPath"));
}

TEST(HttpRoutes, MetricsStandWhereTheFlagSays) {
  Metrics metrics;
  metrics.AddCounter("xtcp2_things_total", "Things.").Add(7);
  const HttpRoutes routes{.metrics_path = "/m", .metrics = &metrics};
  const HttpReply reply = AnswerHttp(routes, "GET", "/m");
  EXPECT_EQ(reply.status, 200);
  EXPECT_THAT(reply.body, HasSubstr("\nxtcp2_things_total 7\n"));
  EXPECT_THAT(std::string(reply.content_type), HasSubstr("version=0.0.4"));
  EXPECT_EQ(AnswerHttp(routes, "GET", "/metrics").status, 404);
}

TEST(HttpRoutes, OnlyGetAndHeadAndOnlyThreePaths) {
  Metrics metrics;
  const HttpRoutes routes{.metrics = &metrics};
  for (const char* path : {"/metrics", "/healthz", "/readyz"}) {
    EXPECT_EQ(AnswerHttp(routes, "HEAD", path).status, 200);
    for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS", "get"})
      EXPECT_EQ(AnswerHttp(routes, method, path).status, 405) << method;
  }
  for (const char* path : {"/", "", "/metrics/", "/healthz/../metrics", "/etc/passwd", "/METRICS"})
    EXPECT_EQ(AnswerHttp(routes, "GET", path).status, 404) << path;
}

TEST(HttpRoutes, RefusesPathsThatCannotWork) {
  EXPECT_TRUE(CheckMetricsPath("/metrics", "-promPath"));
  for (const char* path : {"", "metrics", "/healthz", "/readyz", "/a b", "/a?b", "/%20"}) {
    const Result<> checked = CheckMetricsPath(path, "-promPath");
    ASSERT_FALSE(checked) << path;
    EXPECT_THAT(checked.error().what, HasSubstr("-promPath"));
  }
}

}  // namespace
}  // namespace xtcp2
