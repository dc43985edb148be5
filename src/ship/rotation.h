// Names of rotated files: path.<UTC time>[.n], as in rows.pb.20261124T131500Z or rows.pb.20261124T131500Z.2. Renaming,
// and removing the oldest. Touches the file system only; the shipping thread's.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace xtcp2::ship {

// Renames `path` to its rotated name for the wall-clock time given; never replaces a file. The new name.
Result<std::string> RotateAway(const std::string& path, int64_t realtime_ns);

// The rotated files of `path`, oldest first.
Result<std::vector<std::string>> RotatedFiles(const std::string& path);

// Removes all but the newest `keep` (0: none is removed). How many were removed.
Result<size_t> RemoveOldest(const std::string& path, uint32_t keep);

}  // namespace xtcp2::ship
