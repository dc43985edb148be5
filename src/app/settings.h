// From the configuration to what each part of the daemon is told. Pure functions; the only place that knows both sides.
#pragma once

#include <functional>

#include "bpf/walker.h"
#include "collect/dump_ring.h"
#include "collect/row_sink.h"
#include "config/parse.h"
#include "daemon/poller.h"
#include "daemon/reader.h"
#include "daemon/walk_audit.h"
#include "serve/capabilities.h"
#include "ship/options.h"
#include "ship/spec.h"

namespace xtcp2::app {

// The attributes that are asked for and decoded: the enabled deserializers, as bits by attribute number.
uint64_t WantedAttributes(const config::Config& config);

// -filter; the text was checked when the configuration was read.
filter::Filter MakeFilter(const config::Config& config);
// Asks the kernel what of a filter it can do itself.
daemon::ReadSettings MakeReadSettings(const config::Config& config);
collect::RingRunnerOptions MakeRingOptions(const config::Config& config);
daemon::PollerOptions MakePollerOptions(const config::Config& config);
daemon::NetnsScanOptions MakeScanOptions(const config::Config& config);
daemon::HostFacts MakeHostFacts(const config::Config& config);
Result<collect::SinkOptions> MakeSinkOptions(const config::Config& config);
// Bytes of a receive buffer: -packetSize times -packetSizeMply, at least what the kernel gives at once.
size_t ReceiveBuffer(const config::Config& config);
ship::ShipOptions MakeShipOptions(const config::Config& config);
ship::SpoolOptions MakeSpoolOptions(const config::Config& config);  // settings_spool.cc
// The walk in BPF with so many readers.
bpf::WalkOptions MakeWalkOptions(const config::Config& config, const daemon::ReadSettings& read, unsigned readers);
// `exit`: ends the daemon.
daemon::AuditOptions MakeAuditOptions(const config::Config& config, std::function<void()> exit);
CapabilityNeeds MakeCapabilityNeeds(const config::Config& config, std::span<const ship::DestSpec> dests);

// Threads beside the readers: main, poll, http, and one that looks names up; the ledger's where there may be one; and
// for each destination one, and those of its library.
unsigned OtherThreads(const config::Config& config);
// Descriptors that the process may have open.
size_t DescriptorLimit();

// Reader threads that are wanted: -goMaxProcs, at most what processors, affinity and quota allow.
unsigned WantedReaders(const config::Config& config);
// Those that there will be: as many, and at most what -maxThreads leaves; 0: it leaves none.
unsigned ReaderCount(const config::Config& config);

}  // namespace xtcp2::app
