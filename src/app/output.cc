#include "app/output.h"

#include "ship/destinations.h"

namespace xtcp2::app {

Result<std::unique_ptr<Output>> Output::Start(const ship::DestSpec& spec, const encode::Framing& framing,
                                              const ship::ShipOptions& options, ship::Shipper::FatalCallback on_fatal) {
  Result<std::unique_ptr<ship::Destination>> destination = ship::MakeDestination(spec, framing, options);
  if (!destination) return tl::unexpected(destination.error());
  std::unique_ptr<Output> output(new Output);
  output->shipper_ = std::make_unique<ship::Shipper>(std::move(*destination), spec, options, std::move(on_fatal));
  return output;
}

}  // namespace xtcp2::app
