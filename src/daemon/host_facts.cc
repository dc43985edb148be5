#include "daemon/host_facts.h"

namespace xtcp2::daemon {

schema::Context ContextOf(const HostFacts& host, schema::Collector collector, unsigned reader, const PollRun& run) {
  schema::Context context = ContextOf(host, collector);
  context.timestamp_ns = run.timestamp_ns;
  context.sample_rate = run.sampler.rate();
  context.netlinker_id = reader;
  return context;
}

schema::Context ContextOf(const HostFacts& host, schema::Collector collector) {
  schema::Context context;
  context.schema_version = static_cast<uint32_t>(host.epoch);
  context.collector = collector;
  context.boot_id = host.boot_id;
  context.daemon_version = host.daemon_version;
  context.hostname = host.hostname;
  context.location = host.location;
  context.label = host.label;
  context.tag = host.tag;
  return context;
}

}  // namespace xtcp2::daemon
