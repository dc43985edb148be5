// Files as no daemon writes them: cut off at every byte, with bits flipped in each kind of place, without what was not
// yet synced; a record that is whole comes out, whatever stands around it.
#include <gmock/gmock.h>

#include <numeric>

#include "spool/spool_for_test.h"

namespace xtcp2::spool::test {
namespace {

constexpr uint64_t kBatches = 6;
constexpr uint64_t kRows = 3;

class DamageTest : public ::testing::Test {
 protected:
  DamageTest() {
    {
      Box box(folder_);
      for (uint64_t i = 1; i <= kBatches; ++i) {
        box->Append(MakeBatch(i, kRows));
        ends_.push_back(std::filesystem::file_size(Segments(folder_).front()));
      }
    }
    path_ = Segments(folder_).front();
    whole_ = ReadFile(path_);
  }

  // What comes out of these bytes. Every record that comes out must be as it was put in.
  struct Outcome {
    std::vector<uint64_t> sequences;
    uint64_t counted = 0, damaged_bytes = 0, damaged_rows = 0, dropped = 0;
  };
  Outcome Read(const std::string& bytes) {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    WriteFile(path_, bytes);
    Box box(folder_);
    Outcome out;
    out.counted = box->GetLevel().rows;
    encode::Batch batch;
    while (const auto first = box->Next(batch)) {
      EXPECT_TRUE(Same(batch, MakeBatch(batch.sequence, kRows)));
      out.sequences.push_back(batch.sequence);
      box->Done();
    }
    box->Commit();
    EXPECT_EQ(box->GetLevel().rows, 0u);
    EXPECT_TRUE(Segments(folder_).empty()) << "what is read and what is useless is removed";
    // It can go on.
    EXPECT_TRUE(box->Append(MakeBatch(99, kRows)));
    EXPECT_TRUE(box->Next(batch).has_value() && batch.sequence == 99);
    out.damaged_bytes = box->recovered().damaged_bytes;
    out.damaged_rows = box->recovered().damaged_rows;
    out.dropped = box.dropped[std::string(kCorrupt)];
    return out;
  }

