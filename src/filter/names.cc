#include "filter/names.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <mntent.h>
#include <netdb.h>

#include <array>
#include <cstdio>
#include <cstring>
#include <memory>

namespace xtcp2::filter {
namespace {

std::optional<uint16_t> SystemService(const std::string& name) {
  servent entry{};
  servent* found = nullptr;
  std::array<char, 2048> room{};
  if (getservbyname_r(name.c_str(), "tcp", &entry, room.data(), room.size(), &found) != 0 || !found) return {};
  return ntohs(static_cast<uint16_t>(found->s_port));
}

// The kernel's id of a group is what its folder's file handle consists of (kernfs); also before 5.5, when it was not
// yet the inode number. 0 where the folder is not there or of another file system; errno says why.
uint64_t HandleOf(const std::string& path) {
  struct {
    file_handle head;
    unsigned char bytes[sizeof(uint64_t)];
  } handle{};
  handle.head.handle_bytes = sizeof handle.bytes;
  int mount = 0;
  if (name_to_handle_at(AT_FDCWD, path.c_str(), &handle.head, &mount, 0) != 0) return 0;
  if (handle.head.handle_bytes != sizeof handle.bytes) {
    errno = EMEDIUMTYPE;
    return 0;
  }
  uint64_t id = 0;
  std::memcpy(&id, handle.bytes, sizeof id);
  return id;
}

std::string UnifiedMount(const std::string& mounts) {
  const std::unique_ptr<FILE, int (*)(FILE*)> file(setmntent(mounts.c_str(), "re"), endmntent);
  if (!file) return "";
  mntent entry{};
  std::array<char, 4096> room{};
  while (getmntent_r(file.get(), &entry, room.data(), static_cast<int>(room.size())))
    if (std::strcmp(entry.mnt_type, "cgroup2") == 0) return entry.mnt_dir;
  return "";
}

}  // namespace

Result<uint64_t> CgroupId(const std::string& path, const std::string& mounts) {
  const std::string mount = UnifiedMount(mounts);
  if (mount.empty())
    return Fail("no unified hierarchy of control groups (cgroup2) is mounted here; give the group's id");
  // A folder elsewhere has a handle as well, which is no group's.
  const bool inside = path == mount || path.starts_with(mount + "/");
  const std::string folder = inside ? path : mount + (path.starts_with('/') ? "" : "/") + path;
  const uint64_t id = HandleOf(folder);
  if (!id) return FailErrno("no control group " + folder);
  return id;
}

const Names& SystemNames() {
  static const Names names{SystemService, [](const std::string& path) { return CgroupId(path); }};
  return names;
}

}  // namespace xtcp2::filter
