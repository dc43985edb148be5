#include "ledger/metrics.h"

#include <string>
#include <utility>

namespace xtcp2::ledger {

void LedgerMetrics::Follower::Follow(uint64_t now) {
  if (now > seen) counter->Add(now - std::exchange(seen, now));
}

LedgerMetrics::Follower LedgerMetrics::Connections(const char* event) {
  return Follower(
      metrics_.AddCounter("xtcp2_ledger_connections_total",
                          "Connections of all namespaces by what became of them; failed and reset ones are closed "
                          "too.",
                          {{"event", event}}));
}

LedgerMetrics::Follower LedgerMetrics::RowsLost(const char* reason) {
  return Follower(
      metrics_.AddCounter("xtcp2_ledger_rows_lost_total",
                          "Rows that -ledger rows did not make: the ring was full, or rows were too many and "
                          "counts only are kept for a while.",
                          {{"reason", reason}}));
}

LedgerMetrics::Follower LedgerMetrics::Births(const char* reason) {
  return Follower(
      metrics_.AddCounter("xtcp2_ledger_births_unknown_total",
                          "Connections that ended and of whose birth nothing is known: they are older than the "
                          "ledger, or too many were alive.",
                          {{"reason", reason}}));
}

Counter& EventsCounter(Metrics& metrics, const char* outcome) {
  return metrics.AddCounter("xtcp2_ledger_events_total",
                            "Events of connections that were read, by what became of them.", {{"outcome", outcome}});
}

Gauge& LedgerMetrics::Unverified(const char* reason) {
  return metrics_.AddGauge("xtcp2_ledger_unverified_connections",
                           "Connections that were counted and could not be compared with the kernel's own count.",
                           {{"reason", reason}});
}

LedgerMetrics::LedgerMetrics(Metrics& metrics)
    : metrics_(metrics),
      opened_(Connections("opened")),
      accepted_(Connections("accepted")),
      closed_(Connections("closed")),
      failed_(Connections("failed")),
      reset_(Connections("reset")),
      ring_full_(RowsLost("ring_full")),
      paused_rows_(RowsLost("paused")),
      open_rows_(RowsLost("open_row")),
      older_(Births("older")),
      map_full_(Births("map_full")),
      missed_(metrics.AddCounter("xtcp2_ledger_changes_missed_total",
                                 "Changes of state that the kernel did not show to the ledger.")),
      rows_(EventsCounter(metrics, "row")),
      filtered_(EventsCounter(metrics, "filtered")),
      sampled_out_(EventsCounter(metrics, "sampled_out")),
      unwanted_(EventsCounter(metrics, "unwanted_namespace")),
      coverage_(metrics.AddGauge("xtcp2_ledger_coverage_ratio",
                                 "Connections that are counted (with rows: whose row was not lost) to those that the "
                                 "kernel opened.")),
      alive_(metrics.AddGauge("xtcp2_ledger_alive_connections", "Connections that began since the ledger and live.")),
      uncounted_(metrics.AddGauge("xtcp2_ledger_uncounted_connections",
                                  "Connections that the kernel opened and the ledger did not see.")),
      ended_unread_(Unverified("ended_unread")),
      hidden_(Unverified("hidden")),
      ring_bytes_(metrics.AddGauge("xtcp2_ledger_ring_bytes", "Room for rows that wait to be read.")),
      memory_bytes_(metrics.AddGauge("xtcp2_ledger_memory_bytes", "Memory of the ledger in the kernel.")),
      paused_(metrics.AddGauge("xtcp2_ledger_paused", "1: rows were too many, counts only for a while.")) {
  coverage_.Set(1);
  for (size_t rank = 1; rank <= kWorst; ++rank) {
    worst_.push_back(&metrics.AddGauge("xtcp2_ledger_coverage_worst_ratio",
                                       "The same of the ten worst namespaces, by rank; 1 where there are fewer.",
                                       {{"rank", std::to_string(rank)}}));
    worst_.back()->Set(1);
  }
}

void LedgerMetrics::StartAnew() {
  for (Follower* follower : {&opened_, &accepted_, &closed_, &failed_, &reset_, &ring_full_, &paused_rows_, &open_rows_,
                             &older_, &map_full_, &missed_})
    follower->seen = 0;
}

void LedgerMetrics::Update(const Snapshot& snapshot) {
  const CoverageReport& report = snapshot.report;
  const xtcp2_ledger_counts& counts = report.totals.counts;
  if (counts.opened < opened_.seen || counts.closed < closed_.seen) StartAnew();
  opened_.Follow(counts.opened);
  accepted_.Follow(counts.accepted);
  closed_.Follow(counts.closed);
  failed_.Follow(counts.failed);
  reset_.Follow(counts.reset);
  ring_full_.Follow(report.lost_ring_full);
  paused_rows_.Follow(report.lost_paused);
  open_rows_.Follow(report.totals.open_rows_lost);
  older_.Follow(report.begun_before);
  map_full_.Follow(report.totals.births_lost);
  missed_.Follow(report.totals.missed);
  coverage_.Set(report.ratio());
  alive_.Set(static_cast<double>(report.alive));
  uncounted_.Set(static_cast<double>(report.lost_uncounted));
  ended_unread_.Set(static_cast<double>(report.unverified_dead));
  hidden_.Set(static_cast<double>(report.unverified_hidden));
  ring_bytes_.Set(static_cast<double>(snapshot.ring_bytes));
  memory_bytes_.Set(static_cast<double>(snapshot.memory_bytes));
  paused_.Set(snapshot.paused ? 1 : 0);
  for (size_t i = 0; i < worst_.size(); ++i)
    worst_[i]->Set(i < report.by_netns.size() ? report.by_netns[i].ratio() : 1);
}

void LedgerMetrics::Add(const EventRows::Counters& counters) {
  rows_.Add(counters.sink.rows);
  filtered_.Add(counters.sink.filtered);
  sampled_out_.Add(counters.sink.sampled_out);
  unwanted_.Add(counters.unwanted);
}

}  // namespace xtcp2::ledger
