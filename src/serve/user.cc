#include "serve/user.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <charconv>
#include <fstream>
#include <memory>
#include <optional>

namespace xtcp2 {

namespace {

// Names may be numbers too, but a number means a number (as in chown(1) only where no such name exists).
std::optional<uint32_t> Number(std::string_view text) {
  uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value == UINT32_MAX) return std::nullopt;
  return value;
}

// Asks `get` (getpwnam_r and its like) with a buffer that is large enough; null: there is none.
template <class Entry, class Get>
Entry* Ask(Entry& entry, std::vector<char>& buffer, Get get) {
  Entry* found = nullptr;
  for (buffer.resize(1024); get(&entry, buffer.data(), buffer.size(), &found) == ERANGE && buffer.size() < 1 << 20;)
    buffer.resize(buffer.size() * 2);
  return found;
}

std::vector<gid_t> GroupsOf(const passwd& account) {
  int count = 64;
  std::vector<gid_t> groups(static_cast<size_t>(count));
  if (::getgrouplist(account.pw_name, account.pw_gid, groups.data(), &count) < 0) {
    groups.resize(static_cast<size_t>(count));
    ::getgrouplist(account.pw_name, account.pw_gid, groups.data(), &count);
  }
  groups.resize(static_cast<size_t>(count));
  return groups;
}

Result<gid_t> FindGroup(std::string_view text) {
  if (const auto number = Number(text)) return *number;
  group entry;
  std::vector<char> buffer;
  const std::string name(text);
  const group* found = Ask(entry, buffer, [&](auto... rest) { return ::getgrnam_r(name.c_str(), rest...); });
  if (found == nullptr)
    return Fail(
        fmt::format("-user: there is no group \"{}\" on this host; name one of /etc/group or give its number", name));
  return found->gr_gid;
}

// Runs in a child, which becomes `user` and exits with what `test` says.
template <class Test>
bool AsUser(const User& user, Test test) {
  const pid_t child = ::fork();
  if (child == 0) {
    const bool became = ::setgroups(user.groups.size(), user.groups.data()) == 0 &&
                        ::setresgid(user.gid, user.gid, user.gid) == 0 &&
                        ::setresuid(user.uid, user.uid, user.uid) == 0;
    ::_exit((became || user.IsOurs()) && test() ? 0 : 1);
  }
  int status = -1;
  while (child > 0 && ::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool Allowed(const std::string& path, int mode) { return ::faccessat(AT_FDCWD, path.c_str(), mode, AT_EACCESS) == 0; }

std::string FolderOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

Result<> Changed(int result, const User& user, const char* what) {
  if (result == 0) return {};
  const int code = errno;
  const char* remedy = code == EINVAL ? "that number has no place in this user namespace"
                                      : "it needs CAP_SETUID and CAP_SETGID: start xtcp2 as root, or as that user "
                                        "without -user";
  return Fail(fmt::format("-user {}: the {} cannot be changed: {}", user.name, what, remedy), code);
}

// "1000 1000 1000 1000" of a status line has only `id` in it.
bool AllAre(std::string_view line, uint32_t id) {
  const std::string wanted = fmt::format("{0}\t{0}\t{0}\t{0}", id);
  return line == wanted;
}

// The name of a thread that has other ids; empty: none has.
std::string WhoDidNotFollow(const User& user) {
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir("/proc/self/task"), ::closedir);
  while (const dirent* entry = folder ? ::readdir(folder.get()) : nullptr) {
    if (entry->d_name[0] == '.') continue;
    std::ifstream file(fmt::format("/proc/self/task/{}/status", entry->d_name));
    std::string name;
    bool same = true;
    for (std::string key, value; file >> key && std::getline(file >> std::ws, value);) {
      if (key == "Name:") name = value;
      if (key == "Uid:") same = same && AllAre(value, user.uid);
      if (key == "Gid:") same = same && AllAre(value, user.gid);
    }
    if (!same) return fmt::format("{} (\"{}\")", entry->d_name, name);
  }
  return folder ? "" : "of /proc/self/task, which cannot be read,";
}

}  // namespace

bool User::IsOurs() const {
  uid_t uids[3];
  gid_t gids[3];
  if (::getresuid(&uids[0], &uids[1], &uids[2]) != 0 || ::getresgid(&gids[0], &gids[1], &gids[2]) != 0) return false;
  for (int i = 0; i < 3; ++i)
    if (uids[i] != uid || gids[i] != gid) return false;
  return true;
}

Result<User> FindUser(std::string_view text) {
  const size_t colon = text.find(':');
  const std::string_view who = text.substr(0, colon);
  const auto number = Number(who);
  User user{.name = std::string(text)};
  passwd entry;
  std::vector<char> buffer;
  const std::string name(who);
  const passwd* account = Ask(entry, buffer, [&](auto... rest) {
    return number ? ::getpwuid_r(*number, rest...) : ::getpwnam_r(name.c_str(), rest...);
  });
  if (account == nullptr && !number)
    return Fail(
        fmt::format("-user: there is no user \"{}\" on this host; name one of /etc/passwd or give a number", name));
  if (account == nullptr && colon == std::string_view::npos)
    return Fail(fmt::format("-user {}: this number has no account, so its group is not known; give it as {}:GROUP",
                            name, name));
  user.uid = account != nullptr ? account->pw_uid : *number;
  if (colon == std::string_view::npos) {
    user.gid = account->pw_gid;
    user.groups = GroupsOf(*account);
    return user;
  }
  const Result<gid_t> group = FindGroup(text.substr(colon + 1));
  if (!group) return tl::unexpected(group.error());
  user.gid = *group;
  user.groups = {*group};
  return user;
}

bool UserMayRead(const User& user, const std::string& path) {
  return AsUser(user, [&] { return Allowed(path, R_OK); });
}

bool UserMayRewrite(const User& user, const std::string& path) {
  return AsUser(user, [&] { return Allowed(FolderOf(path), W_OK | X_OK) && (Allowed(path, W_OK) || errno == ENOENT); });
}

Result<> BecomeUser(const User& user) {
  // The C library makes each of these calls in every thread that it knows.
  const bool grouped = ::setgroups(user.groups.size(), user.groups.data()) == 0;
  if (!grouped && !user.IsOurs()) return Changed(-1, user, "groups");
  if (Result<> changed = Changed(::setresgid(user.gid, user.gid, user.gid), user, "group"); !changed) return changed;
  if (Result<> changed = Changed(::setresuid(user.uid, user.uid, user.uid), user, "user"); !changed) return changed;
  if (const std::string who = WhoDidNotFollow(user); !who.empty())
    return Fail(fmt::format("-user {}: thread {} did not become that user", user.name, who));
  return {};
}

}  // namespace xtcp2
