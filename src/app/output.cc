#include "app/output.h"

#include "base/metrics.h"
#include "outlets/outlets.h"

namespace xtcp2::app {
namespace {

void ShowPool(const std::shared_ptr<encode::BatchPool>& pool) {
  static const auto gauge = [](const char* name, const char* help) -> Gauge& {
    return Metrics::Global().AddGauge(name, help, {{"pool", "batches"}});
  };
  Gauge& hits = gauge("xtcp2_pool_hits", "Objects that a pool had ready when one was wanted, since the start.");
  Gauge& misses = gauge("xtcp2_pool_misses", "Objects that had to be made, since the start.");
  Gauge& most = gauge("xtcp2_pool_high_water", "The most objects that were out at once.");
  Gauge& idle = gauge("xtcp2_pool_idle", "Objects that are ready.");
  Metrics::Global().OnScrape([&, weak = std::weak_ptr(pool)] {
    const auto alive = weak.lock();
    if (!alive) return;
    const auto stats = alive->GetStats();
    hits.Set(static_cast<double>(stats.hits));
    misses.Set(static_cast<double>(stats.misses));
    most.Set(static_cast<double>(stats.high_water));
    idle.Set(static_cast<double>(stats.idle));
  });
}

}  // namespace

Result<std::unique_ptr<Output>> Output::Start(const ship::DestSpec& spec, const encode::Framing& framing,
                                              const ship::ShipOptions& options, ship::Shipper::FatalCallback on_fatal) {
  Result<std::unique_ptr<ship::Destination>> destination = outlets::MakeDestination(spec, framing, options);
  if (!destination) return tl::unexpected(destination.error());
  std::unique_ptr<Output> output(new Output);
  output->shipper_ = std::make_unique<ship::Shipper>(std::move(*destination), spec, options, std::move(on_fatal));
  ShowPool(output->pool_);
  return output;
}

}  // namespace xtcp2::app
