#include "bpf/fill_config.h"

#include <time.h>

#include <cstring>

#include "bpf/kernel_types.h"
#include "bpf/object.h"

namespace xtcp2::bpf {

namespace {

// CLOCK_MONOTONIC_COARSE advances by one tick: exact, and needs no kernel configuration to be readable.
uint32_t TicksPerSecond() {
  timespec resolution{};
  if (clock_getres(CLOCK_MONOTONIC_COARSE, &resolution) != 0 || resolution.tv_nsec <= 0) return 0;
  return static_cast<uint32_t>((1000000000 + resolution.tv_nsec / 2) / resolution.tv_nsec);
}

// Sets `out`, which has as many members as names, from the structure's; all or none.
bool Offsets(const btf* types, const char* structure, std::initializer_list<const char*> names, uint32_t* out) {
  for (const char* name : names) {
    const auto bit = MemberBit(types, structure, name);
    if (!bit) return false;
    *out++ = *bit;
  }
  return true;
}

void ReadModules(btf* kernel, xtcp2_fill_config& config) {
  const Types bbr = ReadModuleTypes("tcp_bbr", kernel), dctcp = ReadModuleTypes("tcp_dctcp", kernel),
              vegas = ReadModuleTypes("tcp_vegas", kernel);
  // bw is a struct minmax, of which minmax_get() takes s[0].v.
  const auto in_sample = MemberBit(kernel, "minmax_sample", "v");
  config.bbr.known = in_sample && Offsets(bbr ? bbr.get() : kernel, "bbr",
                                          {"min_rtt_us", "bw", "lt_use_bw", "lt_bw", "pacing_gain", "cwnd_gain"},
                                          &config.bbr.min_rtt_us);
  config.bbr.bw += in_sample.value_or(0);
  config.dctcp.known =
      Offsets(dctcp ? dctcp.get() : kernel, "dctcp", {"old_delivered", "old_delivered_ce", "dctcp_alpha", "ce_state"},
              &config.dctcp.old_delivered);
  config.vegas.known = Offsets(vegas ? vegas.get() : kernel, "vegas",
                               {"doing_vegas_now", "cntRTT", "baseRTT", "minRTT"}, &config.vegas.doing_vegas_now);
}

}  // namespace

Result<xtcp2_fill_config> ReadFillConfig(const std::string& btf_path) {
  auto types = ReadTypes(btf_path);
  if (!types) return tl::unexpected(types.error());
  xtcp2_fill_config config{};
  config.hz = TicksPerSecond();
  if (config.hz == 0) return FailErrno("asking for the kernel's tick (CLOCK_MONOTONIC_COARSE)");
  config.tick_ms = 1000 % config.hz == 0 ? 1000 / config.hz : 0;
  config.tick_us = 1000000 / config.hz;
  config.uid_from_inode = HasFunction(types->get(), "sock_i_uid");
  config.ato_capped = HasFunction(types->get(), "tcp_delack_max");
  ReadModules(types->get(), config);
  return config;
}

Result<> SetFillConfig(bpf_object* object, const xtcp2_fill_config& config) {
  bpf_map* map = bpf_object__find_map_by_name(object, ".rodata.config");
  if (map == nullptr || bpf_map__set_initial_value(map, &config, sizeof config) != 0) {
    return Fail(std::string("the BPF object ") + bpf_object__name(object) + " takes no configuration of this size");
  }
  return {};
}

}  // namespace xtcp2::bpf
