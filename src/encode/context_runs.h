// What the rows of a dump have in common, encoded once and copied into each: neighbouring fields that are the same for
// every socket of the dump make one run of bytes. The one place that knows how runs are kept; which fields make a run
// is the caller's.
#pragma once

#include <vector>

#include "base/bytes.h"
#include "encode/copy.h"
#include "schema/table.h"

namespace xtcp2::encode {

// Whether a field is the same for every socket of a dump; one without a source yet is always zero.
constexpr bool IsShared(const schema::Field& field) {
  return field.part == schema::Part::kContext || field.part == schema::Part::kNone;
}

// The most bytes of text that a field which differs from row to row can have; what is shared is measured when it is
// encoded.
constexpr size_t MaxOwnText(schema::Load load) {
  return load == schema::Load::kName16 || load == schema::Load::kBytes16 ? 16 : 0;
}
constexpr bool OwnTextsAreBounded() {
  for (const schema::Field& field : schema::kFields)
    if (field.load == schema::Load::kText && !IsShared(field)) return false;
  return true;
}
static_assert(OwnTextsAreBounded(),
              "encoders ask for room once per row, by MaxOwnText: a text of any size in a row needs a new rule");

class ContextRuns {
 public:
  void Clear() {
    bytes_.Clear();
    bounds_.resize(1);
  }
  // Appends to the run being written; same contract as Buffer::Room and Commit.
  uint8_t* Room(size_t count) { return bytes_.Room(count); }
  void Commit(const uint8_t* end) { bytes_.Commit(end); }
  // Ends the run being written; the next one begins here.
  void EndRun() { bounds_.push_back(bytes_.size()); }

  size_t size() const { return bytes_.size(); }
  // Copies run `i`, counted from 0, to `at`, and up to kStep - 1 bytes more behind it: a size that the compiler does
  // not know would cost a call. kLong: where runs of many hundred bytes are usual.
  template <bool kLong = false>
  [[gnu::always_inline]] inline uint8_t* Copy(size_t i, uint8_t* at) const {
    const size_t* const bounds = bounds_.data() + i;
    const size_t begin = bounds[0], size = bounds[1] - begin;
    const uint8_t* const from = bytes_.data() + begin;
    size_t done = 0;
    if constexpr (kLong)
      for (; done + 4 * kStep <= size; done += 4 * kStep) CopyBytes<4 * kStep>(at + done, from + done);
    for (; done < size; done += kStep) CopyBytes<kStep>(at + done, from + done);
    return at + size;
  }

 private:
  static constexpr size_t kStep = 64;
  static_assert(kStep <= Buffer::kSlack);

  Buffer bytes_;
  std::vector<size_t> bounds_ = {0};  // run i is from [i] to [i + 1]
};

// A socket that has nothing but a context, so that one function encodes a field wherever it lies.
class ContextOnly {
 public:
  explicit ContextOnly(const schema::Context& context) {
    socket_.part[schema::Index(schema::Part::kContext)] = reinterpret_cast<const uint8_t*>(&context);
  }
  const schema::Socket& socket() const { return socket_; }

 private:
  schema::Socket socket_;
};

}  // namespace xtcp2::encode
