#include "app/estimate.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <thread>

#include "app/daemon.h"
#include "base/fd.h"
#include "base/metrics.h"
#include "config/duration.h"
#include "ship/compress.h"

namespace xtcp2::app {
namespace {

constexpr size_t kMessageBytes = 786'432;  // what is compressed at once where -envelopeFlushBytes says nothing

double Total(std::string_view name) {
  double sum = 0;
  Metrics::Global().Visit([&](const Family& family) {
    if (family.name != name) return;
    for (const Series& series : family.series)
      if (series.counter) sum += static_cast<double>(series.counter->Value());
  });
  return sum;
}

// Reads what comes out of a pipe and counts what would be left of it. Owns its thread and both ends.
class Squeezer {
 public:
  static Result<std::unique_ptr<Squeezer>> Start(size_t message_bytes) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return FailErrno("making a pipe");
    return std::unique_ptr<Squeezer>(new Squeezer(Fd(ends[0]), Fd(ends[1]), message_bytes));
  }
  // A file to write to.
  std::string Path() const { return fmt::format("/proc/self/fd/{}", write_end_.get()); }
  // Once nobody writes any more.
  Result<double> Finish() {
    write_end_.Close();
    thread_.join();
    if (!status_) return tl::unexpected(status_.error());
    return bytes_;
  }
  ~Squeezer() {
    write_end_.Close();
    if (thread_.joinable()) thread_.join();
  }

 private:
  Squeezer(Fd read_end, Fd write_end, size_t message_bytes)
      : read_end_(std::move(read_end)),
        write_end_(std::move(write_end)),
        in_(message_bytes),
        thread_([this] { Loop(); }) {}

  void Loop() {
    size_t filled = 0;
    while (true) {
      const ssize_t count = read(read_end_.get(), in_.data() + filled, in_.capacity() - filled);
      if (count < 0 && errno == EINTR) continue;
      filled += count > 0 ? static_cast<size_t>(count) : 0;
      if (filled == in_.capacity() || (count <= 0 && filled != 0)) Squeeze(std::exchange(filled, 0));
      if (count <= 0) return;
    }
  }
  void Squeeze(size_t size) {
    if (Result<> done = compressor_.Run(Bytes(in_.data(), size), out_); !done) status_ = done;
    bytes_ += static_cast<double>(out_.size());
  }

  Fd read_end_, write_end_;
  Buffer in_, out_;
  ship::Compressor compressor_{ship::Compression::kZstd};
  double bytes_ = 0;
  Result<> status_;
  std::thread thread_;  // last: it uses the others
};

// One poll by a daemon of its own.
Result<> PollOnce(const config::Config& config, Signals& signals, BpfPrograms& programs) {
  Daemon daemon(config, signals, programs);
  if (const auto error = daemon.Start()) return tl::unexpected(error->error);
  daemon.StartPolling();
  while (!daemon.finished() || !daemon.Drained(std::chrono::milliseconds(100))) {
    if (daemon.failed()) return Fail("the rows cannot be counted");
    if (const auto signal = signals.WaitSignal(std::chrono::milliseconds(100)))
      return Fail(fmt::format("stopped by signal {}", *signal));
  }
  daemon.Stop();
  return {};
}

}  // namespace

Result<FormatTotals> CountPolls(const config::Config& configured, const std::string& format, unsigned polls,
                                bool compress, Signals& signals, BpfPrograms& programs) {
  config::Config config = configured;
  config.marshal = format;
  config.dest = "null";
  config.max_loops = 1;
  config.poll_jitter_pct = 0;
  config.write_files = 0;
  config.prom_listen = "127.0.0.1:0";
  std::unique_ptr<Squeezer> squeezer;
  if (compress) {
    auto started = Squeezer::Start(config.envelope_flush_bytes != 0 ? config.envelope_flush_bytes : kMessageBytes);
    if (!started) return tl::unexpected(started.error());
    squeezer = std::move(*started);
    config.dest = "file:" + squeezer->Path();
    config.dest_file_rotate_bytes = 0;
    config.dest_file_rotate_age = {};
  }
  const double rows = Total("xtcp2_destination_rows_total"), bytes = Total("xtcp2_destination_bytes_total");
  for (unsigned i = 0; i < polls; ++i)
    if (Result<> done = PollOnce(config, signals, programs); !done) return tl::unexpected(done.error());
  FormatTotals out{format, Total("xtcp2_destination_rows_total") - rows,
                   Total("xtcp2_destination_bytes_total") - bytes};
  if (squeezer) {
    const Result<double> left = squeezer->Finish();
    if (!left) return tl::unexpected(left.error());
    out.zstd_bytes = *left;
  }
  return out;
}

std::string BytesText(double bytes) {
  constexpr const char* kUnits[] = {"B", "kB", "MB", "GB", "TB", "PB"};
  size_t unit = 0;
  for (; bytes >= 999.5 && unit + 1 < std::size(kUnits); ++unit) bytes /= 1000;
  return fmt::format("{:.{}f} {}", bytes, unit == 0 || bytes >= 99.95 ? 0 : bytes >= 9.995 ? 1 : 2, kUnits[unit]);
}

std::string EstimateText(const std::vector<FormatTotals>& formats, unsigned polls, const config::Config& config) {
  const double hourly = 3600 / std::chrono::duration<double>(config.poll_frequency).count();
  std::string out = fmt::format(
      "{} poll{} of this host for each format; one every {} is {:.6g} an hour\n\n"
      "{:22} {:>10} {:>9} {:>14} {:>11} {:>14} {:>11}\n{:22} {:>10} {:>9} {:>14} {:>11} {:>14} {:>11}\n",
      polls, polls == 1 ? "" : "s", config::DurationText(config.poll_frequency), hourly, "format", "rows", "bytes",
      "rows", "bytes", "rows", "bytes", "", "a poll", "a row", "an hour", "an hour", "a day", "a day");
  const auto line = [&](const std::string& name, double rows, double bytes) {
    const double per_poll = rows / polls, bytes_per_poll = bytes / polls;
    out += fmt::format("{:22} {:10.6g} {:9.1f} {:14.0f} {:>11} {:14.0f} {:>11}\n", name, per_poll,
                       rows == 0 ? 0 : bytes / rows, per_poll * hourly, BytesText(bytes_per_poll * hourly),
                       per_poll * hourly * 24, BytesText(bytes_per_poll * hourly * 24));
  };
  for (const FormatTotals& format : formats) {
    const bool configured = format.format == config.marshal;
    line(format.format + (configured ? " (yours)" : ""), format.rows, format.bytes);
    if (format.zstd_bytes != 0) line("  by zstd", format.rows, format.zstd_bytes);
  }
  return out;
}

}  // namespace xtcp2::app
