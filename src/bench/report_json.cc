#include <fmt/format.h>

#include "bench/medians.h"
#include "bench/report.h"
#include "bench/statistics.h"
#include "wire/json.h"

namespace xtcp2::bench {
namespace {

std::string Quoted(std::string_view text) {
  std::string out(wire::kMaxJsonEscape * text.size() + 2, '"');
  auto* begin = reinterpret_cast<uint8_t*>(out.data());
  uint8_t* end = wire::PutJsonText(begin + 1, text);
  *end++ = '"';
  out.resize(static_cast<size_t>(end - begin));
  return out;
}

// An object or a list, put together member by member.
class JsonWriter {
 public:
  explicit JsonWriter(char open) : out_(1, open), close_(open == '{' ? '}' : ']') {}
  JsonWriter& Raw(std::string_view name, const std::string& value) {
    if (out_.size() > 1) out_ += ',';
    if (!name.empty()) out_ += Quoted(name) + ":";
    out_ += value;
    return *this;
  }
  JsonWriter& Text(std::string_view name, std::string_view value) { return Raw(name, Quoted(value)); }
  JsonWriter& Number(std::string_view name, double value) { return Raw(name, fmt::format("{:.10g}", value)); }
  JsonWriter& Count(std::string_view name, uint64_t value) { return Raw(name, std::to_string(value)); }
  std::string Done() { return out_ + close_; }

 private:
  std::string out_;
  char close_;
};

template <class Values, class Write>
std::string List(const Values& values, Write write) {
  JsonWriter list('[');
  for (const auto& value : values) list.Raw("", write(value));
  return list.Done();
}

std::string LoadJson(const Surroundings& about, const BenchOptions& options) {
  return JsonWriter('{')
      .Count("sockets", about.sockets)
      .Count("namespaces", options.namespaces)
      .Count("empty", options.empty)
      .Raw("families", List(options.families, Quoted))
      .Count("active_percent", options.active_pct)
      .Count("churn_per_second", options.churn)
      .Count("processes", about.processes)
      .Number("made_in_seconds", about.seconds)
      .Done();
}

std::string LatencyJson(const Latency& latency) {
  return JsonWriter('{')
      .Count("round_trips", latency.round_trips)
      .Number("p50_us", latency.p50_us)
      .Number("p99_us", latency.p99_us)
      .Done();
}

std::string EffectJson(const Effect& effect) {
  return JsonWriter('{')
      .Number("processors", effect.processors)
      .Raw("without", List(effect.without, LatencyJson))
      .Raw("with", List(effect.with, LatencyJson))
      .Done();
}

std::string MeasurementJson(const Measurement& m, bool churn) {
  JsonWriter out('{');
  out.Text("collector", m.collector).Text("format", m.format);
  if (!m.refused.empty()) return out.Text("not_available", m.refused).Done();
  const double polls = static_cast<double>(m.polls);
  out.Count("polls", m.polls).Count("partial_polls", m.partial).Number("existing_sockets", m.existing);
  out.Number("rows", m.rows).Number("rows_per_socket", m.RowsPerSocket());
  out.Number("user_us_per_socket", m.PerSocketUs(m.cpu.user_s))
      .Number("system_us_per_socket", m.PerSocketUs(m.cpu.system_s));
  out.Number("cpu_seconds", m.cpu.Total())
      .Number("user_seconds", m.cpu.user_s)
      .Number("system_seconds", m.cpu.system_s);
  out.Number("poll_ms", m.poll_s * 1e3).Number("bytes_per_row", m.rows == 0 ? 0 : m.bytes / m.rows);
  out.Count("peak_rss_kib", m.peak_kib).Count("threads", m.threads);
  out.Raw("allocations_per_poll", m.allocations && m.polls ? fmt::format("{:.10g}", *m.allocations / polls) : "null");
  if (!m.effect.without.empty()) out.Raw("effect", EffectJson(m.effect));
  if (const std::string doubt = m.Doubt(churn); !doubt.empty()) out.Text("doubt", doubt);
  return out.Done();
}

std::string MediansJson(const Medians& m) {
  return JsonWriter('{')
      .Text("collector", m.collector)
      .Text("format", m.format)
      .Count("rounds", m.rounds)
      .Number("user_us_per_socket", m.user_us)
      .Number("system_us_per_socket", m.system_us)
      .Number("us_per_socket", m.both_us)
      .Number("spread", m.spread)
      .Number("poll_ms", m.poll_ms)
      .Number("of_first", m.of_first)
      .Done();
}

std::string RunJson(const ProgramRun& run) {
  return JsonWriter('{')
      .Number("wall_seconds", run.wall_s)
      .Number("user_seconds", run.cpu.user_s)
      .Number("system_seconds", run.cpu.system_s)
      .Number("peak_rss_kib", run.peak_kib)
      .Number("bytes", run.bytes)
      .Done();
}

std::string ContestJson(const Contest& contest) {
  return JsonWriter('{')
      .Text("command", contest.command)
      .Text("format", contest.format)
      .Count("polls_per_run", contest.polls)
      .Number("existing_sockets", contest.existing)
      .Raw("ours", List(contest.ours, RunJson))
      .Raw("theirs", List(contest.theirs, RunJson))
      .Done();
}

}  // namespace

std::string Json(const Surroundings& about, const BenchOptions& options, const std::vector<Measurement>& measurements,
                 const Contest* contest) {
  JsonWriter out('{');
  out.Text("xtcp2", about.version).Text("kernel", about.kernel).Count("processors", about.processors);
  out.Text("dest", options.dest).Raw("daemon_flags", List(options.daemon_flags, Quoted));
  out.Raw("load", LoadJson(about, options));
  out.Raw("rows", List(measurements, [&](const Measurement& m) { return MeasurementJson(m, options.churn != 0); }));
  out.Raw("medians", List(MediansOf(measurements), MediansJson));
  if (contest != nullptr) out.Raw("against", ContestJson(*contest));
  return out.Done() + "\n";
}

}  // namespace xtcp2::bench
