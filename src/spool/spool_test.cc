// Appending, reading in order, limits, what remains after a restart.
#include "spool/spool.h"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/child_for_test.h"
#include "base/clock.h"
#include "spool/spool_for_test.h"

namespace xtcp2::spool::test {
namespace {

using ::testing::HasSubstr;

class SpoolTest : public ::testing::Test {
 protected:
  const TempDir dir_;
  const std::string folder_ = dir_.path() + "/one/two";
};

TEST_F(SpoolTest, GivesBackWhatWasPutInInOrder) {
  Box box(folder_);
  ASSERT_TRUE(box.spool) << box.why;
  for (uint64_t i = 1; i <= 20; ++i) EXPECT_TRUE(box->Append(MakeBatch(i, 5), i == 7 ? 2 : 0));
  EXPECT_EQ(box->GetLevel().rows, 20 * 5 - 2u);
  encode::Batch batch;
  for (uint64_t i = 1; i <= 20; ++i) {
    const auto first = box->Next(batch);
    ASSERT_TRUE(first);
    EXPECT_EQ(*first, i == 7 ? 2u : 0u);
    EXPECT_TRUE(Same(batch, MakeBatch(i, 5))) << i;
    box->Done();
  }
  EXPECT_FALSE(box->Next(batch));
  EXPECT_EQ(box->GetLevel().rows, 0u);
  box->Commit();
  EXPECT_EQ(box->GetLevel().segments, 0u);
  EXPECT_TRUE(box.dropped.empty());
}

TEST_F(SpoolTest, ReadsBesideWhatIsAppended) {
  Options options;
  options.segment_bytes = 1000;
  Box box(folder_, options);
  encode::Batch batch;
  for (uint64_t i = 1; i <= 200; ++i) {
    ASSERT_TRUE(box->Append(MakeBatch(i)));
    ASSERT_TRUE(box->Next(batch));
    EXPECT_EQ(batch.sequence, i);
    box->Done();
    if (i % 3 == 0) box->Commit();
    EXPECT_FALSE(box->Next(batch));
  }
  EXPECT_TRUE(box.dropped.empty());
}

TEST_F(SpoolTest, WhatIsPutBackComesAgain) {
  Box box(folder_);
  box->Append(MakeBatch(1));
  box->Append(MakeBatch(2));
  encode::Batch batch;
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(box->Next(batch));
    EXPECT_EQ(batch.sequence, 1u);
    box->PutBack();
  }
  EXPECT_EQ(box->GetLevel().rows, 6u);
  EXPECT_EQ(box.ReadAll(), FromTo(1, 2));
}

TEST_F(SpoolTest, AfterARestartOnlyWhatWasNotCommittedComes) {
  Options options;
  options.segment_bytes = 600;
  {
    Box box(folder_, options);
    for (uint64_t i = 1; i <= 30; ++i) box->Append(MakeBatch(i));
    encode::Batch batch;
    for (uint64_t i = 1; i <= 12; ++i) {
      ASSERT_TRUE(box->Next(batch));
      box->Done();
      if (i == 10) box->Commit();
    }
    ASSERT_TRUE(box->Next(batch));  // in flight at the end
  }
  Box box(folder_, options);
  EXPECT_EQ(box->recovered().rows, 20 * 3u);
  EXPECT_EQ(box->recovered().damaged_bytes, 0u);
  EXPECT_EQ(box->GetLevel().rows, 20 * 3u);
  box->Append(MakeBatch(31));
  EXPECT_EQ(box.ReadAll(), FromTo(11, 31));
  box->Commit();
  EXPECT_TRUE(Segments(folder_).empty());
}

// The mark of the life before speaks of a segment that is gone: it must not be taken for one of the same number.
TEST_F(SpoolTest, AMarkIsNotTakenForAnotherSegment) {
  for (uint64_t life = 0; life < 5; ++life) {
    Box box(folder_);
    EXPECT_EQ(box.ReadAll(), life == 0 ? std::vector<uint64_t>() : FromTo(life, life));
    box->Commit();
    EXPECT_TRUE(Segments(folder_).empty());
    box->Append(MakeBatch(life + 1));
  }
}

TEST_F(SpoolTest, AFullSpoolDropsItsOldestSegmentsAndSaysHowManyRows) {
  Options options;
  options.bytes = 20'000;
  Box box(folder_, options);
  uint64_t rows = 0;
  for (uint64_t i = 1; i <= 500; ++i) {
    ASSERT_TRUE(box->Append(MakeBatch(i, 3, 100)));
    rows += 3;
    EXPECT_LE(box->GetLevel().bytes, options.bytes);
    EXPECT_EQ(box->GetLevel().rows + box.dropped["spool_full"], rows);
  }
  EXPECT_GT(box->GetLevel().bytes, options.bytes / 2);
  const uint64_t lost = box.dropped["spool_full"] / 3;
  EXPECT_GT(lost, 0u);
  EXPECT_EQ(box.ReadAll(), FromTo(lost + 1, 500));
}

TEST_F(SpoolTest, ABatchInFlightIsNotCountedTwiceWhenItsSegmentIsDropped) {
  Options options;
  options.bytes = 20'000;
  Box box(folder_, options);
  box->Append(MakeBatch(1, 3, 100));
  for (const bool put_back : {false, true}) {
    box.dropped.clear();
    encode::Batch batch;
    ASSERT_TRUE(box->Next(batch));
    const uint64_t before = box->GetLevel().rows;
    for (uint64_t i = 0; i < 500; ++i) box->Append(MakeBatch(100 + i, 3, 100));
    EXPECT_EQ(box->GetLevel().rows + box.dropped["spool_full"], before + 1500);
    if (put_back)
      box->PutBack();
    else
      box->Done();
    EXPECT_EQ(box->GetLevel().rows + box.dropped["spool_full"], before + 1500 - (put_back ? 0 : 3));
  }
}

TEST_F(SpoolTest, ABatchThatIsLargerThanTheWholeSpoolIsDropped) {
  Options options;
  options.bytes = 4096;
  Box box(folder_, options);
  EXPECT_FALSE(box->Append(MakeBatch(1, 2000, 200)));
  EXPECT_EQ(box.dropped["spool_full"], 2000u);
  EXPECT_TRUE(box->Append(MakeBatch(2)));
  EXPECT_EQ(box.ReadAll(), FromTo(2, 2));
}

TEST_F(SpoolTest, WhatIsTooOldIsDropped) {
  Options options;
  options.age_ns = 1;
  options.segment_bytes = 500;
  Box box(folder_, options);
  for (uint64_t i = 1; i <= 10; ++i) box->Append(MakeBatch(i));
  encode::Batch batch;
  EXPECT_FALSE(box->Next(batch));
  box->Append(MakeBatch(11));
  box->Tick();
  EXPECT_EQ(box.dropped["spool_age"], 33u);
  EXPECT_EQ(box->GetLevel().segments, 0u);
  options.age_ns = 3600 * kNsPerSecond;
  box.spool.reset();
  Box patient(folder_, options);
  patient->Append(MakeBatch(12));
  patient->Tick();
  EXPECT_EQ(patient.ReadAll(), FromTo(12, 12));
}

TEST_F(SpoolTest, ASecondDaemonIsToldWhoHasTheFolder) {
  const Box box(folder_);
  ASSERT_TRUE(box.spool) << box.why;
  const ChildEnd other = RunInChild([&](int out) { WriteTo(out, Box(folder_).why); });
  EXPECT_THAT(other.text, HasSubstr(folder_));
  EXPECT_THAT(other.text, HasSubstr("in use by process " + std::to_string(getpid())));
}

TEST_F(SpoolTest, AFolderThatCannotBeMadeIsNamed) {
  WriteFile(dir_.path() + "/file", "x");
  const Box box(dir_.path() + "/file/spool");
  EXPECT_FALSE(box.spool);
  EXPECT_THAT(box.why, HasSubstr(dir_.path() + "/file"));
}

TEST_F(SpoolTest, NobodyElseMayReadIt) {
  Box box(folder_);
  box->Append(MakeBatch(1));
  encode::Batch batch;
  box->Next(batch);
  box->Done();
  box->Append(MakeBatch(2));
  box->Commit();
  size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
    struct stat status;
    ASSERT_EQ(stat(entry.path().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777, 0600u) << entry.path();
    ++files;
  }
  EXPECT_EQ(files, 3u);  // lock, mark, a segment
  struct stat status;
  ASSERT_EQ(stat(folder_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0700u);
}

TEST_F(SpoolTest, RowsOfAnotherFormatAreKeptAndNotRead) {
  {
    Box(folder_)->Append(MakeBatch(1));
  }
  {
    Options other;
    other.format = "csv";
    Box box(folder_, other);
    EXPECT_EQ(box->recovered().kept_rows, 3u);
    box->Append(MakeBatch(2));
    EXPECT_EQ(box.ReadAll(), FromTo(2, 2));
    box->Commit();
    EXPECT_EQ(box->GetLevel().rows, 3u);
  }
  Box box(folder_);
  EXPECT_EQ(box.ReadAll(), FromTo(1, 1));
}

TEST_F(SpoolTest, ALaterVersionIsKeptAndNotRead) {
  {
    Box(folder_)->Append(MakeBatch(1));
  }
  const std::string path = Segments(folder_).front();
  std::string bytes = ReadFile(path);
  std::vector<uint8_t> header(kSegmentHeaderBytes);
  PutSegmentHeader({kVersion + 1, "jsonl", 5}, header.data());
  bytes.replace(0, header.size(), reinterpret_cast<const char*>(header.data()), header.size());
  WriteFile(path, bytes);
  Box box(folder_);
  EXPECT_EQ(box->recovered().kept_segments, 1u);
  box->Append(MakeBatch(2));
  EXPECT_EQ(box.ReadAll(), FromTo(2, 2));
  box->Commit();
  EXPECT_EQ(ReadFile(path), bytes);
}

TEST_F(SpoolTest, FolderNamesAreReadableAndDistinct) {
  EXPECT_THAT(FolderName("tcp:127.0.0.1:9000"), ::testing::StartsWith("tcp-127.0.0.1-9000-"));
  EXPECT_NE(FolderName("http://a/b?c"), FolderName("http://a/b/c"));
  EXPECT_THAT(FolderName("../../etc"), ::testing::Not(HasSubstr("/")));
  EXPECT_THAT(FolderName("..."), ::testing::StartsWith("spool-"));
}

}  // namespace
}  // namespace xtcp2::spool::test
