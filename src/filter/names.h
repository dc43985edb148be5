// Where a filter's names become numbers: services and control groups, of this host, when the text is parsed. (Devices
// are looked up for each namespace, see Filter::WithDevices.) Tests and the fuzzer hand in names of their own.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/result.h"

namespace xtcp2::filter {

struct Names {
  // The TCP port of a service.
  std::function<std::optional<uint16_t>(const std::string& name)> service;
  // The id of a control group of the unified hierarchy (version 2).
  std::function<Result<uint64_t>(const std::string& path)> cgroup;
};

// getservbyname_r(3), and CgroupId() with this host's mounts.
const Names& SystemNames();

// The id of the group at `path`, as the kernel has it on a socket: a folder of the file system or, failing that, below
// the mount point of the unified hierarchy that `mounts` (in the format of /proc/self/mounts) names.
Result<uint64_t> CgroupId(const std::string& path, const std::string& mounts = "/proc/self/mounts");

}  // namespace xtcp2::filter
