// The way out of the daemon: every destination of -dest with its queue and thread, and for each distinct encoding of
// rows the batches that go to the destinations that want it so. What readers see of it is the sinks that it makes.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "collect/row_sink.h"
#include "collect/tee_sink.h"
#include "config/destinations.h"
#include "ship/shipper.h"

namespace xtcp2::app {

class Output final {
 public:
  struct StartError {
    Error error;
    bool usage;  // the configuration is at fault, not the host
  };
  // Makes the destinations and their threads. `all_failed`: called once, from a shipping thread, when the last of them
  // can never be used again; the error is that one's.
  static tl::expected<std::unique_ptr<Output>, StartError> Start(const config::Config& config,
                                                                 ship::Shipper::FatalCallback all_failed);
  ~Output();

  // Numbers the rows of one source, which the polls' readers are together, and the ledger is.
  std::shared_ptr<collect::RowCounters> NewSource() const;
  // A sink for one thread of a source: encodes each row once for every distinct encoding. Must not outlive the output.
  std::unique_ptr<collect::RowSink> MakeSink(const std::shared_ptr<collect::RowCounters>& source);
  // What rows are made of: the same for all encodings.
  const decode::LocateOptions& locate() const;

  void Reopen();
  // Waits until all have handed over or dropped what was pushed so far; false when `timeout` is over first.
  bool Drain(std::chrono::milliseconds timeout);
  void Stop(std::chrono::milliseconds deadline);
  std::optional<std::string> WhyNotReady() const;
  // Bytes that the fullest queue could still take before it is half full.
  size_t RoomToHalf() const;
  // For /status: each destination, how it stands and what became of its rows. JSON; any thread.
  std::string StatusJson() const;
  std::string Text() const;  // all destinations, redacted

 private:
  struct Outlet;
  struct Group;  // destinations that take the same rows in the same encoding
  Output();
  tl::expected<void, StartError> Add(const config::DestinationConfig& entry, bool alone);
  Result<Group*> GroupOf(const config::DestinationConfig& entry);
  void Failed(const Outlet& outlet, const Error& error);

  ship::Shipper::FatalCallback all_failed_;
  std::atomic<size_t> working_{0};
  // Groups hold the pools, to which shippers return batches.
  std::vector<std::unique_ptr<Group>> groups_;
  std::vector<std::unique_ptr<Outlet>> outlets_;
};

}  // namespace xtcp2::app
