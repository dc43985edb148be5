// The protobufList row encoder: one XtcpFlatRecord with its tag and length, written straight from a socket's parts. The
// walk over the table is unrolled by the compiler; facts that all rows of a dump share are encoded once (SetContext)
// and copied; neighbouring fields that are nearly always zero are skipped by one test of their bytes. One instance per
// reader thread.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <cstring>
#include <utility>

#include "base/bytes.h"
#include "encode/format.h"
#include "schema/read.h"
#include "wire/utf8.h"
#include "wire/varint.h"

namespace xtcp2::encode {

// Which fields to write; built once from EncodeOptions::fields.
class FieldSelection {
 public:
  FieldSelection(const EncodeOptions& options);
  bool all() const { return all_; }
  bool operator[](size_t i) const { return all_ || chosen_[i]; }

 private:
  bool all_;
  std::bitset<schema::kFieldCount> chosen_;
};

namespace protobuf_detail {

using schema::Epoch;
using schema::Field;
using schema::kFieldCount;
using schema::kFields;
using schema::Part;

// The index of the next field of this epoch behind I, or kFieldCount.
constexpr size_t Next(Epoch epoch, size_t i) {
  for (++i; i < kFieldCount && !kFields[i].In(epoch); ++i) {
  }
  return i;
}
constexpr size_t Previous(Epoch epoch, size_t i) {
  while (i-- > 0)
    if (kFields[i].In(epoch)) return i;
  return kFieldCount;
}
// Context fields that stand beside each other are one run.
constexpr bool StartsContextRun(Epoch epoch, size_t i) {
  const size_t before = Previous(epoch, i);
  return kFields[i].part == Part::kContext && (before == kFieldCount || kFields[before].part != Part::kContext);
}
constexpr size_t ContextRunIndex(Epoch epoch, size_t i) {
  size_t run = 0;
  for (size_t k = 0; k < i; ++k) run += kFields[k].In(epoch) && StartsContextRun(epoch, k);
  return run;
}
constexpr bool Rare(const Field& f) {
  return f.rare && !f.IsText() && f.part != Part::kNone && f.part != Part::kContext;
}
// Rare fields of one part that stand beside each other are one run.
constexpr bool StartsRareRun(Epoch epoch, size_t i) {
  const size_t before = Previous(epoch, i);
  return before == kFieldCount || !Rare(kFields[before]) || kFields[before].part != kFields[i].part;
}
constexpr size_t RareRunEnd(Epoch epoch, size_t i) {
  size_t end = i;
  while (end < kFieldCount && Rare(kFields[end]) && kFields[end].part == kFields[i].part) end = Next(epoch, end);
  return end;
}
struct Span {
  size_t begin, end;
};
constexpr Span RareBytes(Epoch epoch, size_t first, size_t last) {
  Span span{kFields[first].offset, 0};
  for (size_t i = first; i < last; i = Next(epoch, i)) {
    span.begin = kFields[i].offset < span.begin ? kFields[i].offset : span.begin;
    const size_t end = kFields[i].offset + LoadSize(kFields[i].load);
    span.end = end > span.end ? end : span.end;
  }
  return span;
}

constexpr uint32_t TagOf(Epoch epoch, size_t i) {
  const Field& f = kFields[i];
  const bool delimited = f.type == schema::Type::kString || f.type == schema::Type::kBytes;
  return static_cast<uint32_t>(f.Number(epoch)) << 3 | (delimited ? 2u : 0u);
}

template <uint32_t kTag>
[[gnu::always_inline]] inline uint8_t* PutTag(uint8_t* out) {
  if constexpr (kTag < 0x80) {
    *out = kTag;
    return out + 1;
  } else if constexpr (kTag < 0x4000) {
    Store<uint16_t>(out, static_cast<uint16_t>((kTag & 0x7f) | 0x80 | (kTag >> 7) << 8));
    return out + 2;
  } else {
    Store<uint32_t>(out, (kTag & 0x7f) | 0x80 | ((kTag >> 7 & 0x7f) | 0x80) << 8 | (kTag >> 14) << 16);
    return out + 3;
  }
}

// A length-delimited string; proto3 strings must be UTF-8, so what is not is repaired.
inline uint8_t* PutText(uint8_t* out, std::string_view text) {
  out = wire::PutVarint(out, wire::RepairedSize(text));
  return wire::PutRepaired(out, text);
}

template <size_t N>
[[gnu::always_inline]] inline bool AnySet(const uint8_t* at) {
  uint64_t bits = 0;
  size_t i = 0;
  for (; i + 8 <= N; i += 8) bits |= Load<uint64_t>(at + i);
  for (; i < N; ++i) bits |= at[i];
  return bits != 0;
}

}  // namespace protobuf_detail

template <schema::Epoch E>
class ProtobufEncoder {
 public:
  explicit ProtobufEncoder(const EncodeOptions& options) : selection_(options) {}

  void SetContext(const schema::Context& context) {
    namespace d = protobuf_detail;
    schema::Socket carrier;
    carrier.part[schema::Index(schema::Part::kContext)] = reinterpret_cast<const uint8_t*>(&context);
    runs_.Clear();
    [&]<size_t... I>(std::index_sequence<I...>) {
      (EncodeContextField<I>(carrier), ...);
    }(std::make_index_sequence<schema::kFieldCount>{});
  }

