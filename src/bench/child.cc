#include "bench/child.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <cstring>

#include "base/clock.h"

namespace xtcp2::bench {
namespace {

struct Pipe {
  Fd read_end, write_end;
};

Result<Pipe> MakePipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return FailErrno("making a pipe");
  return Pipe{Fd(ends[0]), Fd(ends[1])};
}

std::vector<char*> Pointers(const std::vector<std::string>& words) {
  std::vector<char*> out;
  for (const std::string& word : words) out.push_back(const_cast<char*>(word.c_str()));
  out.push_back(nullptr);
  return out;
}

void SleepMs(int64_t ms) {
  const timespec time{ms / 1000, ms % 1000 * kNsPerMs};
  nanosleep(&time, nullptr);
}

}  // namespace

bool ProcessEnd::Good() const { return WIFEXITED(status) && WEXITSTATUS(status) == 0; }

std::string ProcessEnd::Text() const {
  if (WIFEXITED(status)) return fmt::format("ended with exit code {}", WEXITSTATUS(status));
  return fmt::format("was killed by signal {}", WTERMSIG(status));
}

Result<Child> Child::Fork(const std::function<int(int, int)>& body) {
  Result<Pipe> down = MakePipe();
  Result<Pipe> up = MakePipe();
  if (!down || !up) return tl::unexpected(down ? up.error() : down.error());
  Child child;
  child.pid_ = fork();
  if (child.pid_ < 0) return FailErrno("starting a process");
  if (child.pid_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    down->write_end.Close();
    up->read_end.Close();
    _exit(body(down->read_end.get(), up->write_end.get()));
  }
  child.from_ = std::move(up->read_end);
  child.to_ = std::move(down->write_end);
  return child;
}

Result<Child> Child::Execute(const std::vector<std::string>& argv, const std::vector<std::string>& environment,
                             const std::string& log) {
  const Fd out(open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0644));
  if (!out.ok()) return FailErrno("opening " + log);
  const Fd in(open("/dev/null", O_RDONLY | O_CLOEXEC));
  const std::vector<char*> arguments = Pointers(argv), variables = Pointers(environment);
  Child child;
  child.pid_ = fork();
  if (child.pid_ < 0) return FailErrno("starting " + argv[0]);
  if (child.pid_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(in.get(), STDIN_FILENO);
    dup2(out.get(), STDOUT_FILENO);
    dup2(out.get(), STDERR_FILENO);
    execve(arguments[0], arguments.data(), variables.data());
    dprintf(STDERR_FILENO, "%s: %s\n", arguments[0], strerror(errno));
    _exit(127);
  }
  return child;
}

Child::Child(Child&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      from_(std::move(other.from_)),
      to_(std::move(other.to_)),
      said_(std::move(other.said_)),
      end_(other.end_) {}

Child& Child::operator=(Child&& other) noexcept {
  if (this == &other) return *this;
  Kill();
  pid_ = std::exchange(other.pid_, -1);
  from_ = std::move(other.from_);
  to_ = std::move(other.to_);
  said_ = std::move(other.said_);
  end_ = other.end_;
  return *this;
}

Child::~Child() { Kill(); }

Result<std::string> Child::ReadLine(int64_t timeout_ms) {
  const int64_t deadline = MonotonicNs() + timeout_ms * kNsPerMs;
  while (true) {
    if (const size_t line = said_.find('\n'); line != std::string::npos) {
      std::string out = said_.substr(0, line);
      said_.erase(0, line + 1);
      return out;
    }
    // Other children hold copies of the pipe's other end, so its end does not tell that the child has ended.
    pollfd wait{from_.get(), POLLIN, 0};
    if (poll(&wait, 1, 50) > 0) {
      char buffer[4096];
      const ssize_t count = read(from_.get(), buffer, sizeof buffer);
      if (count > 0) said_.append(buffer, static_cast<size_t>(count));
      if (count > 0) continue;
    }
    if (const auto end = Ended()) return Fail(fmt::format("a process of the load {}", end->Text()));
    if (MonotonicNs() > deadline) return Fail(fmt::format("a process of the load said nothing for {} ms", timeout_ms));
  }
}

Result<> Child::Say(const std::string& line) {
  const std::string text = line + "\n";
  if (write(to_.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
    return FailErrno("speaking to a process of the load");
  return {};
}

std::optional<ProcessEnd> Child::Ended() {
  if (end_ || pid_ < 0) return end_;
  ProcessEnd end;
  if (wait4(pid_, &end.status, WNOHANG, &end.use) == pid_) end_ = end;
  return end_;
}

std::optional<ProcessEnd> Child::WaitEnded(int64_t timeout_ms) {
  const int64_t deadline = MonotonicNs() + timeout_ms * kNsPerMs;
  while (!Ended() && MonotonicNs() < deadline) SleepMs(1);
  return end_;
}

void Child::Signal(int number) const {
  if (pid_ > 0 && !end_) kill(pid_, number);
}

void Child::Kill() {
  if (pid_ < 0 || Ended()) return;
  kill(pid_, SIGKILL);
  ProcessEnd end;
  while (wait4(pid_, &end.status, 0, &end.use) < 0 && errno == EINTR) {
  }
  end_ = end;
}

}  // namespace xtcp2::bench
