// What an unrolled walk over the table needs to know of each field's neighbours, worked out by the compiler: which
// fields make a run that is shared by all rows of a dump, and which make a run that is nearly always zero.
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.h"
#include "encode/context_runs.h"
#include "schema/table.h"

namespace xtcp2::encode {

struct ByteSpan {
  size_t begin, size;  // in the part
};

struct Layout {
  std::array<uint8_t, schema::kFieldCount> run{};       // number of the shared run the field is in
  std::array<bool, schema::kFieldCount> ends_run{};     // the last of its shared run
  std::array<bool, schema::kFieldCount> begins_part{};  // the own field before it lies in another part
  std::array<bool, schema::kFieldCount> in_rare_run{};  // in a run of rare fields, first or not
  std::array<uint16_t, schema::kFieldCount>
      rare_end{};  // for the first of such a run: the index behind its last; else 0
  std::array<ByteSpan, schema::kFieldCount> rare_bytes{};
};

// The next field of the epoch behind `i`, or kFieldCount.
constexpr size_t NextField(schema::Epoch epoch, size_t i) {
  while (++i < schema::kFieldCount && !schema::kFields[i].In(epoch)) {
  }
  return i;
}

constexpr bool IsRare(const schema::Field& field) { return field.rare && !IsShared(field); }

// Parts that few sockets have, and then not for nothing: that one is absent shows by its address alone.
constexpr bool IsRarePart(schema::Part part) {
  using schema::Part;
  return part == Part::kVegas || part == Part::kDctcp || part == Part::kBbr || part == Part::kLedger;
}

constexpr void AddBytes(ByteSpan& span, const schema::Field& field) {
  const size_t size = field.IsText() ? 1 : schema::LoadSize(field.load);  // an empty name begins with its NUL
  const size_t end = std::max(span.begin + span.size, field.offset + size);
  span.begin = span.size == 0 ? field.offset : std::min(span.begin, size_t{field.offset});
  span.size = end - span.begin;
}

constexpr Layout MakeLayout(schema::Epoch epoch) {
  using schema::kFields;
  Layout layout;
  uint8_t run = 0;
  schema::Part part = schema::Part::kNone;  // of the own field before
  size_t rare_first = schema::kFieldCount;  // of the run being followed; kFieldCount: none
  for (size_t i = NextField(epoch, size_t(-1)); i < schema::kFieldCount; i = NextField(epoch, i)) {
    const size_t next = NextField(epoch, i);
    if (IsShared(kFields[i])) {
      layout.run[i] = run;
      layout.ends_run[i] = next == schema::kFieldCount || !IsShared(kFields[next]);
      run = static_cast<uint8_t>(run + layout.ends_run[i]);
    }
    if (!IsShared(kFields[i])) {
      layout.begins_part[i] = kFields[i].part != part;
      part = kFields[i].part;
    }
    const bool continues =
        rare_first != schema::kFieldCount && IsRare(kFields[i]) && kFields[i].part == kFields[rare_first].part;
    if (!continues) rare_first = IsRare(kFields[i]) ? i : schema::kFieldCount;
    if (rare_first == schema::kFieldCount) continue;
    layout.in_rare_run[i] = true;
    layout.rare_end[rare_first] = static_cast<uint16_t>(i + 1);
    AddBytes(layout.rare_bytes[rare_first], kFields[i]);
  }
  return layout;
}

template <schema::Epoch E>
inline constexpr Layout kLayout = MakeLayout(E);

// Whether any of N bytes is not zero.
template <size_t N>
[[gnu::always_inline]] inline bool AnySet(const uint8_t* at) {
  uint64_t bits = 0;
  size_t i = 0;
  for (; i + 8 <= N; i += 8) bits |= Load<uint64_t>(at + i);
  if constexpr (N % 8 >= 4) bits |= Load<uint32_t>(at + i), i += 4;
  for (; i < N; ++i) bits |= at[i];
  return bits != 0;
}

// Whether anything is to be written of the rare run that begins at field First. True does not promise it.
template <schema::Epoch E, size_t First>
[[gnu::always_inline]] inline bool IsRunSet(const uint8_t* part) {
  constexpr ByteSpan bytes = kLayout<E>.rare_bytes[First];
  if constexpr (IsRarePart(schema::kFields[First].part))
    return part != schema::kZeros.data();
  else
    return AnySet<bytes.size>(part + bytes.begin);
}

}  // namespace xtcp2::encode
