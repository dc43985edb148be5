// For tests that change what a process is: runs a function in a child of its own, which the test can leave behind. Call
// it while no other thread runs.
#pragma once

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <string>

#include "base/fd.h"

namespace xtcp2 {

// What became of the child: what it wrote and its wait status.
struct ChildEnd {
  std::string text;
  int status = -1;
  int ExitCode() const { return WIFEXITED(status) ? WEXITSTATUS(status) : -1; }
};

// `body(fd)` runs in the child, may write to fd and ends with status 0 unless it ends otherwise. A child that hangs is
// killed by SIGALRM after a minute.
template <class Body>
ChildEnd RunInChild(Body body) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return {};
  const Fd read_end(ends[0]);
  Fd write_end(ends[1]);
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::alarm(60);
    body(write_end.get());
    ::_exit(0);
  }
  write_end.Close();
  ChildEnd end;
  char buffer[4096];
  for (ssize_t count; (count = ::read(read_end.get(), buffer, sizeof buffer)) > 0;)
    end.text.append(buffer, static_cast<size_t>(count));
  while (::waitpid(pid, &end.status, 0) < 0 && errno == EINTR) {
  }
  return end;
}

inline void WriteTo(int fd, const std::string& text) {
  [[maybe_unused]] const ssize_t written = ::write(fd, text.data(), text.size());
}

}  // namespace xtcp2
