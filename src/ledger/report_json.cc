#include <nlohmann/json.hpp>

#include "ledger/report.h"

namespace xtcp2::ledger {
namespace {

using Json = nlohmann::ordered_json;

Json CountsJson(const xtcp2_ledger_counts& counts) {
  return {{"opened", counts.opened},   {"accepted", counts.accepted},  {"closed", counts.closed},
          {"failed", counts.failed},   {"reset", counts.reset},        {"rows_lost", counts.rows_lost},
          {"not_sent", counts.unsent}, {"stillborn", counts.stillborn}};
}

Json NetnsJson(const NetnsCoverage& netns) {
  return {{"netns", netns.name},
          {"netns_inode", netns.key.inode},
          {"netns_cookie", netns.key.cookie},
          {"coverage", netns.ratio()},
          {"connections", netns.connections},
          {"covered", netns.covered},
          {"lost", {{"uncounted", netns.uncounted}, {"rows", netns.rows_lost}}},
          {"kernel_failed_attempts", netns.failed_attempts}};
}

const char* OpenedAs(uint8_t opened_as) {
  return opened_as == XTCP2_OPENED_ACTIVE ? "active" : opened_as == XTCP2_OPENED_PASSIVE ? "passive" : "unknown";
}

Json PortsJson(const CoverageReport& report, std::span<const bpf::LedgerLine> ports) {
  Json list = Json::array();
  for (const bpf::LedgerLine& line : ports) {
    const std::string name = NameOf(report, KeyOf(line.key));
    Json port{{"netns", name},
              {"netns_inode", line.key.netns_inode},
              {"netns_cookie", line.key.netns_cookie},
              {"opened_as", OpenedAs(line.key.opened_as)},
              {"port", line.key.port}};
    port.update(CountsJson(line.counts));
    list.push_back(std::move(port));
  }
  return list;
}

Json LossesJson(const CoverageReport& report) {
  return {{"uncounted", report.lost_uncounted}, {"ring_full", report.lost_ring_full}, {"paused", report.lost_paused}};
}

}  // namespace

std::string ReportJson(const Snapshot& snapshot, Detail detail, std::span<const bpf::LedgerLine> ports) {
  const CoverageReport& report = snapshot.report;
  Json json{{"coverage", report.ratio()},
            {"connections", report.connections},
            {"covered", report.covered},
            {"alive", report.alive},
            {"lost", LossesJson(report)},
            {"unverified", {{"ended_unread", report.unverified_dead}, {"hidden", report.unverified_hidden}}},
            {"counts", CountsJson(report.totals.counts)},
            {"kernel_failed_attempts", report.failed_attempts},
            {"begun_before", report.begun_before},
            {"births_lost", report.totals.births_lost},
            {"uncounted_by_port", report.totals.uncounted_ports},
            {"uncounted_by_netns", report.totals.uncounted_netns},
            {"changes_missed", report.totals.missed},
            {"surplus", report.surplus},
            {"rows", report.rows},
            {"paused", snapshot.paused},
            {"close_rows", report.totals.rows},
            {"open_rows", report.totals.open_rows},
            {"open_rows_lost", report.totals.open_rows_lost},
            {"ring_bytes", snapshot.ring_bytes},
            {"memory_bytes", snapshot.memory_bytes},
            {"namespaces", report.namespaces},
            {"namespaces_hidden", report.namespaces_hidden},
            {"began_at_ns", snapshot.began_at},
            {"taken_at_ns", snapshot.taken_at}};
  const size_t most = detail == Detail::kNamespaces ? report.by_netns.size() : kWorst;
  Json list = Json::array();
  for (size_t i = 0; i < std::min(most, report.by_netns.size()); ++i) list.push_back(NetnsJson(report.by_netns[i]));
  json[detail == Detail::kNamespaces ? "by_netns" : "worst"] = std::move(list);
  if (detail == Detail::kPorts) json["by_port"] = PortsJson(report, ports);
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace xtcp2::ledger