  const TempDir dir_{FastFolder()};
  const std::string folder_ = dir_.path() + "/s";
  std::string path_, whole_;
  std::vector<uint64_t> ends_;
};

TEST_F(DamageTest, ATailThatIsCutOffAtAnyByteCostsItsRecordOnly) {
  for (size_t size = 0; size <= whole_.size(); ++size) {
    const Outcome out = Read(whole_.substr(0, size));
    const auto records = static_cast<uint64_t>(std::upper_bound(ends_.begin(), ends_.end(), size) - ends_.begin());
    ASSERT_EQ(out.sequences, FromTo(1, records)) << size << " bytes";
    ASSERT_EQ(out.counted, records * kRows);
    const uint64_t good = records == 0 ? std::min<uint64_t>(size, kSegmentHeaderBytes) : ends_[records - 1];
    if (size >= kSegmentHeaderBytes) {
      ASSERT_EQ(out.damaged_bytes, size - good) << size << " bytes";
    }
    const bool header_is_there = records < kBatches && size >= good + kRecordHeaderBytes && size > kSegmentHeaderBytes;
    ASSERT_EQ(out.damaged_rows, header_is_there ? kRows : 0) << size << " bytes";
    ASSERT_EQ(out.dropped, out.damaged_rows);
  }
}

TEST_F(DamageTest, AFlippedBitAnywhereCostsItsRecordAtMost) {
  for (size_t at = 0; at < whole_.size(); ++at) {
    std::string bytes = whole_;
    bytes[at] = static_cast<char>(bytes[at] ^ (1 << (at % 8)));
    const Outcome out = Read(bytes);
    std::vector<uint64_t> expected = FromTo(1, kBatches);
    const auto hit = static_cast<size_t>(std::upper_bound(ends_.begin(), ends_.end(), at) - ends_.begin());
    if (at >= kSegmentHeaderBytes) expected.erase(expected.begin() + static_cast<ptrdiff_t>(hit));
    ASSERT_EQ(out.sequences, expected) << "byte " << at;
    const uint64_t begin = hit == 0 ? kSegmentHeaderBytes : ends_[hit - 1];
    const bool in_payload = at >= begin + kRecordHeaderBytes;
    if (in_payload) {
      ASSERT_EQ(out.dropped, kRows) << "byte " << at;
    } else {
      ASSERT_GT(out.damaged_bytes, 0u) << "byte " << at;
    }
  }
}

TEST_F(DamageTest, AHoleOfZerosIsSteppedOver) {
  for (size_t at = kSegmentHeaderBytes; at + 200 < whole_.size(); at += 37) {
    std::string bytes = whole_;
    bytes.replace(at, 200, 200, '\0');
    const Outcome out = Read(bytes);
    ASSERT_GE(out.sequences.size(), kBatches - 3) << at;
    ASSERT_LT(out.sequences.size(), kBatches) << at;
  }
}

TEST_F(DamageTest, RubbishBetweenRecordsIsSteppedOver) {
  std::string magic(4, '\0');
  Store<uint32_t>(reinterpret_cast<uint8_t*>(magic.data()), kRecordMagic);
  for (const std::string& rubbish :
       {std::string(1, 'x'), std::string(100'000, 'y'), magic, magic + magic + std::string(500, '\1')})
    for (const uint64_t end : ends_) {
      const Outcome out = Read(whole_.substr(0, end) + rubbish + whole_.substr(end));
      ASSERT_EQ(out.sequences, FromTo(1, kBatches));
      ASSERT_EQ(out.damaged_bytes, rubbish.size());
    }
}

// A record that claims to be longer than the file must not hide those behind it; nor may one whose hash was made to fit
// ask for a gigabyte.
TEST_F(DamageTest, ALengthThatIsALieHidesNothing) {
  for (const uint32_t stored : {uint32_t{1}, uint32_t{5000}, kLargestPayload, uint32_t{0xFFFFFFFF}}) {
    std::string bytes = whole_;
    auto* const at = reinterpret_cast<uint8_t*>(bytes.data()) + kSegmentHeaderBytes;
    RecordHeader header = *ReadRecordHeader({at, kRecordHeaderBytes});
    header.stored = stored;
    header.raw = kLargestPayload;
    PutRecordHeader(header, at);
    const Outcome out = Read(bytes);
    ASSERT_EQ(out.sequences, FromTo(2, kBatches)) << stored;
  }
}

TEST_F(DamageTest, ADamagedMarkMeansFromTheBeginning) {
  {
    Box box(folder_);
    encode::Batch batch;
    for (int i = 0; i < 2; ++i) {
      ASSERT_TRUE(box->Next(batch));
      box->Done();
    }
    box->Commit();
  }
  const std::string mark = ReadFile(folder_ + "/mark");
  {
    EXPECT_EQ(Box(folder_).ReadAll(), FromTo(3, kBatches));
  }
  for (size_t at = 0; at < mark.size(); ++at) {
    std::string bytes = mark;
    bytes[at] = static_cast<char>(bytes[at] ^ 0x10);
    WriteFile(folder_ + "/mark", bytes);
    ASSERT_EQ(Box(folder_).ReadAll(), FromTo(1, kBatches)) << at;
  }
  WriteFile(folder_ + "/mark", "");
  EXPECT_EQ(Box(folder_).ReadAll(), FromTo(1, kBatches));
}

TEST_F(DamageTest, StrangersInTheFolderAreLeftAlone) {
  std::filesystem::create_directory(folder_ + "/00000000000000aa.seg");
  WriteFile(folder_ + "/notes.txt", "mine");
  WriteFile(folder_ + "/zz.seg", "mine");
  std::filesystem::create_symlink("/etc/passwd", folder_ + "/00000000000000ab.seg");
  EXPECT_EQ(Box(folder_).ReadAll(), FromTo(1, kBatches));
  EXPECT_EQ(ReadFile(folder_ + "/notes.txt") + ReadFile(folder_ + "/zz.seg"), "minemine");
}

TEST_F(DamageTest, WhatIsDamagedWhileItIsReadIsCounted) {
  Box box(folder_);
  encode::Batch batch;
  ASSERT_TRUE(box->Next(batch));
  box->Done();
  std::string bytes = whole_;
  bytes.replace(ends_[1], ends_[3] - ends_[1], ends_[3] - ends_[1], 'z');
  std::fstream(path_, std::ios::in | std::ios::out | std::ios::binary) << bytes;
  EXPECT_EQ(box.ReadAll(), (std::vector<uint64_t>{2, 5, 6}));
  EXPECT_EQ(box.dropped["spool_corrupt"], 2 * kRows);
}

}  // namespace
}  // namespace xtcp2::spool::test
