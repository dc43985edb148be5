// For the tests of this folder: batches whose rows are numbered, framings, a folder that removes itself, waiting for
// conditions, and reading counters. Rows are {"n":<number>,"p":"xxx"}\n, with the tag and length of an Envelope row in
// front for protobufList.
#pragma once

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <random>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/fd.h"
#include "base/metrics.h"
#include "base/temp_dir_for_test.h"
#include "encode/batch.h"
#include "encode/framing.h"
#include "ship/destinations.h"
#include "ship/ring_writer.h"
#include "ship/shipper.h"

namespace xtcp2::ship::test {

using std::chrono::milliseconds;

// What a test cannot go on without.
[[noreturn]] inline void Die(const std::string& why) {
  std::fprintf(stderr, "%s\n", why.c_str());
  std::abort();
}

// main ignores it in the daemon.
inline const bool sigpipe_ignored = std::signal(SIGPIPE, SIG_IGN) != SIG_ERR;

inline encode::Framing Jsonl() { return {"jsonl", encode::FrameKind::kPlain, "", "application/x-ndjson"}; }
inline encode::Framing Csv() { return {"csv", encode::FrameKind::kPlain, "n,p\n", "text/csv"}; }
inline encode::Framing ProtobufList() {
  return {"protobufList", encode::FrameKind::kVarint, "", "application/octet-stream"};
}
inline encode::Framing ProtoJson() { return {"protoJson", encode::FrameKind::kJsonRows, "", "application/json"}; }

inline void PutVarint(std::string& out, uint64_t value) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
  out += static_cast<char>(value);
}

inline std::string RowText(size_t number, size_t padding) {
  return "{\"n\":" + std::to_string(number) + ",\"p\":\"" + std::string(padding, 'x') + "\"}";
}

inline void AddRow(encode::Batch& batch, const encode::Framing& framing, size_t number, size_t padding) {
  std::string row = RowText(number, padding);
  if (framing.kind == encode::FrameKind::kVarint) {
    std::string head = "\x52";
    PutVarint(head, row.size());
    row = head + row;
  } else {
    row += framing.kind == encode::FrameKind::kJsonRows ? "," : "\n";
  }
  batch.rows.Append(row);
  batch.row_end.push_back(static_cast<uint32_t>(batch.rows.size()));
}

inline encode::PooledBatch MakeBatch(encode::BatchPool& pool, const encode::Framing& framing, size_t first,
                                     size_t count, size_t padding = 20) {
  encode::PooledBatch batch = pool.Take();
  for (size_t i = 0; i < count; ++i) AddRow(*batch, framing, first + i, padding);
  return batch;
}

// The row numbers in `text`, in order, however the rows are framed; a row that is cut off does not count.
inline std::vector<size_t> NumbersIn(const std::string& text) {
  std::vector<size_t> numbers;
  for (size_t at = text.find("{\"n\":"); at != std::string::npos; at = text.find("{\"n\":", at + 1)) {
    const size_t end = text.find("\"}", at);
    if (end == std::string::npos) break;
    numbers.push_back(std::stoul(text.substr(at + 5)));
  }
  return numbers;
}
inline std::vector<size_t> FromTo(size_t first, size_t last) {
  std::vector<size_t> numbers;
  for (size_t i = first; i <= last; ++i) numbers.push_back(i);
  return numbers;
}

// Reads varint-prefixed pieces (frames of protobufList, messages of a unix stream) until one is not whole.
inline std::vector<std::string> WholeFrames(const std::string& stream) {
  std::vector<std::string> frames;
  for (size_t at = 0; at < stream.size();) {
    uint64_t length = 0;
    for (int shift = 0;; shift += 7) {
      if (at == stream.size()) return frames;
      const auto byte = static_cast<uint8_t>(stream[at++]);
      length |= uint64_t{byte & 0x7fu} << shift;
      if (byte < 0x80) break;
    }
    if (stream.size() - at < length) return frames;
    frames.push_back(stream.substr(at, length));
    at += length;
  }
  return frames;
}

inline bool Eventually(const std::function<bool()>& condition, milliseconds timeout = milliseconds(10'000)) {
  const auto end = std::chrono::steady_clock::now() + timeout;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return condition();
    std::this_thread::sleep_for(milliseconds(1));
  }
  return true;
}

inline std::string ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

// How far a counter went since this object was made: the registry is the process's, and other tests count as well.
class Delta {
 public:
  Delta(const std::string& name, const Labels& labels)
      : counter_(Metrics::Global().AddCounter(name, "", labels)), before_(counter_.Value()) {}
  uint64_t operator()() const { return counter_.Value() - before_; }

 private:
  Counter& counter_;
  uint64_t before_;
};
inline Delta RowsSent(const std::string& scheme) { return {"xtcp2_destination_rows_total", {{"destination", scheme}}}; }
inline Delta RowsDropped(const std::string& scheme, const std::string& reason) {
  return {"xtcp2_destination_dropped_rows_total", {{"destination", scheme}, {"reason", reason}}};
}
inline Delta BatchesDropped(const std::string& scheme, const std::string& reason) {
  return {"xtcp2_destination_dropped_batches_total", {{"destination", scheme}, {"reason", reason}}};
}
inline Delta ErrorsOf(const std::string& scheme, const std::string& kind) {
  return {"xtcp2_destination_errors_total", {{"destination", scheme}, {"kind", kind}}};
}

// Why no io_uring can be had here; empty: it can.
inline std::string WhyNoRing() {
  const auto made = RingWriter::Make(uring::Calls::Kernel());
  return made ? "" : made.error().Text();
}

// Short times, so that whatever waits for one is tested within milliseconds.
inline ShipOptions Quick(bool ring = false) {
  ShipOptions options;
  options.backoff_first_ms = 2;
  options.backoff_longest_ms = 20;
  options.connect_timeout_ms = 1'000;
  options.write_timeout_ms = 2'000;
  options.settle_ms = 100;
  options.http_timeout_ms = 3'000;
  options.io_uring = options.io_uring_require = ring;
  return options;
}

inline DestSpec Spec(const std::string& text) {
  auto spec = ParseDest(text);
  if (!spec) Die(spec.error().Text());
  return *spec;
}

inline std::unique_ptr<Shipper> MakeShipper(const std::string& dest, const encode::Framing& framing,
                                            const ShipOptions& options, Shipper::FatalCallback on_fatal = {}) {
  const DestSpec spec = Spec(dest);
  auto destination = MakeDestination(spec, framing, options);
  if (!destination) Die(destination.error().Text());
  return std::make_unique<Shipper>(std::move(*destination), spec, options, std::move(on_fatal));
}

}  // namespace xtcp2::ship::test
