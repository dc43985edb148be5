#include "spool/folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <memory>

#include "spool/layout.h"

namespace xtcp2::spool {
namespace {

constexpr std::string_view kSuffix = ".seg";
constexpr size_t kDigits = 16;
constexpr uint64_t kMarkMagic = 0x316B72616D707378;  // "xspmark1"

Result<> MakeFolders(const std::string& path, const std::optional<Owner>& owner) {
  for (size_t slash = path.find('/', 1);; slash = path.find('/', slash + 1)) {
    const std::string part = path.substr(0, slash);
    const bool made = mkdir(part.c_str(), 0700) == 0;
    if (!made && errno != EEXIST) return FailErrno("making the spool's folder " + part);
    if (made && owner && chown(part.c_str(), owner->user, owner->group) != 0)
      return FailErrno("giving the spool's folder " + part + " to -user");
    if (slash == std::string::npos) return {};
  }
}

std::string HolderOf(int lock) {
  std::array<char, 64> text{};
  const ssize_t size = pread(lock, text.data(), text.size() - 1, 0);
  std::string holder(text.data(), size > 0 ? static_cast<size_t>(size) : 0);
  while (!holder.empty() && std::isdigit(static_cast<unsigned char>(holder.back())) == 0) holder.pop_back();
  return holder.empty() ? "another process" : "process " + holder;
}

Result<Fd> Lock(int folder, const std::string& path) {
  Fd lock(openat(folder, "lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock.ok()) return FailErrno("opening " + path + "/lock");
  if (flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return FailErrno("locking " + path + "/lock");
    return Fail(
        fmt::format("the spool {} is in use by {}: two daemons cannot share one; stop the other, or give each its "
                    "own -spoolDir",
                    path, HolderOf(lock.get())));
  }
  const std::string pid = fmt::format("{}\n", getpid());
  if (ftruncate(lock.get(), 0) != 0 || pwrite(lock.get(), pid.data(), pid.size(), 0) < 0) {
    // A full disk: the lock holds all the same, only its message will not say who has it.
  }
  return lock;
}

std::optional<uint64_t> NumberOf(std::string_view name) {
  if (name.size() != kDigits + kSuffix.size() || !name.ends_with(kSuffix)) return {};
  const char* const first = name.data();
  const char* const last = first + kDigits;
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(first, last, number, 16);
  if (error != std::errc() || end != last) return {};
  return number;
}

}  // namespace

std::string Folder::NameOf(uint64_t number) const { return fmt::format("{:016x}{}", number, kSuffix); }

Result<Folder> Folder::Open(const std::string& path, const std::optional<Owner>& owner) {
  if (const Result<> made = MakeFolders(path, owner); !made) return tl::unexpected(made.error());
  Fd folder(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.ok()) return FailErrno("opening the spool's folder " + path);
  Result<Fd> lock = Lock(folder.get(), path);
  if (!lock) return tl::unexpected(lock.error());
  Folder opened(path, std::move(folder), std::move(*lock));
  if (owner)
    if (const Result<> given = opened.GiveTo(*owner); !given) return tl::unexpected(given.error());
  return opened;
}

// Also what lives before left as somebody else.
Result<> Folder::GiveTo(const Owner& owner) const {
  const Result<std::vector<File>> segments = List();
  if (!segments) return tl::unexpected(segments.error());
  std::vector<std::string> names = {"lock", "mark", "mark.new"};
  for (const File& file : *segments) names.push_back(NameOf(file.number));
  for (const std::string& name : names)
    if (fchownat(folder_.get(), name.c_str(), owner.user, owner.group, AT_SYMLINK_NOFOLLOW) != 0 && errno != ENOENT)
      return FailErrno(fmt::format("giving {}/{} to -user", path_, name));
  if (fchown(folder_.get(), owner.user, owner.group) != 0) return FailErrno("giving " + path_ + " to -user");
  return {};
}

Result<std::vector<Folder::File>> Folder::List() const {
  const int fd = openat(folder_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const std::unique_ptr<DIR, int (*)(DIR*)> dir(fd < 0 ? nullptr : fdopendir(fd), closedir);
  if (!dir) return FailErrno("reading the spool's folder " + path_);
  std::vector<File> files;
  while (const dirent* entry = readdir(dir.get())) {
    const auto number = NumberOf(entry->d_name);
    struct stat status;
    if (!number || fstatat(folder_.get(), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0) continue;
    if (S_ISREG(status.st_mode)) files.push_back({*number, static_cast<uint64_t>(status.st_size)});
  }
  std::sort(files.begin(), files.end(), [](const File& a, const File& b) { return a.number < b.number; });
  return files;
}

Result<Fd> Folder::Create(uint64_t number) const {
  const std::string name = NameOf(number);
  Fd fd(openat(folder_.get(), name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!fd.ok()) return FailErrno(fmt::format("making {}/{}", path_, name));
  return fd;
}

Result<Fd> Folder::OpenToRead(uint64_t number) const {
  const std::string name = NameOf(number);
  Fd fd(openat(folder_.get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!fd.ok()) return FailErrno(fmt::format("opening {}/{}", path_, name));
  return fd;
}

Result<> Folder::Remove(uint64_t number) const {
  const std::string name = NameOf(number);
  if (unlinkat(folder_.get(), name.c_str(), 0) != 0 && errno != ENOENT)
    return FailErrno(fmt::format("removing {}/{}", path_, name));
  return {};
}

Result<> Folder::Sync() const {
  if (fsync(folder_.get()) != 0) return FailErrno("syncing " + path_);
  return {};
}

Result<> Folder::WriteMark(const Mark& mark) const {
  std::array<uint8_t, 32> bytes;
  Store<uint64_t>(bytes.data(), kMarkMagic);
  Store<uint64_t>(bytes.data() + 8, mark.segment);
  Store<uint64_t>(bytes.data() + 16, mark.offset);
  Store<uint64_t>(bytes.data() + 24, Hash(Bytes(bytes).first(24)));
  const Fd fd(openat(folder_.get(), "mark.new", O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!fd.ok() || write(fd.get(), bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()))
    return FailErrno(fmt::format("writing {}/mark.new", path_));
  if (renameat(folder_.get(), "mark.new", folder_.get(), "mark") != 0)
    return FailErrno(fmt::format("renaming {}/mark.new", path_));
  return {};
}

std::optional<Mark> Folder::ReadMark() const {
  std::array<uint8_t, 32> bytes;
  const Fd fd(openat(folder_.get(), "mark", O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!fd.ok() || read(fd.get(), bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) return {};
  if (Load<uint64_t>(bytes.data()) != kMarkMagic || Load<uint64_t>(bytes.data() + 24) != Hash(Bytes(bytes).first(24)))
    return {};
  return Mark{Load<uint64_t>(bytes.data() + 8), Load<uint64_t>(bytes.data() + 16)};
}

std::optional<Folder::Space> Folder::GetSpace() const {
  struct statvfs status;
  if (fstatvfs(folder_.get(), &status) != 0) return {};
  return Space{status.f_blocks * status.f_frsize, status.f_bavail * status.f_frsize};
}

std::string FolderName(std::string_view redacted) {
  constexpr size_t kReadable = 60;
  std::string name;
  for (const char c : redacted.substr(0, kReadable)) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '_';
    if (plain && !(name.empty() && c == '.')) name += c;
    if (!plain && !name.empty() && name.back() != '-') name += '-';
  }
  while (name.ends_with('-')) name.pop_back();
  return fmt::format("{}-{:016x}", name.empty() ? "spool" : name, Hash(AsBytes(redacted)));
}

}  // namespace xtcp2::spool
