// The folder of one spool: its lock, its segment files, the mark of how far it was read, and the room on its disk. All
// calls are relative to the descriptor of the folder, so that it may be renamed meanwhile. Not thread-safe.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "spool/options.h"

namespace xtcp2::spool {

// A place in the stream of records: everything before it in that segment was delivered.
struct Mark {
  uint64_t segment = 0;
  uint64_t offset = 0;
  bool operator==(const Mark&) const = default;
};

class Folder {
 public:
  // Makes the folder (0700, with its parents) and locks it; an error names it, and who has it.
  static Result<Folder> Open(const std::string& path, const std::optional<Owner>& owner);

  const std::string& path() const { return path_; }

  struct File {
    uint64_t number, size;
  };
  // The segments, by number. Files of other names are left alone.
  Result<std::vector<File>> List() const;
  Result<Fd> Create(uint64_t number) const;  // 0600; there must be none
  Result<Fd> OpenToRead(uint64_t number) const;
  Result<> Remove(uint64_t number) const;
  // Makes what was created or removed last, also after a power cut.
  Result<> Sync() const;

  // Replaces the mark as a whole, or not at all. It is not synced: an older one only means that rows come twice.
  Result<> WriteMark(const Mark& mark) const;
  std::optional<Mark> ReadMark() const;  // nothing when there is none, or it is damaged

  struct Space {
    uint64_t total, available;  // bytes; of the latter to everyone
  };
  std::optional<Space> GetSpace() const;

 private:
  Result<> GiveTo(const Owner& owner) const;
  Folder(std::string path, Fd folder, Fd lock)
      : path_(std::move(path)), folder_(std::move(folder)), lock_(std::move(lock)) {}
  std::string NameOf(uint64_t number) const;

  std::string path_;
  Fd folder_, lock_;
};

// "tcp-127.0.0.1-9000-1f2e3d4c5b6a7988" for a destination as it may be shown: readable, and no two alike.
std::string FolderName(std::string_view redacted);

}  // namespace xtcp2::spool
