// A child appends until it is killed at any moment; it says through a pipe what it was told is kept. Afterwards all of
// that is there, in order, each once but for what was being acknowledged.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <random>
#include <thread>

#include "base/fd.h"
#include "spool/spool_for_test.h"

namespace xtcp2::spool::test {
namespace {

// What the child reports: a batch that Append() took, or one up to which it is about to acknowledge for good.
struct Report {
  uint64_t kept = 0, committing = 0;
};

void Say(int out, const Report& report) {
  if (write(out, &report, sizeof report) != sizeof report) _exit(4);
}

[[noreturn]] void Live(const std::string& folder, const Options& options, uint64_t first, int out) {
  Box box(folder, options);
  if (!box.spool) _exit(3);
  encode::Batch batch;
  for (uint64_t i = first;; ++i) {
    if (box->Append(MakeBatch(i, 1 + i % 7, 30 + i % 900))) Say(out, {i, 0});
    if (i % 3 == 0 && box->Next(batch)) {
      const uint64_t sequence = batch.sequence;
      box->Done();
      if (i % 2 == 0) {
        Say(out, {0, sequence});
        box->Commit();
      }
    }
  }
}

// Starts a life that ends after about so many microseconds of work; what it said of itself.
std::vector<Report> LiveAndDie(const std::string& folder, const Options& options, uint64_t first,
                               int64_t microseconds) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) std::abort();
  Fd in(ends[0]), out(ends[1]);
  const pid_t child = fork();
  if (child == 0) {
    alarm(60);
    Live(folder, options, first, out.get());
  }
  out.Close();
  std::vector<Report> reports;
  Report report;
  // The clock starts when it works, so that a slow start does not spend it.
  if (read(in.get(), &report, sizeof report) == sizeof report) reports.push_back(report);
  std::this_thread::sleep_for(std::chrono::microseconds(microseconds));
  kill(child, SIGKILL);
  while (read(in.get(), &report, sizeof report) == sizeof report) reports.push_back(report);
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << status;
  return reports;
}

void CrashOften(const Options& options, int times, uint32_t seed) {
  const TempDir dir;
  const std::string folder = dir.path() + "/s";
  std::minstd_rand random(seed);
  uint64_t next = 1, committed = 0, recovered = 0, places = 0;
  for (int i = 0; i < times; ++i) {
    uint64_t kept = next - 1;
    for (const Report& report : LiveAndDie(folder, options, next, static_cast<int64_t>(random() % 6000))) {
      kept = std::max(kept, report.kept);
      committed = std::max(committed, report.committing);
    }
    // A look that acknowledges nothing: all that was kept and not acknowledged, in order. One more may be there, which
    // died before it could say so.
    Box box(folder, options);
    ASSERT_TRUE(box.spool) << box.why;
    const std::vector<uint64_t> found = box.ReadAll();
    const uint64_t last = found.empty() ? std::max(kept, committed) : found.back();
    ASSERT_EQ(found, found.empty() ? found : FromTo(found.front(), last)) << "a gap, or one twice, at crash " << i;
    if (!found.empty()) {
      ASSERT_LE(found.front(), committed + 1) << "lost at its beginning, crash " << i;
    }
    ASSERT_GE(last, kept) << "lost at crash " << i;
    ASSERT_LE(last, kept + 1) << "crash " << i;
    ASSERT_TRUE(box.errors.empty()) << box.errors.front();
    recovered += found.size();
    places += box->recovered().damaged_places;
    next = last + 1;
  }
  std::printf("%d crashes: %lu batches appended, %lu found again, %lu torn places\n", times, next - 1, recovered,
              places);
  EXPECT_GT(next, static_cast<uint64_t>(times));
}

TEST(SpoolCrash, ATornProcessLosesNothingThatWasKept) {
  Options options;
  options.segment_bytes = 30'000;
  CrashOften(options, 120, 1);
}

TEST(SpoolCrash, NorWithEveryRecordSynced) {
  Options options;
  options.segment_bytes = 30'000;
  options.sync_each = true;
  CrashOften(options, 80, 2);
}

}  // namespace
}  // namespace xtcp2::spool::test
