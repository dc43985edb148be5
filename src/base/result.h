// A value, or what was being done and why it failed. Environment failures (EPERM, a broker away) travel as Result to
// the one place that can decide; malformed kernel data is counted where it is met; a bug aborts with a sentence (see
// check.h). Nothing throws.
#pragma once

#include <cerrno>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace xtcp2 {

// What was being done, and the errno it failed with (0 where no system call was involved).
struct Error {
  std::string what;
  int code = 0;

  // "opening /x: Permission denied", or `what` alone where code is 0.
  std::string Text() const;
};

template <class T = void>
using Result = tl::expected<T, Error>;

// An unexpected value for `return Fail("opening " + path, errno);`.
inline tl::unexpected<Error> Fail(std::string what, int code = 0) {
  return tl::unexpected<Error>(Error{std::move(what), code});
}

// The same, taking errno as it stands now.
inline tl::unexpected<Error> FailErrno(std::string what) { return Fail(std::move(what), errno); }

// The text of an errno value; thread-safe.
std::string ErrnoText(int code);

}  // namespace xtcp2
