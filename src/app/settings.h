// From the configuration to what each part of the daemon is told. Pure functions; the only place that knows both sides.
#pragma once

#include "collect/row_sink.h"
#include "config/parse.h"
#include "daemon/poller.h"
#include "daemon/reader.h"
#include "serve/capabilities.h"
#include "ship/options.h"
#include "ship/spec.h"

namespace xtcp2::app {

// The attributes that are asked for and decoded: the enabled deserializers, as bits by attribute number.
uint64_t WantedAttributes(const config::Config& config);

daemon::ReadSettings MakeReadSettings(const config::Config& config);
daemon::PollerOptions MakePollerOptions(const config::Config& config);
daemon::NetnsScanOptions MakeScanOptions(const config::Config& config);
daemon::HostFacts MakeHostFacts(const config::Config& config);
Result<collect::SinkOptions> MakeSinkOptions(const config::Config& config);
// Bytes of a receive buffer: -packetSize times -packetSizeMply, at least what the kernel gives at once.
size_t ReceiveBuffer(const config::Config& config);
ship::ShipOptions MakeShipOptions(const config::Config& config);
CapabilityNeeds MakeCapabilityNeeds(const config::Config& config, const ship::DestSpec& dest);

// Reader threads: -goMaxProcs, at most what processors, affinity and quota allow.
unsigned ReaderCount(const config::Config& config);

}  // namespace xtcp2::app
