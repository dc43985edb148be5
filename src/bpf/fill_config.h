// What fill.bpf.h is told about the running kernel: the tick, rules that changed between releases, and where congestion
// modules keep their state. Any program that includes fill.bpf.h gets it into its ".rodata.config" before loading.
#pragma once

#include "base/result.h"
#include "bpf/fill_config.bpf.h"

struct bpf_object;

namespace xtcp2::bpf {

// From the kernel's type information (`btf_path` empty: the running kernel's, with its modules') and clock. Fails where
// there is no type information.
Result<xtcp2_fill_config> ReadFillConfig(const std::string& btf_path = {});

// Writes it into an opened, not yet loaded object.
Result<> SetFillConfig(bpf_object* object, const xtcp2_fill_config& config);

}  // namespace xtcp2::bpf
