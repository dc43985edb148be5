#include "collect/replay.h"

#include <fmt/format.h>

#include <array>

#include "collect/capture_reader.h"
#include "collect/replay_dumps.h"
#include "collect/replay_output.h"
#include "schema/names.h"

namespace xtcp2::collect {
namespace {

using Problem = std::function<void(std::string_view)>;

static_assert(kDatagramSlack >= decode::kReadSlack);

class Replayer {
 public:
  Replayer(const ReplayOptions& options, const Problem& problem)
      : options_(options), problem_(problem), output_(options.output_fd, encode::MakeFraming(options.sink.encode)) {}

  // Files after one that could not be written are not read.
  int Run() {
    for (size_t i = 0; i < options_.files.size() && output_.status(); ++i) ReadFile(options_.files[i], i + 1);
    CloseDump();
    output_.Finish();
    // Nobody reads any more (`| head`): no reason to complain, but not everything was printed.
    if (!output_.status() && output_.status().error().code != EPIPE) problem_(output_.status().error().Text());
    return output_.status() && !failed_ ? 0 : 1;
  }
  const ReplayCounts& counts() const { return counts_; }

 private:
  void Report(std::string_view text) {
    failed_ = true;
    problem_(text);
  }
  void ReadFile(const std::string& path, uint64_t number);
  void OnDatagram(const CapturedDatagram& datagram, const DumpTracker::Source& source);
  bool PrintAnswers(CapturedDump& dump, const CapturedDatagram& datagram);
  void SwitchTo(CapturedDump& dump, const CaptureInterface& from);
  void CloseDump();
  void CountAndReport(const CaptureReader& reader);
  RowSink& SinkFor(const CaptureInterface& from);
  schema::Context ContextOf(const CapturedDump& dump, const CaptureInterface& from) const;

  const ReplayOptions& options_;
  const Problem& problem_;
  FdOutput output_;
  std::array<std::unique_ptr<RowSink>, 2> sinks_;  // by decode::AccEcnLayout
  RowSink* sink_ = nullptr;                        // where the rows of the present dump go
  Lane lane_;                                      // the present dump's
  uint64_t dump_id_ = 0;                           // of the present dump; 0: none
  DumpTracker tracker_;
  ReplayCounts counts_;
  bool failed_ = false;
  uint64_t damaged_ = 0, first_damage_ = 0;  // datagrams of the present file whose messages do not add up
};

void Replayer::ReadFile(const std::string& path, uint64_t number) {
  auto opened = CaptureReader::Open(path);
  if (!opened) return Report(opened.error().Text());
  CaptureReader& reader = **opened;
  damaged_ = 0;
  // A dump of the Go program's raw files is spread over several of them.
  const uint64_t file = reader.is_raw() ? 0 : number;
  while (const CapturedDatagram* datagram = output_.status() ? reader.Next() : nullptr)
    OnDatagram(*datagram, {file, datagram->interface->id});
  if (!reader.is_raw()) {
    CloseDump();
    tracker_.EndFile(file);
  }
  CountAndReport(reader);
}

void Replayer::OnDatagram(const CapturedDatagram& datagram, const DumpTracker::Source& source) {
  ++counts_.datagrams;
  if (datagram.is_request) {
    ++counts_.requests;
    return tracker_.OnRequest(source, datagram.bytes);
  }
  CapturedDump* dump = tracker_.Find(source, datagram.bytes, datagram.time_ns);
  bool whole = dump != nullptr;
  if (dump != nullptr && dump->is_tcp) {
    whole = PrintAnswers(*dump, datagram);
  } else if (dump != nullptr) {
    ++counts_.other_sockets;
  }
  if (!whole && !datagram.cut && damaged_++ == 0) first_damage_ = datagram.offset;  // the reader reports the cut ones
  if (dump == nullptr || !EndsDump(datagram.bytes)) return;
  if (dump->id == dump_id_) CloseDump();
  tracker_.Ended();
}

// False when the messages of the datagram do not add up.
bool Replayer::PrintAnswers(CapturedDump& dump, const CapturedDatagram& datagram) {
  if (dump.id != dump_id_) SwitchTo(dump, *datagram.interface);
  DumpExpectation expect;
  expect.any = true;
  return !sink_->OnDatagram(datagram.bytes, expect, datagram.time_ns).damaged;
}

void Replayer::SwitchTo(CapturedDump& dump, const CaptureInterface& from) {
  CloseDump();
  sink_ = &SinkFor(from);
  dump_id_ = dump.id;
  sink_->BeginPoll(dump.timestamp_ns, &dump.counter, options_.sampler);
  lane_.Begin(ContextOf(dump, from), options_.filter.everything() ? nullptr : &options_.filter);
  sink_->Enter(lane_);
}

// Rows of different dumps do not share a batch, as in a live run those of different polls do not.
void Replayer::CloseDump() {
  if (dump_id_ != 0) sink_->Flush(encode::FlushReason::kPollEnd);
  dump_id_ = 0;
}

RowSink& Replayer::SinkFor(const CaptureInterface& from) {
  decode::AccEcnLayout layout = kDefaultAccEcnLayout;
  if (options_.kernel)
    layout = AccEcnLayoutOf(*options_.kernel);
  else if (const auto kernel = ParseKernelRelease(from.kernel_release))
    layout = AccEcnLayoutOf(*kernel);
  auto& sink = sinks_[static_cast<size_t>(layout)];
  if (!sink) {
    SinkOptions options = options_.sink;
    options.locate.accecn = layout;
    sink = MakeRowSink(options, output_);
  }
  return *sink;
}

schema::Context Replayer::ContextOf(const CapturedDump& dump, const CaptureInterface& from) const {
  schema::Context context = options_.facts;
  context.schema_version = static_cast<uint32_t>(options_.sink.encode.epoch);
  context.record_kind = schema::kSnapshot;
  context.collector = schema::kCapture;
  context.sample_rate = options_.sampler.rate();
  context.timestamp_ns = dump.timestamp_ns;
  context.netns = from.netns;
  context.netns_inode = from.netns_inode;
  context.netns_cookie = from.netns_cookie;
  context.boot_id = from.boot_id;
  return context;
}

void Replayer::CountAndReport(const CaptureReader& reader) {
  SinkCounters counters;
  for (auto& sink : sinks_)
    if (sink) counters.Add(sink->TakeCounters());
  counts_.rows += counters.rows;
  counts_.duplicates += counters.duplicates;
  counts_.other_protocols += reader.counts().other_protocols;
  if (!output_.status()) return;  // the file was not read to its end
  if (const auto status = reader.Status(); !status) Report(status.error().Text());
  if (damaged_ > 0)
    Report(fmt::format("{}: at offset {}: netlink messages whose lengths do not add up ({} datagrams in all)",
                       reader.path(), first_damage_, damaged_));
  const decode::LocateCounters& locate = counters.locate;
  if (locate.short_messages > 0)
    Report(fmt::format("{}: {} answers are too short to hold a socket", reader.path(), locate.short_messages));
  if (locate.damaged_attributes > 0)
    Report(fmt::format("{}: {} answers have attributes whose lengths do not add up: their rows lack what came behind",
                       reader.path(), locate.damaged_attributes));
}

}  // namespace

int Replay(const ReplayOptions& options, const Problem& problem, ReplayCounts* counts) {
  Replayer replayer(options, problem);
  const int exit_code = replayer.Run();
  if (counts != nullptr) *counts = replayer.counts();
  return exit_code;
}

}  // namespace xtcp2::collect
