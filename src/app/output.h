// The way out of the daemon: the pool of batches, the shipper behind it, and what readers see of both.
#pragma once

#include <functional>
#include <memory>

#include "collect/row_sink.h"
#include "ship/shipper.h"

namespace xtcp2::app {

class Output final : public collect::BatchOutput {
 public:
  // Makes the destination and its thread. An error says why it cannot be used at all.
  static Result<std::unique_ptr<Output>> Start(const ship::DestSpec& spec, const encode::Framing& framing,
                                               const ship::ShipOptions& options, ship::Shipper::FatalCallback on_fatal);

  encode::PooledBatch TakeBatch() override { return pool_->Take(); }
  bool Push(encode::PooledBatch batch) override { return shipper_->Push(std::move(batch)); }
  ship::Shipper& shipper() { return *shipper_; }

 private:
  Output() = default;
  static constexpr size_t kIdleBatches = 16;
  // Before shipper_, which returns what it holds; shared with the gauges, which may be asked when this is gone.
  const std::shared_ptr<encode::BatchPool> pool_ = std::make_shared<encode::BatchPool>(kIdleBatches);
  std::unique_ptr<ship::Shipper> shipper_;
};

}  // namespace xtcp2::app
