#include "collect/capture_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#include <csignal>
#include <cstdio>
#include <map>
#include <thread>

#include "base/clock.h"
#include "base/metrics.h"
#include "collect/capture_for_test.h"

namespace xtcp2::collect {
namespace {

using ::testing::HasSubstr;
using testing::Kept;
using ::testing::MatchesRegex;

std::vector<Kept> ReadPath(const std::string& path) {
  auto reader = CaptureReader::Open(path);
  EXPECT_TRUE(reader) << reader.error().Text();
  if (!reader) return {};
  std::vector<Kept> out = testing::ReadAll(**reader);
  const auto status = (*reader)->Status();
  EXPECT_TRUE(status) << status.error().Text();
  return out;
}

// A message whose bytes differ from every other test message's.
std::string Datagram(uint32_t number, size_t payload) {
  return testing::Message(20, 2, number, 77, std::string(payload, static_cast<char>(number * 31 + 7)));
}

double CounterValue(const std::string& name) {
  double value = 0;
  Metrics::Global().Visit([&](const Family& family) {
    if (family.name == name) value = static_cast<double>(family.series.front().counter->Value());
  });
  return value;
}

TEST(CaptureWriter, WhatIsReadBackIsWhatWasWrittenForManyNamespaces) {
  const testing::TempFolder folder;
  auto writer = CaptureWriter::Open(folder.File(""), 3, 1'000'000, {"xtcp2 9.8.7", 0xfedcba9876543210});
  ASSERT_TRUE(writer) << writer.error().Text();
  std::vector<std::string> names = {
      "", "default", "caf\u00e9 \u6771\u4eac", "a\tb\"c", std::string("\xff\xfe", 2), std::string(255, 'n')};
  while (names.size() < 300) names.push_back("ns-" + std::to_string(names.size()));
  std::vector<Kept> expected;
  utsname kernel;
  ASSERT_EQ(uname(&kernel), 0);
  for (uint32_t round = 0; round < 3; ++round)
    for (uint32_t i = 0; i < names.size(); ++i) {
      const std::string bytes = Datagram(round * 1000 + i, (i * 7 + round) % 300);
      const int64_t time = 1'700'000'000'123'456'789 + round * 1'000'000'007LL + i;
      (*writer)->Write(AsBytes(bytes), {names[i], 4026531840u + i, ~uint64_t{0} - i}, time);
      expected.push_back({bytes, names[i], kernel.release, 4026531840u + i, ~uint64_t{0} - i, 0, time, false, false});
    }
  const std::vector<Kept> read = ReadPath((*writer)->path());
  ASSERT_EQ(read.size(), expected.size());
  for (size_t i = 0; i < read.size(); ++i) {
    ASSERT_EQ(read[i].bytes, expected[i].bytes) << i;
    ASSERT_EQ(read[i].netns, expected[i].netns) << i;
    ASSERT_EQ(read[i].netns_inode, expected[i].netns_inode) << i;
    ASSERT_EQ(read[i].netns_cookie, expected[i].netns_cookie) << i;
    ASSERT_EQ(read[i].time_ns, expected[i].time_ns) << i;
    ASSERT_EQ(read[i].boot_id, 0xfedcba9876543210u) << i;
    ASSERT_EQ(read[i].kernel_release, expected[i].kernel_release) << i;
  }
}

TEST(CaptureWriter, ANamespaceIsItsCookieNotItsNameAlone) {
  const testing::TempFolder folder;
  auto writer = CaptureWriter::Open(folder.File(""), 0, 10);
  ASSERT_TRUE(writer);
  const std::string bytes = Datagram(1, 8);
  for (const uint64_t cookie : {5, 6, 5}) (*writer)->Write(AsBytes(bytes), {"same", 100, cookie}, 1);
  const std::vector<Kept> read = ReadPath((*writer)->path());
  ASSERT_EQ(read.size(), 3u);
  EXPECT_EQ(read[0].netns_cookie, 5u);
  EXPECT_EQ(read[1].netns_cookie, 6u);
  EXPECT_EQ(read[2].netns_cookie, 5u);
}

TEST(CaptureWriter, EndsAtItsLimit) {
  const testing::TempFolder folder;
  auto writer = CaptureWriter::Open(folder.File(""), 0, 2);
  ASSERT_TRUE(writer);
  for (uint32_t i = 0; i < 5; ++i) {
    EXPECT_EQ((*writer)->full(), i >= 2);
    const std::string bytes = Datagram(i, 4);
    (*writer)->Write(AsBytes(bytes), {"ns", 1, 1}, i);
  }
  EXPECT_EQ(ReadPath((*writer)->path()).size(), 2u);
  auto none = CaptureWriter::Open(folder.File(""), 0, 0);
  ASSERT_TRUE(none);
  EXPECT_TRUE((*none)->full());
}

TEST(CaptureWriter, MakesAPrivateFileNamedByTimeBehindThePrefix) {
  const testing::TempFolder folder;
  const int64_t before = RealtimeNs();
  auto writer = CaptureWriter::Open(folder.File("host1-"), 0, 1);
  ASSERT_TRUE(writer);
  const std::string path = (*writer)->path();
  EXPECT_THAT(path, MatchesRegex(folder.File("host1-") +
                                 "netlink\\.[0-9]+-[0-9]+-[0-9]+T[0-9]+:[0-9]+:[0-9]+\\.[0-9]{9}Z\\.pcapng"));
  struct stat facts;
  ASSERT_EQ(stat(path.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 07777, 0600u);
  // The reader of raw files reads the time in a name: the name holds the moment of opening.
  const std::string name = path.substr(path.rfind('/') + 1);
  const auto read = testing::ReadBytes(testing::Done(1, 2), name);
  ASSERT_EQ(read.datagrams.size(), 1u);
  EXPECT_GE(read.datagrams[0].time_ns, before);
  EXPECT_LE(read.datagrams[0].time_ns, RealtimeNs());
}

TEST(CaptureWriter, SaysWhichFileItCouldNotCreate) {
  const testing::TempFolder folder;
  const auto writer = CaptureWriter::Open(folder.File("missing/"), 0, 1);
  ASSERT_FALSE(writer);
  EXPECT_THAT(writer.error().Text(), HasSubstr(folder.File("missing/") + "netlink."));
  EXPECT_THAT(writer.error().Text(), HasSubstr("No such file or directory"));
}

// The limit of a file's size stands for a full disk: both give a short write and then an error.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  void (*handler_)(int);
  rlimit before_;
};

TEST(CaptureWriter, AWriteErrorEndsTheCaptureAndLeavesAWholeFile) {
  const testing::TempFolder folder;
  auto writer = CaptureWriter::Open(folder.File(""), 0, 1000);
  ASSERT_TRUE(writer);
  const double errors = CounterValue("xtcp2_capture_errors_total");
  const double saved = CounterValue("xtcp2_capture_datagrams_total");
  {
    const FileSizeLimit limit(20'000);
    const std::string bytes = Datagram(1, 5000);
    for (int i = 0; i < 10; ++i) (*writer)->Write(AsBytes(bytes), {"ns", 1, 1}, i);
  }
  EXPECT_TRUE((*writer)->full());
  EXPECT_EQ(CounterValue("xtcp2_capture_errors_total"), errors + 1);
  EXPECT_EQ(CounterValue("xtcp2_capture_datagrams_total"), saved + 3);
  EXPECT_EQ(ReadPath((*writer)->path()).size(), 3u);
}

TEST(CaptureWriter, AFileThatCannotBeBegunIsNotLeftBehind) {
  const testing::TempFolder folder;
  const FileSizeLimit limit(10);
  const auto writer = CaptureWriter::Open(folder.File(""), 0, 1000);
  ASSERT_FALSE(writer);
  EXPECT_THAT(writer.error().Text(), HasSubstr(folder.File("netlink.")));
  EXPECT_TRUE(folder.Files().empty());
}

TEST(CaptureWriter, ThreadsShareOneWriter) {
  const testing::TempFolder folder;
  auto writer = CaptureWriter::Open(folder.File(""), 0, 350);
  ASSERT_TRUE(writer);
  std::vector<std::thread> threads;
  for (uint32_t t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (uint32_t i = 0; i < 100; ++i) {
        const std::string bytes = Datagram(t * 100 + i, 40);
        (*writer)->Write(AsBytes(bytes), {"ns" + std::to_string(i % 5), i % 5, i % 5 + 1}, t * 100 + i);
      }
    });
  for (std::thread& thread : threads) thread.join();
  const std::vector<Kept> read = ReadPath((*writer)->path());
  EXPECT_EQ(read.size(), 350u);
  for (const Kept& kept : read) {
    EXPECT_EQ(kept.bytes, Datagram(static_cast<uint32_t>(kept.time_ns), 40));
    EXPECT_EQ(kept.netns, "ns" + std::to_string(kept.time_ns % 100 % 5));
  }
}

// What a shell command prints; empty when it fails.
std::string OutputOf(const std::string& command) {
  std::string out;
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return out;
  for (char buffer[4096]; const size_t got = fread(buffer, 1, sizeof buffer, pipe);) out.append(buffer, got);
  return pclose(pipe) == 0 ? out : std::string();
}

TEST(CaptureWriter, TsharkReadsIt) {
  if (OutputOf("tshark --version 2>/dev/null").empty())
    GTEST_SKIP() << "tshark is not installed: nobody but ourselves has read the capture";
  const testing::TempFolder folder;
  auto writer = CaptureWriter::Open(folder.File(""), 0, 10);
  ASSERT_TRUE(writer);
  const std::string one = Datagram(41, 3), two = Datagram(42, 60);
  (*writer)->Write(AsBytes(one), {"blue", 4026531840, 7}, 1'700'000'000'123'456'789);
  (*writer)->Write(AsBytes(two), {"green", 4026531841, 8}, 1'700'000'001'000'000'001);
  const std::string fields =
      "-e frame.interface_name -e frame.interface_description -e frame.time_epoch -e frame.len -e netlink.family -e "
      "netlink.hdr_seq";
  EXPECT_EQ(OutputOf("tshark -r '" + (*writer)->path() + "' -T fields -E separator=, " + fields + " 2>/dev/null"),
            "blue,network namespace netns_inode=4026531840 netns_cookie=7,1700000000.123456789,35,0x0004,41\n"
            "green,network namespace netns_inode=4026531841 netns_cookie=8,1700000001.000000001,92,0x0004,42\n");
}

}  // namespace
}  // namespace xtcp2::collect
