// Becoming another user for good (-user): every thread of the process, all its user and group ids, its supplementary
// groups, and every capability. To be done once, by the main thread, when listeners are bound, files opened, BPF
// programs loaded and readers started: what is open stays open.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace xtcp2 {

struct User {
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups = {};  // supplementary ones; with an explicit group only that
  std::string name = {};           // as it was given, for messages

  // Whether the calling process has these ids already, real, effective and saved.
  bool IsOurs() const;
};

// NAME or UID, with :GROUP or :GID where another than the user's own group is wanted. A number that has no account
// needs its group named. Errors name what is unknown and what is allowed.
Result<User> FindUser(std::string_view text);

// What the user could do with a file: whether it may be read; whether it may be written and, with its folder, created
// and renamed. Asked of the kernel by a child that becomes that user; call it before there are threads.
bool UserMayRead(const User& user, const std::string& path);
bool UserMayRewrite(const User& user, const std::string& path);

// Every thread becomes `user`. Errors: no right to (CAP_SETUID, CAP_SETGID, not mapped in this user namespace); a
// thread that is not the C library's and did not follow, by name. Capabilities that this leaves (the process was not
// root's) are DropCapabilities()'s to drop: call that next, with CapabilityNeeds::becomes_user.
Result<> BecomeUser(const User& user);

}  // namespace xtcp2
