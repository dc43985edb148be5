// Processes that the bench starts: forked ones that go on in the program's own code, with a pipe each way, and executed
// ones. Whoever holds the object ends the process with it. Main thread only; the program has no other thread then.
#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace xtcp2::bench {

// How a process ended, and what the kernel accounts to it and those it waited for.
struct ProcessEnd {
  int status = 0;  // as waitpid(2) gives it
  rusage use{};
  bool Good() const;
  std::string Text() const;  // "ended with exit code 2", "was killed by signal 9"
};

class Child {
 public:
  // `body` gets a descriptor to read what the parent says and one to answer; what it returns is the exit code.
  static Result<Child> Fork(const std::function<int(int from, int to)>& body);
  // Executes `argv` with nothing but `environment`; standard output and error go to the file `log`, which is emptied.
  static Result<Child> Execute(const std::vector<std::string>& argv, const std::vector<std::string>& environment,
                               const std::string& log);

  Child(Child&& other) noexcept;
  Child& operator=(Child&& other) noexcept;
  ~Child();  // kills and waits

  pid_t pid() const { return pid_; }
  // The next line the child says, without its end. An error when it ends before, or says nothing for `timeout_ms`.
  Result<std::string> ReadLine(int64_t timeout_ms);
  Result<> Say(const std::string& line);
  // Nothing while it runs. Afterwards always the same.
  std::optional<ProcessEnd> Ended();
  std::optional<ProcessEnd> WaitEnded(int64_t timeout_ms);
  void Signal(int number) const;
  void Kill();

 private:
  Child() = default;
  pid_t pid_ = -1;
  Fd from_, to_;
  std::string said_;
  std::optional<ProcessEnd> end_;
};

}  // namespace xtcp2::bench
