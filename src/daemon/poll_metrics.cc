#include "daemon/poll_metrics.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/clock.h"
#include "schema/names.h"

namespace xtcp2::daemon {
namespace {

constexpr Served kConditions[] = {Served::kComplete, Served::kEmpty,    Served::kIncomplete, Served::kVanished,
                                  Served::kFailed,   Served::kUnserved, Served::kCancelled};

double Seconds(int64_t ns) { return static_cast<double>(ns) * 1e-9; }

Gauge& Namespaces(const char* condition) {
  return Metrics::Global().AddGauge("xtcp2_namespaces",
                                    "Network namespaces of the last poll, by how serving them ended.",
                                    {{"condition", condition}});
}

Counter& Polls(const char* result) {
  return Metrics::Global().AddCounter("xtcp2_polls_total", "Polls by result.", {{"result", result}});
}

Histogram& Phase(const char* phase) {
  return Metrics::Global().AddHistogram("xtcp2_poll_phase_duration_seconds", "Duration of each phase of a poll.",
                                        DurationBounds(), {{"phase", phase}});
}

Counter& Odd(const char* kind) {
  return Metrics::Global().AddCounter("xtcp2_answer_oddities_total",
                                      "Answers of the kernel that were not as expected, by kind.", {{"kind", kind}});
}

std::string StateLabel(size_t state) {
  const std::string_view name = schema::StateName(state);
  return name.empty() ? "OTHER" : std::string(name);
}

}  // namespace

PollMetrics::PollMetrics() : next_summary_ns_(MonotonicNs() + 60 * kNsPerSecond) {
  // Every series is there from the first scrape on, so that a rate has a beginning.
  for (const char* result : {"complete", "partial", "cut"}) Polls(result);
  for (const Served condition : kConditions) Namespaces(ServedName(condition));
  for (int end = 0; end <= static_cast<int>(collect::DumpEnd::kCancelled); ++end)
    DumpEnds(static_cast<collect::DumpEnd>(end));
  SkippedTicks(0);
}

Counter& PollMetrics::DumpEnds(collect::DumpEnd end) {
  return Metrics::Global().AddCounter("xtcp2_dumps_total", "Netlink dumps by how they ended.",
                                      {{"end", collect::DumpEndName(end)}});
}

void PollMetrics::SkippedTicks(uint64_t ticks) {
  static Counter& counter = Metrics::Global().AddCounter(
      "xtcp2_poll_ticks_skipped_total", "Polls that were not begun because the one before was still running.");
  counter.Add(ticks);
  skipped_ += ticks;
}

void PollMetrics::AccountNamespaces(const PollRun& run, const NetnsScan& scan, uint64_t backed_off) {
  last_served_.clear();
  for (const ServeResult& result : run.results()) ++last_served_[result.served];
  last_served_[Served::kFailed] += backed_off;
  Namespaces("excluded").Set(static_cast<double>(scan.excluded.size()));
  for (const Served condition : kConditions)
    Namespaces(ServedName(condition)).Set(static_cast<double>(last_served_[condition]));
  static Gauge& unreadable = Metrics::Global().AddGauge(
      "xtcp2_unreadable_processes", "Processes whose network namespace may not be read (CAP_SYS_PTRACE), last scan.");
  unreadable.Set(static_cast<double>(scan.unreadable));
}

void PollMetrics::AccountDumps(const PollRun& run) {
  static Histogram& open = Phase("open");
  static Histogram& dump = Phase("dump");
  static Counter& datagrams =
      Metrics::Global().AddCounter("xtcp2_netlink_datagrams_total", "Netlink datagrams received.");
  static Counter& bytes =
      Metrics::Global().AddCounter("xtcp2_netlink_bytes_total", "Bytes of netlink datagrams received.");
  static Counter& foreign = Odd("foreign_message");
  static Counter& divided = Metrics::Global().AddCounter("xtcp2_divided_namespaces_total",
                                                         "Namespaces that were dumped in several parts at once.");
  for (const ServeResult& result : run.results()) {
    if (result.served != Served::kUnserved) open.Observe(Seconds(result.open_ns));
    if (result.parts == 0) continue;
    dump.Observe(Seconds(result.dump_ns));
    divided.Add(result.parts > 1);
    datagrams.Add(result.dumps.datagrams);
    bytes.Add(result.dumps.bytes);
    foreign.Add(result.dumps.foreign);
    for (size_t end = 0; end < kDumpEnds; ++end)
      if (result.dumps.ends[end] != 0) DumpEnds(static_cast<collect::DumpEnd>(end)).Add(result.dumps.ends[end]);
  }
}

void PollMetrics::AccountOddities(const decode::LocateCounters& locate) {
  static Counter& short_messages = Odd("short_message");
  static Counter& damaged = Odd("damaged_attribute");
  static Counter& short_attributes = Odd("short_attribute");
  short_messages.Add(locate.short_messages);
  damaged.Add(locate.damaged_attributes);
  short_attributes.Add(locate.short_attributes);
  for (size_t i = 1; i < locate.longer_tcp_info.size(); ++i) {
    if (locate.longer_tcp_info[i] == 0) continue;
    const bool last = i + 1 == locate.longer_tcp_info.size();
    Metrics::Global()
        .AddCounter("xtcp2_longer_tcp_info_total",
                    "Answers with a tcp_info longer than this version knows, by its length in bytes; the rest of it "
                    "was not read.",
                    {{"length", last ? "longer" : std::to_string(sizeof(abi::TcpInfo) + 4 * i)}})
        .Add(locate.longer_tcp_info[i]);
  }
  for (size_t i = 0; i < locate.unknown.size(); ++i)
    if (locate.unknown[i] != 0)
      Metrics::Global()
          .AddCounter("xtcp2_unknown_attributes_total", "Attributes without a decoder, by INET_DIAG number.",
                      {{"attribute", i == 63 ? "other" : std::to_string(i)}})
          .Add(locate.unknown[i]);
}

void PollMetrics::AccountCpu(const CpuUse& cpu, uint64_t rows) {
  const std::pair<const char*, int64_t> modes[] = {{"user", cpu.user_ns}, {"kernel", cpu.system_ns}};
  for (const auto& [mode, ns] : modes) {
    // A sum of seconds: shown as a counter, as its name says.
    Gauge& total = Metrics::Global().AddGauge("xtcp2_reader_cpu_seconds_total",
                                              "CPU time of the reader threads, by mode.", {{"mode", mode}});
    total.Set(total.Value() + Seconds(ns));
    if (rows == 0) continue;
    Metrics::Global()
        .AddGauge("xtcp2_poll_cpu_seconds_per_socket",
                  "CPU time of the reader threads in the last poll with rows, per row and by mode.", {{"mode", mode}})
        .Set(Seconds(ns) / static_cast<double>(rows));
  }
}

void PollMetrics::AccountRows(const collect::SinkCounters& counters, const PollTimes& times, uint32_t sample_rate) {
  static Counter& total = Metrics::Global().AddCounter("xtcp2_rows_total", "Rows made.");
  static Counter& bytes = Metrics::Global().AddCounter("xtcp2_row_bytes_total", "Bytes of rows made, without framing.");
  static Counter& duplicates = Metrics::Global().AddCounter(
      "xtcp2_duplicate_answers_total", "Answers for a socket that the namespace had already given in the same poll.");
  total.Add(counters.rows);
  bytes.Add(counters.row_bytes);
  duplicates.Add(counters.duplicates);
  static Counter& filtered = Metrics::Global().AddCounter(
      "xtcp2_filtered_answers_total", "Answers of the kernel that -filter did not match; most it leaves out itself.");
  static Counter& sampled_out =
      Metrics::Global().AddCounter("xtcp2_sampled_out_total", "Sockets that -sample or a budget left out.");
  static Gauge& rate = Metrics::Global().AddGauge("xtcp2_sample_rate", "One socket in so many has a row, last poll.");
  filtered.Add(counters.filtered);
  sampled_out.Add(counters.sampled_out);
  rate.Set(sample_rate);
  AccountCpu(times.cpu, counters.rows + counters.sampled_out);
  for (size_t family = 0; family < counters.by_state.size(); ++family)
    for (size_t state = 1; state < counters.by_state[family].size(); ++state)
      Metrics::Global()
          .AddGauge("xtcp2_sockets", "Sockets of the last poll by family and state.",
                    {{"family", family == 0 ? "ipv4" : "ipv6"}, {"state", StateLabel(state)}})
          .Set(static_cast<double>(counters.by_state[family][state]));
}

PollResult PollMetrics::Account(const PollRun& run, const NetnsScan& scan, const PollOrder::Plan& plan,
                                const collect::SinkCounters& counters, const PollTimes& times) {
  AccountNamespaces(run, scan, plan.backed_off);
  AccountDumps(run);
  AccountRows(counters, times, run.sampler.rate());
  AccountOddities(counters.locate);
  static Histogram& scan_phase = Phase("scan");
  static Histogram& serve_phase = Phase("serve");
  scan_phase.Observe(Seconds(times.scan_ns));
  serve_phase.Observe(Seconds(times.serve_ns));
  const bool cut = last_served_[Served::kCancelled] != 0;
  const bool partial =
      last_served_[Served::kUnserved] + last_served_[Served::kIncomplete] + last_served_[Served::kFailed] != 0 ||
      scan.error;
  const PollResult result = cut ? PollResult::kCut : partial ? PollResult::kPartial : PollResult::kComplete;
  Polls(result == PollResult::kCut ? "cut" : result == PollResult::kPartial ? "partial" : "complete").Add();
  complete_ += result == PollResult::kComplete;
  partial_ += result == PollResult::kPartial;
  rows_ += counters.rows;
  slowest_.serve_ns = std::max(slowest_.serve_ns, times.serve_ns);
  return result;
}

void PollMetrics::MaybeSummarise(bool now_or_never) {
  const int64_t now = MonotonicNs();
  if (now < next_summary_ns_ && !now_or_never) return;
  next_summary_ns_ = now + 60 * kNsPerSecond;
  LogInfo("{} polls complete, {} partial, {} ticks skipped; {} rows of {} namespaces; slowest poll {:.3f} s", complete_,
          partial_, skipped_, rows_,
          last_served_[Served::kComplete] + last_served_[Served::kEmpty] + last_served_[Served::kIncomplete],
          Seconds(slowest_.serve_ns));
  complete_ = partial_ = rows_ = skipped_ = 0;
  slowest_ = {};
}

}  // namespace xtcp2::daemon
