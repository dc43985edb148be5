#include "app/daemon.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/version.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"

namespace xtcp2::app {

Daemon::Daemon(const config::Config& config, Signals& signals, BpfPrograms& programs)
    : config_(config),
      signals_(signals),
      programs_(programs),
      host_(MakeHostFacts(config)),
      read_(MakeReadSettings(config)) {}

Daemon::~Daemon() { Stop(); }

std::optional<Daemon::StartError> Daemon::Start() {
  if (auto error = StartOutput()) return error;
  if (auto error = StartHttp()) return error;
  if (auto error = StartReaders()) return error;
  return StartLedger();
}

std::optional<Daemon::StartError> Daemon::StartOutput() {
  auto output = Output::Start(config_, [this](const Error& error) {
    LogError("the destination cannot be used any more: {}", error.Text());
    Failed();
  });
  if (!output) return StartError{output.error().error, output.error().usage};
  output_ = std::move(*output);
  return std::nullopt;
}

std::optional<Daemon::StartError> Daemon::StartHttp() {
  HttpOptions options;
  options.listen = config_.prom_listen;
  options.routes.metrics_path = config_.prom_path;
  options.routes.why_not_alive = [this] { return WhyNotAlive(); };
  options.routes.why_not_ready = [this] { return WhyNotReady(); };
  options.routes.status = [this] { return output_->StatusJson(); };
  options.routes.coverage = [this](std::string_view below) {
    const Ledger* const ledger = answering_.load();
    return ledger != nullptr ? ledger->Answer(below) : NoLedger();
  };
  Result<std::unique_ptr<HttpServer>> http = HttpServer::Start(std::move(options));
  if (!http) return StartError{http.error(), false};
  http_ = std::move(*http);
  return std::nullopt;
}

std::optional<Daemon::StartError> Daemon::CheckThreads(unsigned readers) const {
  if (readers != 0) {
    if (const unsigned wanted = WantedReaders(config_); readers < wanted)
      LogWarning("-maxThreads {} leaves room for {} of {} reader threads", config_.max_threads, readers, wanted);
    return std::nullopt;
  }
  return StartError{Error{fmt::format("-maxThreads {} is too low: {} threads are needed beside at least one reader; "
                                      "raise it, or set 0 for no ceiling",
                                      config_.max_threads, OtherThreads(config_))},
                    true};
}

std::optional<Daemon::StartError> Daemon::MakeRunners(unsigned readers) {
  const collect::RingRunnerOptions options = MakeRingOptions(config_);
  const size_t bytes = readers * collect::RequiredBytes(options);
  if (config_.io_uring && bytes > config_.io_uring_memory)
    return StartError{
        Error{fmt::format("-ioUringRecvBatch {} and -ioUringCqeBatch {} take {} bytes with {} readers, more "
                          "than -ioUringMemory {}; lower the one or raise the other",
                          options.receive_batch, options.completion_batch, bytes, readers, config_.io_uring_memory)},
        true};
  runners_.clear();
  while (config_.io_uring && runners_.size() < readers) {
    auto runner = collect::MakeRingRunner(options);
    if (!runner && config_.io_uring_require) return StartError{runner.error(), false};
    if (!runner) {
      LogWarning("{}; reading by system calls instead", runner.error().Text());
      runners_.clear();
      break;
    }
    runners_.push_back(std::move(*runner));
  }
  Gauge& memory =
      Metrics::Global().AddGauge("xtcp2_io_uring_memory_bytes", "Memory of the readers' rings and buffers.");
  memory.Set(0);
  for (const auto& runner : runners_) memory.Set(memory.Value() + static_cast<double>(runner->MemoryBytes()));
  read_.collector = runners_.empty() ? schema::kNetlink : schema::kIoUring;
  while (runners_.size() < readers) runners_.push_back(collect::MakeSyscallRunner(options.datagram_bytes));
  return std::nullopt;
}

Result<std::unique_ptr<daemon::Reader>> Daemon::MakeReader(unsigned index) {
  daemon::TapFactory taps;
  if (config_.write_files != 0) {
    auto writer = collect::CaptureWriter::Open(config_.capture_path, index, config_.write_files,
                                               {fmt::format("xtcp2 {}", Version()), host_.boot_id});
    if (!writer) return tl::unexpected(writer.error());
    taps = [capture = std::shared_ptr<collect::CaptureWriter>(std::move(*writer))](const std::string& name,
                                                                                   uint64_t inode, uint64_t cookie) {
      if (capture->full()) return collect::DatagramTap{};
      return collect::DatagramTap([capture, label = collect::NetnsLabel{name, inode, cookie}](
                                      Bytes datagram, int64_t now) { capture->Write(datagram, label, now); });
    };
  }
  return daemon::Reader::Make(index, host_, read_, output_->MakeSink(row_source_), std::move(runners_[index]),
                              std::move(taps));
}

std::optional<Daemon::StartError> Daemon::StartReaders() {
  const unsigned count = ReaderCount(config_);
  if (auto error = CheckThreads(count)) return error;
  if (config_.collector == "bpf" && config_.write_files != 0)
    return StartError{
        Error{"-collector bpf asks nothing by netlink that -writeFiles could save: leave one of them out"}, true};
  auto walk = MakeWalk(count);
  if (!walk) return StartError{walk.error(), false};
  walks_ = *walk != nullptr;
  if (auto error = MakeRunners(count)) return error;
  row_source_ = output_->NewSource();
  auto readers = daemon::ReaderPool::Start(count, [this](unsigned index) { return MakeReader(index); }, stop_);
  if (!readers) return StartError{readers.error(), false};
  readers_ = std::move(*readers);
  readers_->SetFirstSequence(config_.nlmsg_seq);
  const auto home = netlink::NetnsHome::Here();
  if (!home) return StartError{home.error(), false};
  poller_ = std::make_unique<daemon::Poller>(
      MakePollerOptions(config_), daemon::NetnsScanner(MakeScanOptions(config_), home->id()), *readers_, stop_,
      [this] {
        finished_ = true;
        signals_.Wake();
      },
      std::move(*walk));
  RegisterGauges();
  return std::nullopt;
}

void Daemon::RegisterGauges() {
  Metrics& metrics = Metrics::Global();
  metrics.AddGauge("xtcp2_reader_threads", "Reader threads, for all namespaces together.").Set(readers_->size());
  metrics.AddGauge("xtcp2_max_threads", "-maxThreads, checked at start; 0: no ceiling.").Set(config_.max_threads);
}

void Daemon::StartPolling() {
  poller_->Start();
  polling_ = true;
}

void Daemon::Stop() {
  const int64_t deadline = MonotonicNs() + config_.shutdown_timeout.count();
  const auto left = [&] {
    return std::chrono::milliseconds(std::max<int64_t>(0, (deadline - MonotonicNs()) / kNsPerMs));
  };
  stop_ = true;
  if (ledger_) ledger_->End();
  if (poller_ && polling_) {
    poller_->Wake();
    // Readers put what they have into the queue before it closes; one that waits for room there is let go at half the
    // time.
    poller_->WaitEnded(left() / 2);
  }
  if (ledger_) ledger_->WaitEnded(left() / 2);
  if (output_) output_->Stop(left());
  http_.reset();  // asks the poller and the ledger
  ledger_.reset();
  poller_.reset();
  readers_.reset();
}

std::optional<std::string> Daemon::WhyNotAlive() const {
  if (!polling_ || !poller_) return std::nullopt;
  const auto status = poller_->GetStatus();
  const int64_t limit = 3 * (config_.poll_frequency.count() + config_.poll_timeout.count());
  const int64_t idle = MonotonicNs() - status.last_progress_ns;
  if (idle <= limit) return std::nullopt;
  return fmt::format("no poll has {} for {:.1f} s", status.polling ? "ended" : "begun",
                     static_cast<double>(idle) * 1e-9);
}

std::optional<std::string> Daemon::WhyNotReady() const {
  if (!polling_) return "the readers are starting";
  return output_->WhyNotReady();
}

}  // namespace xtcp2::app
