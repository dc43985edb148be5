// Each field changed in turn is found, and only what its rule lets pass passes.
#include "collect/agree.h"

#include <gtest/gtest.h>

#include <cstring>

#include "encode/socket_for_test.h"

namespace xtcp2::collect {
namespace {

using schema::kFieldCount;
using schema::kFields;
using schema::Part;

constexpr uint64_t kAllParts = 0x6f8bff;  // the attributes that the table knows, and the message

class View : public encode::MadeSocket {
 public:
  View() {
    Fill(0x33);
    socket.row.parts_present = kAllParts;
    std::memset(socket.row.ulp + 4, 0, 12);
  }
  void Change(size_t field, int by = 1) {
    if (kFields[field].part == Part::kNone) return;
    auto* const at = const_cast<uint8_t*>(schema::Place(kFields[field], socket));
    const bool bits = kFields[field].load == schema::Load::kBits;
    *at = static_cast<uint8_t>(bits ? *at ^ 1 << kFields[field].shift : *at + by);
  }
};

bool IsCompared(size_t field) { return RuleOf(field) != Rule::kNotOfSocket; }
constexpr size_t kParts = schema::IndexOf("parts_present");
constexpr size_t kState = schema::IndexOf("inet_diag_msg_state");
constexpr size_t kCookie = schema::IndexOf("inet_diag_msg_socket_cookie");

TEST(Agree, EqualSocketsAgree) {
  View one, two, three;
  const Agreement found = CompareBetween(one.socket, two.socket, three.socket);
  EXPECT_TRUE(found.unequal.none() && found.moved.none() && found.not_given.none() && found.quiet);
  EXPECT_TRUE(Compare(one.socket, two.socket).unequal.none());
}

TEST(Agree, EveryFieldOfTheSocketIsCompared) {
  for (size_t i = 0; i < kFieldCount; ++i) {
    const Part part = kFields[i].part;
    const bool ours = part == Part::kContext || part == Part::kLedger || part == Part::kNone ||
                      kFields[i].name == "record_counter" || kFields[i].name == "observed_delay_us";
    EXPECT_EQ(IsCompared(i), !ours) << kFields[i].name;
  }
}

TEST(Agree, AnyChangedFieldIsFoundOnAQuietSocket) {
  for (size_t i = 0; i < kFieldCount; ++i) {
    for (const int by : {1, -1}) {
      View before, walked, after;
      walked.Change(i, by);
      const Agreement found = CompareBetween(before.socket, walked.socket, after.socket);
      EXPECT_TRUE(found.quiet);
      EXPECT_EQ(found.unequal, IsCompared(i) ? FieldSet().set(i) : FieldSet()) << kFields[i].name;
    }
  }
}

TEST(Agree, TwoLooksFindWhatOnlyTheOwnerChanges) {
  for (size_t i = 0; i < kFieldCount; ++i) {
    if (!IsCompared(i)) continue;
    View one, two;
    two.Change(i);
    const Agreement found = Compare(one.socket, two.socket);
    const bool fixed = RuleOf(i) == Rule::kEqual || RuleOf(i) == Rule::kIdentity;
    EXPECT_EQ(found.unequal.test(i), fixed) << kFields[i].name;
    EXPECT_EQ(found.moved.test(i), !fixed) << kFields[i].name;
    two.Change(kState);
    EXPECT_EQ(Compare(one.socket, two.socket).unequal.test(i), RuleOf(i) == Rule::kIdentity) << kFields[i].name;
  }
}

// before 0x33, after 0x35, in between or not.
TEST(Agree, ClocksAndCountersLieBetween) {
  for (size_t i = 0; i < kFieldCount; ++i) {
    const Rule rule = RuleOf(i);
    if (rule != Rule::kRises && rule != Rule::kFalls && rule != Rule::kCounts) continue;
    const int way = rule == Rule::kFalls ? -1 : 1;
    for (const int at : {-1, 0, 1, 2, 3}) {
      View before, walked, after;
      walked.Change(i, way * at);
      after.Change(i, way * 2);
      const Agreement found = CompareBetween(before.socket, walked.socket, after.socket);
      EXPECT_EQ(found.quiet, rule != Rule::kCounts);
      EXPECT_EQ(found.unequal.test(i), at < 0 || at > 2) << kFields[i].name << at;
    }
  }
}

TEST(Agree, CountersMayWrap) {
  constexpr size_t kSegments = schema::IndexOf("tcp_info_segs_in");
  View before, walked, after;
  before.Set(kFields[kSegments], 0xffffffff);
  walked.Set(kFields[kSegments], 1);
  after.Set(kFields[kSegments], 2);
  EXPECT_TRUE(CompareBetween(before.socket, walked.socket, after.socket).unequal.none());
}

// Once packets came nobody can say what the walk should have seen; what the owner set still holds.
TEST(Agree, OfABusySocketOnlyWhatHoldsIsAsked) {
  for (size_t i = 0; i < kFieldCount; ++i) {
    if (!IsCompared(i) || RuleOf(i) == Rule::kCounts) continue;
    View before, walked, after;
    after.Change(schema::IndexOf("tcp_info_segs_in"));
    walked.Change(i);
    const Agreement found = CompareBetween(before.socket, walked.socket, after.socket);
    EXPECT_FALSE(found.quiet);
    const bool fixed = RuleOf(i) == Rule::kEqual || RuleOf(i) == Rule::kIdentity;
    EXPECT_EQ(found.unequal.test(i), fixed) << kFields[i].name;
  }
}

TEST(Agree, ACookieThatNobodyAskedForIsNotGiven) {
  View one, two;
  two.Set(kFields[kCookie], 0);
  EXPECT_TRUE(Compare(one.socket, two.socket).unequal.none());
  EXPECT_TRUE(Compare(one.socket, two.socket).not_given.test(kCookie));
  EXPECT_TRUE(Compare(two.socket, one.socket).unequal.test(kCookie)) << "netlink always makes one";
}

TEST(Agree, PartsMayLackOnOneSideOnly) {
  for (const auto& [part, walk, netlink] : {std::tuple{Part::kVegas, true, false},
                                            {Part::kDctcp, true, false},
                                            {Part::kBbr, true, false},
                                            {Part::kMark, false, true},
                                            {Part::kClassId, false, true},
                                            {Part::kInfo, false, false},
                                            {Part::kSkMem, false, false},
                                            {Part::kUlp, false, false},
                                            {Part::kCong, false, false}}) {
    View whole, lacking;
    lacking.socket.row.parts_present &= ~(uint64_t{1} << schema::Index(part));
    EXPECT_EQ(Compare(whole.socket, lacking.socket).unequal.test(kParts), !walk) << schema::Index(part);
    EXPECT_EQ(Compare(lacking.socket, whole.socket).unequal.test(kParts), !netlink) << schema::Index(part);
  }
  View one, two;
  one.socket.row.parts_present |= 1 << 18;  // MD5 signatures: in no field
  EXPECT_TRUE(Compare(one.socket, two.socket).unequal.none());
}

TEST(Agree, EveryExceptionSaysWhy) {
  for (const Exception& exception : Exceptions()) EXPECT_FALSE(exception.reason.empty()) << exception.fields;
}

TEST(Agree, Describes) {
  View one, two;
  one.Set("tcp_info_rtt", 12);
  two.Set("tcp_info_rtt", 13);
  EXPECT_EQ(Describe(Compare(one.socket, two.socket).moved, one.socket, two.socket),
            "tcp_info_rtt 12 (netlink) 13 (bpf)");
}

}  // namespace
}  // namespace xtcp2::collect
