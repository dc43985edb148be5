#include "ledger/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "ledger/counts_for_test.h"

namespace xtcp2::ledger {
namespace {

using testing::HasSubstr;
using testing::Not;

Snapshot Some() {
  Snapshot snapshot;
  snapshot.report.rows = true;
  snapshot.report.connections = 200;
  snapshot.report.covered = 190;
  snapshot.report.lost_ring_full = 7;
  snapshot.report.lost_uncounted = 3;
  snapshot.report.totals.counts = Numbers{.opened = 150, .accepted = 50, .closed = 180, .failed = 4, .reset = 5};
  snapshot.report.namespaces = 12;
  for (uint32_t i = 0; i < 12; ++i)
    snapshot.report.by_netns.push_back(
        {.key = {i, i}, .name = "ns" + std::to_string(i), .connections = 10, .covered = i < 9 ? i : 10});
  snapshot.began_at = 1'000'000'000;
  snapshot.taken_at = 61'000'000'000;
  return snapshot;
}

TEST(ReportTest, Json) {
  const auto json = nlohmann::json::parse(ReportJson(Some(), Detail::kHost));
  EXPECT_DOUBLE_EQ(json["coverage"], 0.95);
  EXPECT_EQ(json["lost"]["ring_full"], 7);
  EXPECT_EQ(json["lost"]["uncounted"], 3);
  EXPECT_EQ(json["counts"]["reset"], 5);
  EXPECT_EQ(json["worst"].size(), 10u);
  EXPECT_EQ(json["worst"][1]["netns"], "ns1");
  EXPECT_DOUBLE_EQ(json["worst"][1]["coverage"], 0.1);
  EXPECT_FALSE(json.contains("by_port"));
}

TEST(ReportTest, JsonInDetail) {
  EXPECT_EQ(nlohmann::json::parse(ReportJson(Some(), Detail::kNamespaces))["by_netns"].size(), 12u);
  const std::vector<bpf::LedgerLine> lines{{{3, 3, 443, XTCP2_OPENED_ACTIVE, 0}, Numbers{.opened = 9}},
                                           {{77, 78, 80, XTCP2_OPENED_PASSIVE, 0}, Numbers{.accepted = 8}}};
  const auto json = nlohmann::json::parse(ReportJson(Some(), Detail::kPorts, lines));
  EXPECT_EQ(json["by_port"][0]["netns"], "ns3");
  EXPECT_EQ(json["by_port"][0]["port"], 443);
  EXPECT_EQ(json["by_port"][0]["opened_as"], "active");
  EXPECT_EQ(json["by_port"][0]["opened"], 9);
  EXPECT_EQ(json["by_port"][1]["netns"], "netns:[78]");
}

TEST(ReportTest, NamesAreNotTrusted) {
  Snapshot snapshot = Some();
  snapshot.report.by_netns[0].name = "a\"b\xff\n";
  EXPECT_NO_THROW(nlohmann::json::parse(ReportJson(snapshot, Detail::kHost)));
}

TEST(ReportTest, Text) {
  const std::string text = ReportText(Some(), Detail::kHost);
  EXPECT_THAT(text, HasSubstr("coverage 95.000 %: 190 of 200 connections have their row or are alive (since 60 s)\n"));
  EXPECT_THAT(text, HasSubstr("  7  without a row: the ring was full"));
  EXPECT_THAT(text, HasSubstr("ns9"));
  EXPECT_THAT(text, Not(HasSubstr("ns10"))) << "the ten worst only";
  EXPECT_THAT(text, Not(HasSubstr("surplus"))) << "what is zero is not said";
  EXPECT_THAT(ReportText(Some(), Detail::kNamespaces), HasSubstr("ns11"));
}

TEST(ReportTest, ALossIsNeverRoundedAway) {
  Snapshot snapshot = Some();
  snapshot.report.connections = 100'000'000;
  snapshot.report.covered = 99'999'999;
  EXPECT_THAT(ReportText(snapshot, Detail::kHost), HasSubstr("coverage 99.999 %"));
  snapshot.report.covered = 100'000'000;
  EXPECT_THAT(ReportText(snapshot, Detail::kHost), HasSubstr("coverage 100.000 %"));
}

}  // namespace
}  // namespace xtcp2::ledger