  void Append(const schema::Socket& socket, Buffer& rows) {
    uint8_t* const start = rows.Room(kMaxOwnBytes + runs_.size());
    uint8_t* const body = start + 3;
    uint8_t* const end = selection_.all() ? Body<false>(body, socket) : Body<true>(body, socket);
    rows.Commit(Finish(start, body, end));
  }

 private:
  // Every field of a row but the context at its longest: a tag of 3 bytes and 10 of varint, or a name of 16 bytes
  // repaired to 48.
  static constexpr size_t kMaxOwnBytes = schema::kFieldCount * 16 + 128;
  static constexpr size_t kMaxRuns = 8;

  template <size_t I>
  void EncodeContextField(const schema::Socket& carrier) {
    namespace d = protobuf_detail;
    constexpr schema::Field f = schema::kFields[I];
    if constexpr (f.In(E) && f.part == schema::Part::kContext) {
      constexpr size_t run = d::ContextRunIndex(E, I) - (d::StartsContextRun(E, I) ? 0 : 1);
      static_assert(run < kMaxRuns);
      if constexpr (d::StartsContextRun(E, I)) run_start_[run] = static_cast<uint32_t>(runs_.size());
      if (selection_[I]) {
        const size_t text = schema::Text<I>(carrier).size();
        runs_.Commit(PutField<I>(runs_.Room(16 + text * 3), carrier));
      }
      run_end_[run] = static_cast<uint32_t>(runs_.size());
    }
  }

  template <size_t I>
  [[gnu::always_inline]] static uint8_t* PutField(uint8_t* out, const schema::Socket& socket) {
    namespace d = protobuf_detail;
    constexpr schema::Field f = schema::kFields[I];
    if constexpr (f.part == schema::Part::kNone) {
      return out;
    } else if constexpr (f.load == schema::Load::kBytes16) {
      out = d::PutTag<d::TagOf(E, I)>(out);
      *out = 16;
      std::memcpy(out + 1, socket[f.part] + f.offset, 16);
      return out + 17;
    } else if constexpr (f.IsText()) {
      const std::string_view text = schema::Text<I>(socket);
      return text.empty() ? out : d::PutText(d::PutTag<d::TagOf(E, I)>(out), text);
    } else {
      const uint64_t value = schema::Number<I>(socket);
      if (value == 0) return out;
      return wire::PutVarint(d::PutTag<d::TagOf(E, I)>(out), value);
    }
  }

  template <bool kChosen, size_t I>
  [[gnu::always_inline]] uint8_t* Step(uint8_t* out, const schema::Socket& socket) const {
    namespace d = protobuf_detail;
    constexpr schema::Field f = schema::kFields[I];
    if constexpr (!f.In(E)) {
      return out;
    } else if constexpr (f.part == schema::Part::kContext) {
      if constexpr (!d::StartsContextRun(E, I)) return out;
      constexpr size_t run = d::ContextRunIndex(E, I);
      const size_t size = run_end_[run] - run_start_[run];
      if (size != 0) std::memcpy(out, runs_.data() + run_start_[run], size);
      return out + size;
    } else if constexpr (!kChosen && d::Rare(f)) {
      if constexpr (d::StartsRareRun(E, I)) {
        constexpr size_t end = d::RareRunEnd(E, I);
        constexpr d::Span span = d::RareBytes(E, I, end);
        if (d::AnySet<span.end - span.begin>(socket[f.part] + span.begin)) [[unlikely]]
          out = RareRun<I, end>(out, socket);
      }
      return out;
    } else {
      if (kChosen && !selection_[I]) return out;
      return PutField<I>(out, socket);
    }
  }

  template <size_t First, size_t End>
  [[gnu::noinline]] static uint8_t* RareRun(uint8_t* out, const schema::Socket& socket) {
    [&]<size_t... K>(std::index_sequence<K...>) {
      ((out = schema::kFields[First + K].In(E) ? PutField<First + K>(out, socket) : out), ...);
    }(std::make_index_sequence<End - First>{});
    return out;
  }

  template <bool kChosen>
  [[gnu::flatten]] uint8_t* Body(uint8_t* out, const schema::Socket& socket) const {
    return [&]<size_t... I>(std::index_sequence<I...>) {
      uint8_t* at = out;
      ((at = Step<kChosen, I>(at, socket)), ...);
      return at;
    }(std::make_index_sequence<schema::kFieldCount>{});
  }

  // Tag and length in front of the body. Two bytes of length are reserved, right for 128 to 16,383; else the body
  // moves.
  static uint8_t* Finish(uint8_t* start, uint8_t* body, uint8_t* end) {
    constexpr uint8_t kRowTag = 10 << 3 | 2;  // Envelope.row
    const size_t length = static_cast<size_t>(end - body);
    start[0] = kRowTag;
    uint8_t head[10];
    const size_t head_size = static_cast<size_t>(wire::PutVarint(head, length) - head);
    if (head_size != 2) [[unlikely]]
      std::memmove(start + 1 + head_size, body, length);
    std::memcpy(start + 1, head, head_size);
    return start + 1 + head_size + length;
  }

  FieldSelection selection_;
  Buffer runs_;  // the encoded context fields, run after run
  std::array<uint32_t, kMaxRuns> run_start_{}, run_end_{};
};

}  // namespace xtcp2::encode
