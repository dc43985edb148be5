#include "ship/rotation.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdio.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <ctime>
#include <filesystem>
#include <optional>

#include "base/clock.h"

namespace xtcp2::ship {
namespace {

namespace fs = std::filesystem;

std::string Stamp(int64_t realtime_ns) {
  const time_t seconds = realtime_ns / kNsPerSecond;
  tm utc;
  gmtime_r(&seconds, &utc);
  char text[32];
  return {text, strftime(text, sizeof text, "%Y%m%dT%H%M%SZ", &utc)};
}

// ("20261124T131500Z", 2) out of "20261124T131500Z.2"; nothing when the text is no such suffix.
using Age = std::pair<std::string, unsigned>;
std::optional<Age> ParseSuffix(const std::string& suffix) {
  constexpr std::string_view kForm = "########T######Z";
  if (suffix.size() < kForm.size()) return std::nullopt;
  for (size_t i = 0; i < kForm.size(); ++i)
    if (kForm[i] == '#' ? suffix[i] < '0' || suffix[i] > '9' : suffix[i] != kForm[i]) return std::nullopt;
  size_t at = kForm.size();
  Age age{suffix.substr(0, at), 0};
  if (at == suffix.size()) return age;
  if (suffix[at++] != '.' || at == suffix.size()) return std::nullopt;
  const char* const end = suffix.data() + suffix.size();
  const auto [stop, error] = std::from_chars(suffix.data() + at, end, age.second);
  if (error != std::errc() || stop != end || age.second == 0) return std::nullopt;
  return age;
}

// rename that fails with EEXIST instead of replacing; where the file system cannot (EINVAL), by looking first.
int RenameFresh(const std::string& from, const std::string& to) {
  if (renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS) return -1;
  if (access(to.c_str(), F_OK) == 0) {
    errno = EEXIST;
    return -1;
  }
  return rename(from.c_str(), to.c_str());
}

// The rotated files of `path` with their ages, oldest first.
Result<std::vector<std::pair<Age, std::string>>> FindRotated(const std::string& path) {
  const fs::path whole(path);
  const fs::path folder = whole.has_parent_path() ? whole.parent_path() : fs::path(".");
  const std::string prefix = whole.filename().string() + ".";
  std::vector<std::pair<Age, std::string>> found;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    const std::string name = at->path().filename().string();
    if (!name.starts_with(prefix)) continue;
    if (auto age = ParseSuffix(name.substr(prefix.size()))) found.emplace_back(*age, at->path().string());
  }
  if (error) return Fail(fmt::format("looking for rotated files in {}", folder.string()), error.value());
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace

Result<std::string> RotateAway(const std::string& path, int64_t realtime_ns) {
  const std::string stamp = Stamp(realtime_ns);
  // Behind every one of the same second, also where the first ones were removed already: names must sort by age.
  unsigned n = 0;
  if (const auto found = FindRotated(path))
    for (const auto& [age, name] : *found)
      if (age.first == stamp) n = age.second + 1;
  for (const unsigned end = n + 1000; n < end; ++n) {
    std::string name = n == 0 ? fmt::format("{}.{}", path, stamp) : fmt::format("{}.{}.{}", path, stamp, n);
    if (RenameFresh(path, name) == 0) return name;
    if (errno != EEXIST) return FailErrno(fmt::format("renaming {} to {}", path, name));
  }
  return Fail(fmt::format("renaming {}: too many files of one second", path), EEXIST);
}

Result<std::vector<std::string>> RotatedFiles(const std::string& path) {
  auto found = FindRotated(path);
  if (!found) return tl::unexpected(found.error());
  std::vector<std::string> names;
  for (auto& [age, name] : *found) names.push_back(std::move(name));
  return names;
}

Result<size_t> RemoveOldest(const std::string& path, uint32_t keep) {
  if (keep == 0) return size_t{0};
  auto files = RotatedFiles(path);
  if (!files) return tl::unexpected(files.error());
  size_t removed = 0;
  for (; files->size() - removed > keep; ++removed)
    if (unlink((*files)[removed].c_str()) != 0) return FailErrno("removing " + (*files)[removed]);
  return removed;
}

}  // namespace xtcp2::ship
