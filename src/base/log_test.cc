#include "base/log.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>

#include "base/fd.h"

namespace xtcp2 {
namespace {

// Standard error of this process is a pipe while it lives.
class StderrPipe {
 public:
  StderrPipe() : saved_(dup(STDERR_FILENO)) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return;
    reader_ = Fd(ends[0]);
    const Fd writer(ends[1]);
    dup2(writer.get(), STDERR_FILENO);
  }
  ~StderrPipe() { dup2(saved_.get(), STDERR_FILENO); }

  // What is in the pipe now.
  std::string Read() const {
    std::string text(1 << 20, '\0');
    const int flags = fcntl(reader_.get(), F_GETFL);
    fcntl(reader_.get(), F_SETFL, flags | O_NONBLOCK);
    const ssize_t size = read(reader_.get(), text.data(), text.size());
    text.resize(size < 0 ? 0 : static_cast<size_t>(size));
    return text;
  }

 private:
  Fd saved_, reader_;
};

TEST(WriteLog, EscapesWhatCouldStartALineOrMoveACursor) {
  const StderrPipe pipe;
  WriteLog(LogLevel::kWarning, "name\n\x1b[2J");
  const std::string line = pipe.Read();
  EXPECT_NE(line.find(" warning name\\x0a\\x1b[2J\n"), std::string::npos) << line;
}

TEST(WriteLog, APipeThatNobodyReadsHoldsNobodyUp) {
  const StderrPipe pipe;
  const std::string text(1000, 'x');
  for (int i = 0; i < 200; ++i) WriteLog(LogLevel::kError, text);  // more than a pipe holds: this would wait for ever
  const std::string held = pipe.Read();
  EXPECT_GT(held.size(), 4096u);
  EXPECT_LT(held.size(), 200u * 1000);
  EXPECT_EQ(held.back(), '\n');  // whole lines only
  WriteLog(LogLevel::kError, "again");
  EXPECT_NE(pipe.Read().find("error again\n"), std::string::npos);
}

TEST(Event, CountsEveryTimeAndSpeaksOnce) {
  const StderrPipe pipe;
  Event event(LogLevel::kWarning, "xtcp2_log_test_total", "For this test.");
  for (int i = 0; i < 5; ++i) event.Happened("number {}", i);
  EXPECT_EQ(event.Value(), 5u);
  const std::string text = pipe.Read();
  EXPECT_NE(text.find("number 0"), std::string::npos);
  EXPECT_EQ(text.find("number 1"), std::string::npos);
}

}  // namespace
}  // namespace xtcp2
