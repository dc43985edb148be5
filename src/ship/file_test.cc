// file:<path> on real file systems.
#include "ship/file.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <algorithm>

#include "ship/rotation.h"
#include "ship/test_support.h"

namespace xtcp2::ship::test {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

size_t CountOf(const std::string& text, const std::string& what) {
  size_t count = 0;
  for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++count;
  return count;
}

class File : public ::testing::Test {
 protected:
  std::unique_ptr<Shipper> Start(const encode::Framing& framing, const ShipOptions& options = Quick()) {
    return MakeShipper("file:" + path_, framing, options);
  }
  // Everything that was ever written, rotated files first.
  std::string AllText() const {
    std::string all;
    const auto names = RotatedFiles(path_);
    for (const auto& name : *names) all += ReadFile(name);
    return all + ReadFile(path_);
  }

  TempDir dir_;
  std::string path_ = dir_ / "rows";
  encode::BatchPool pool_{4};
};

TEST_F(File, AppendsWholeFramesToAPrivateFile) {
  for (size_t run = 0; run < 2; ++run) {
    const auto shipper = Start(ProtobufList());
    EXPECT_TRUE(shipper->Ready());
    shipper->Push(MakeBatch(pool_, ProtobufList(), run * 10, 10));
    shipper->Stop(milliseconds(5000));
  }
  const auto frames = WholeFrames(ReadFile(path_));
  ASSERT_EQ(frames.size(), 2u);
  EXPECT_EQ(NumbersIn(frames[0] + frames[1]), FromTo(0, 19));
  struct stat status;
  ASSERT_EQ(stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST_F(File, IsClosedOnExec) {
  const auto shipper = Start(Jsonl());
  size_t found = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code error;
    if (std::filesystem::read_symlink(entry.path(), error) != path_) continue;
    ++found;
    EXPECT_TRUE(fcntl(std::stoi(entry.path().filename()), F_GETFD) & FD_CLOEXEC);
  }
  EXPECT_EQ(found, 1u);
}

TEST_F(File, OneThatCannotBeOpenedIsAnErrorThatNamesIt) {
  const auto made = MakeDestination(Spec("file:" + (dir_ / "no/such/folder")), Jsonl(), Quick());
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error().Text(), HasSubstr("no/such/folder: No such file or directory"));
}

TEST_F(File, TheHeaderStandsAtTheStartOfEveryFileOnly) {
  for (size_t run = 0; run < 3; ++run) {
    const auto shipper = Start(Csv());
    for (size_t i = 0; i < 3; ++i) shipper->Push(MakeBatch(pool_, Csv(), run * 3 + i, 1));
    shipper->Stop(milliseconds(5000));
  }
  EXPECT_THAT(ReadFile(path_), StartsWith("n,p\n{\"n\":0"));
  EXPECT_EQ(CountOf(ReadFile(path_), "n,p\n"), 1u);
  EXPECT_EQ(NumbersIn(ReadFile(path_)), FromTo(0, 8));
}

TEST_F(File, AFileThatWasEmptiedBeginsWithTheHeaderAgain) {
  const auto shipper = Start(Csv());
  shipper->Push(MakeBatch(pool_, Csv(), 1, 1));
  ASSERT_TRUE(shipper->Drain(milliseconds(5000)));
  ASSERT_EQ(truncate(path_.c_str(), 0), 0);  // logrotate's copytruncate
  shipper->Push(MakeBatch(pool_, Csv(), 2, 1));
  ASSERT_TRUE(shipper->Drain(milliseconds(5000)));
  EXPECT_THAT(ReadFile(path_), StartsWith("n,p\n{\"n\":2"));
}

TEST_F(File, RotatesBySizeWithoutLosingOrTearingARow) {
  ShipOptions options = Quick();
  options.rotate_bytes = 4000;
  const auto shipper = Start(Csv(), options);
  for (size_t i = 0; i < 50; ++i) shipper->Push(MakeBatch(pool_, Csv(), i * 10, 10, 50));
  shipper->Stop(milliseconds(5000));
  EXPECT_EQ(NumbersIn(AllText()), FromTo(0, 499));
  auto names = RotatedFiles(path_).value();
  EXPECT_GE(names.size(), 8u);
  names.push_back(path_);
  for (const auto& name : names) {
    const std::string text = ReadFile(name);
    EXPECT_LE(text.size(), 4000u);
    EXPECT_THAT(text, StartsWith("n,p\n{"));
    EXPECT_TRUE(text.ends_with("\"}\n"));
    EXPECT_EQ(CountOf(text, "n,p\n"), 1u);
  }
}

TEST_F(File, AFrameLargerThanTheLimitHasAFileOfItsOwn) {
  ShipOptions options = Quick();
  options.rotate_bytes = 100;
  const auto shipper = Start(ProtobufList(), options);
  for (size_t i = 0; i < 3; ++i) shipper->Push(MakeBatch(pool_, ProtobufList(), i * 10, 10, 50));
  shipper->Stop(milliseconds(5000));
  EXPECT_EQ(RotatedFiles(path_).value().size(), 2u);
  EXPECT_EQ(NumbersIn(AllText()), FromTo(0, 29));
}

TEST_F(File, KeepsAsManyRotatedFilesAsToldTo) {
  ShipOptions options = Quick();
  options.rotate_bytes = 100;
  options.rotate_keep = 3;
  const auto shipper = Start(Jsonl(), options);
  for (size_t i = 0; i < 10; ++i) shipper->Push(MakeBatch(pool_, Jsonl(), i, 1, 60));
  shipper->Stop(milliseconds(5000));
  EXPECT_EQ(RotatedFiles(path_).value().size(), 3u);
  EXPECT_EQ(NumbersIn(AllText()), FromTo(6, 9));
}

TEST_F(File, RotatesByAgeAlsoWhenTheFileIsOlderThanTheProcess) {
  {
    const auto shipper = Start(Jsonl());
    shipper->Push(MakeBatch(pool_, Jsonl(), 0, 1));
    shipper->Stop(milliseconds(5000));
  }
  ShipOptions options = Quick();
  options.rotate_age_ns = 150 * kNsPerMs;
  const int64_t made = RealtimeNs();
  const auto shipper = Start(Jsonl(), options);
  ASSERT_TRUE(Eventually([&] { return RealtimeNs() - made > options.rotate_age_ns; }));
  shipper->Push(MakeBatch(pool_, Jsonl(), 1, 1));
  ASSERT_TRUE(shipper->Drain(milliseconds(5000)));
  ASSERT_EQ(RotatedFiles(path_).value().size(), 1u);
  EXPECT_EQ(NumbersIn(AllText()), FromTo(0, 1));
  EXPECT_EQ(NumbersIn(ReadFile(path_)), FromTo(1, 1));
}

TEST_F(File, AYoungFileIsNotRotated) {
  ShipOptions options = Quick();
  options.rotate_age_ns = 3600 * kNsPerSecond;
  options.rotate_bytes = 1 << 20;
  const auto shipper = Start(Jsonl(), options);
  for (size_t i = 0; i < 20; ++i) shipper->Push(MakeBatch(pool_, Jsonl(), i, 1));
  shipper->Stop(milliseconds(5000));
  EXPECT_TRUE(RotatedFiles(path_).value().empty());
}

TEST_F(File, ReopensWhenTold) {
  const auto shipper = Start(Csv());
  shipper->Push(MakeBatch(pool_, Csv(), 1, 1));
  ASSERT_TRUE(shipper->Drain(milliseconds(5000)));
  ASSERT_EQ(rename(path_.c_str(), (dir_ / "moved").c_str()), 0);
  shipper->Push(MakeBatch(pool_, Csv(), 2, 1));  // still the old one
  ASSERT_TRUE(shipper->Drain(milliseconds(5000)));
  shipper->Reopen();
  ASSERT_TRUE(Eventually([&] { return std::filesystem::exists(path_); }));
  shipper->Push(MakeBatch(pool_, Csv(), 3, 1));
  ASSERT_TRUE(shipper->Drain(milliseconds(5000)));
  EXPECT_EQ(NumbersIn(ReadFile(dir_ / "moved")), FromTo(1, 2));
  EXPECT_THAT(ReadFile(path_), StartsWith("n,p\n{\"n\":3"));
}

TEST_F(File, AReopenThatFailsLeavesTheOldFileInUse) {
  ASSERT_TRUE(std::filesystem::create_directory(dir_ / "folder"));
  path_ = dir_ / "folder/rows";
  const auto shipper = Start(Jsonl());
  ASSERT_EQ(rename((dir_ / "folder").c_str(), (dir_ / "elsewhere").c_str()), 0);
  shipper->Reopen();
  shipper->Push(MakeBatch(pool_, Jsonl(), 1, 2));
  shipper->Stop(milliseconds(5000));
  EXPECT_EQ(NumbersIn(ReadFile(dir_ / "elsewhere/rows")), FromTo(1, 2));
}

TEST_F(File, ARemovedFileIsMadeAnew) {
  const auto shipper = Start(Csv());
  shipper->Push(MakeBatch(pool_, Csv(), 1, 1));
  ASSERT_TRUE(shipper->Drain(milliseconds(5000)));
  ASSERT_EQ(unlink(path_.c_str()), 0);
  shipper->Push(MakeBatch(pool_, Csv(), 2, 1));
  ASSERT_TRUE(shipper->Drain(milliseconds(5000)));
  EXPECT_THAT(ReadFile(path_), StartsWith("n,p\n{\"n\":2"));
}

TEST_F(File, AFifoIsWrittenToAsAStream) {
  ASSERT_EQ(mkfifo(path_.c_str(), 0600), 0);
  EXPECT_FALSE(MakeDestination(Spec("file:" + path_), Csv(), Quick())) << "nobody reads";
  const Fd reader(open(path_.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  const auto shipper = Start(Csv());
  for (size_t i = 0; i < 4; ++i) shipper->Push(MakeBatch(pool_, Csv(), i * 1000, 1000, 100));
  std::string got;
  char buffer[65536];
  EXPECT_TRUE(Eventually([&] {
    for (ssize_t n; (n = read(reader.get(), buffer, sizeof buffer)) > 0;) got.append(buffer, static_cast<size_t>(n));
    return std::count(got.begin(), got.end(), '\n') >= 4001;  // parsing it all each time is too slow in an emulator
  }));
  EXPECT_EQ(NumbersIn(got), FromTo(0, 3999));
  EXPECT_EQ(CountOf(got, "n,p\n"), 1u);
}

// A tmpfs of 64 KiB that goes with the object.
class SmallDisk {
 public:
  explicit SmallDisk(const std::string& where) : where_(where) {
    std::filesystem::create_directory(where);
    mounted_ = mount("xtcp2-test", where.c_str(), "tmpfs", MS_NOSUID | MS_NODEV, "size=64k") == 0;
  }
  ~SmallDisk() {
    if (mounted_) umount2(where_.c_str(), MNT_DETACH);
  }
  bool mounted() const { return mounted_; }

 private:
  std::string where_;
  bool mounted_;
};

class FullDisk : public File {
 protected:
  // A disk with room for some 30 KiB, until Free().
  bool Prepare() {
    disk_.emplace(dir_ / "disk");
    path_ = dir_ / "disk/rows";
    std::ofstream(ballast_) << std::string(30'000, 'b');
    options_.queue_bytes = 30'000;
    return disk_->mounted();
  }
  void Free() { unlink(ballast_.c_str()); }
  // 20 batches of 10 rows, 54 KB together; ends early when stopped.
  void Produce(Shipper& shipper) {
    for (size_t i = 0; i < 20; ++i)
      if (!shipper.Push(MakeBatch(pool_, ProtobufList(), i * 10, 10, 250))) break;
  }
  // The rows of a file that must consist of whole frames.
  std::vector<size_t> RowsOf(const std::string& path) {
    const std::string text = ReadFile(path);
    std::vector<size_t> rows;
    std::string whole;
    for (const auto& frame : WholeFrames(text)) {
      PutVarint(whole, frame.size());
      whole += frame;
      for (const size_t row : NumbersIn(frame)) rows.push_back(row);
    }
    EXPECT_EQ(whole.size(), text.size()) << "half a frame at the end";
    return rows;
  }

  std::optional<SmallDisk> disk_;
  std::string ballast_ = dir_ / "disk/ballast";
  ShipOptions options_ = Quick();
};

TEST_F(FullDisk, MakesTheProducerWaitAndLosesNothing) {
  if (!Prepare()) GTEST_SKIP() << "mounting a tmpfs needs root";
  const Delta full = ErrorsOf("file", "disk_full");
  const Delta waits{"xtcp2_destination_push_waits_total", {{"destination", "file"}}};
  const auto shipper = Start(ProtobufList(), options_);
  std::thread producer([&] { Produce(*shipper); });
  EXPECT_TRUE(Eventually([&] { return full() >= 5 && waits() >= 1; }));
  Free();
  producer.join();
  EXPECT_TRUE(shipper->Drain(milliseconds(5000)));
  EXPECT_EQ(RowsOf(path_), FromTo(0, 199));
}

TEST_F(FullDisk, LeavesWholeFramesWhenStopped) {
  if (!Prepare()) GTEST_SKIP() << "mounting a tmpfs needs root";
  const Delta full = ErrorsOf("file", "disk_full");
  const Delta sent = RowsSent("file");
  const auto shipper = Start(ProtobufList(), options_);
  std::thread producer([&] { Produce(*shipper); });
  EXPECT_TRUE(Eventually([&] { return full() >= 5; }));
  shipper->Stop(milliseconds(20));
  producer.join();
  EXPECT_GT(sent(), 50u);
  EXPECT_EQ(RowsOf(path_), FromTo(0, sent() - 1));
}

TEST_F(File, ADiskThatStaysFullDoesNotHoldStopUp) {
  path_ = "/dev/full";
  const Delta dropped = RowsDropped("file", "shutdown");
  const auto shipper = Start(Jsonl());
  shipper->Push(MakeBatch(pool_, Jsonl(), 0, 10));
  const int64_t start = MonotonicNs();
  shipper->Stop(milliseconds(50));
  EXPECT_LT(MonotonicNs() - start, kNsPerSecond);
  EXPECT_EQ(dropped(), 10u);
}

}  // namespace
}  // namespace xtcp2::ship::test
