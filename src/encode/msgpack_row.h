// A whole row of msgpack: since zeros are written and every integer has the width of its type, all but the names of a
// socket lies at a constant place. Stretches of such fields are copied with their keys from a template that the
// compiler made, then each value is stored where it belongs; a name that is rare ends its stretch as an empty one. The
// way of rows of all fields; MsgpackStyle has the other.
#pragma once

#include "encode/msgpack.h"
#include "encode/unrolled.h"

namespace xtcp2::encode {

// Where the fields of an epoch stand in their stretch, by index in the table.
struct MsgpackPlaces {
  std::array<uint16_t, schema::kFieldCount> value{};  // offset of the value (of a rare name: its key) in its stretch
  std::array<uint16_t, schema::kFieldCount> size{};   // of the whole stretch, at its first field; else 0
  std::array<uint16_t, schema::kFieldCount> end{};    // the same for the index behind its last field
};

// Whether a field stands in a stretch.
constexpr bool IsInStretch(const schema::Field& field) {
  return !IsShared(field) && (!field.IsText() || IsRare(field));
}

// Whether field `i` is passed over with its rare run by one test. Only where that saves so many stores that it pays
// though it is foreseen wrongly at times; other values that are nearly always zero are stored like any.
template <schema::Epoch E>
constexpr bool IsTested(size_t i) {
  constexpr const Layout& layout = kLayout<E>;
  constexpr size_t kMany = 8;
  if (!layout.in_rare_run[i]) return false;
  size_t first = i;
  while (layout.rare_end[first] == 0) --first;
  const size_t end = layout.rare_end[first];
  return IsRarePart(schema::kFields[i].part) || schema::kFields[end - 1].IsText() || end - first >= kMany;
}

constexpr MsgpackPlaces MakeMsgpackPlaces(schema::Epoch epoch) {
  MsgpackPlaces places;
  size_t first = schema::kFieldCount;
  for (size_t i = NextField(epoch, size_t(-1)); i < schema::kFieldCount; i = NextField(epoch, i)) {
    const schema::Field& field = schema::kFields[i];
    if (!IsInStretch(field)) {
      first = schema::kFieldCount;
      continue;
    }
    if (first == schema::kFieldCount) first = i;
    const size_t key = places.size[first], value = key + MsgpackStyle::KeyOf(field, epoch).size;
    places.value[i] = static_cast<uint16_t>(field.IsText() ? key : value);
    places.size[first] = static_cast<uint16_t>(value + MsgpackStyle::ValueSize(field));
    places.end[first] = static_cast<uint16_t>(i + 1);
    if (field.IsText()) first = schema::kFieldCount;
  }
  return places;
}
template <schema::Epoch E>
inline constexpr MsgpackPlaces kMsgpackPlaces = MakeMsgpackPlaces(E);

// The stretch that begins at field First, every value zero, a name empty.
template <schema::Epoch E, size_t First>
constexpr auto MakeMsgpackTemplate() {
  std::array<char, kMsgpackPlaces<E>.size[First]> bytes{};
  size_t at = 0;
  for (size_t i = First; i < kMsgpackPlaces<E>.end[First]; ++i) {
    const schema::Field& field = schema::kFields[i];
    if (!field.In(E)) continue;
    const KeyText key = MsgpackStyle::KeyOf(field, E);
    for (size_t k = 0; k < key.size; ++k) bytes[at++] = key.text[k];
    if (field.IsText()) bytes[at] = static_cast<char>(wire::kFixString);
    at += MsgpackStyle::ValueSize(field);
  }
  return bytes;
}
template <schema::Epoch E, size_t First>
inline constexpr auto kMsgpackTemplate = MakeMsgpackTemplate<E, First>();

template <schema::Epoch E, class Isa>
struct MsgpackRow {
  [[gnu::flatten, gnu::noinline]] static uint8_t* Row(uint8_t* at, const schema::Socket& socket,
                                                      const ContextRuns& runs) {
    return PutAll(at, socket, runs, std::make_index_sequence<schema::kFieldCount>{});
  }

 private:
  template <size_t... I>
  [[gnu::always_inline]] static inline uint8_t* PutAll(uint8_t* at, const schema::Socket& socket,
                                                       const ContextRuns& runs, std::index_sequence<I...>) {
    const uint8_t* part = nullptr;
    uint8_t* stretch = at;  // where the stretch begins that is being filled
    (Step<I>(at, stretch, part, socket, runs), ...);
    return at;
  }

  template <size_t I>
  [[gnu::always_inline]] static inline void Step(uint8_t*& at, uint8_t*& stretch, const uint8_t*& part,
                                                 const schema::Socket& socket, const ContextRuns& runs) {
    constexpr schema::Field f = schema::kFields[I];
    if constexpr (!f.In(E)) return;
    if constexpr (f.In(E) && IsShared(f) && kLayout<E>.ends_run[I]) at = runs.Copy<true>(kLayout<E>.run[I], at);
    if constexpr (f.In(E) && !IsShared(f)) {
      if constexpr (kLayout<E>.begins_part[I]) part = socket.part[static_cast<size_t>(f.part)];
      if constexpr (kMsgpackPlaces<E>.size[I] != 0) {
        stretch = at;
        at = CopyTemplate(at, kMsgpackTemplate<E, I>);
      }
      if constexpr (!IsTested<E>(I)) {
        PutOwn<I>(at, stretch, part);
      } else if constexpr (kLayout<E>.rare_end[I] != 0) {
        if (IsRunSet<E, I>(part)) [[unlikely]]
          at = RareRun<I>(at, stretch, part);
      }
    }
  }

  template <size_t First>
  [[gnu::noinline]] static uint8_t* RareRun(uint8_t* at, uint8_t* stretch, const uint8_t* part) {
    PutEach<First>(at, stretch, part, std::make_index_sequence<kLayout<E>.rare_end[First] - First>{});
    return at;
  }
  template <size_t First, size_t... K>
  [[gnu::always_inline]] static inline void PutEach(uint8_t*& at, uint8_t* stretch, const uint8_t* part,
                                                    std::index_sequence<K...>) {
    static_assert((... && (K + 1 == sizeof...(K) || !schema::kFields[First + K].IsText())), "a name ends its stretch");
    (PutOwn<First + K>(at, stretch, part), ...);
  }

  // One field that is not shared: into its stretch, or at `at` where it stands in none.
  template <size_t I>
  [[gnu::always_inline]] static inline void PutOwn(uint8_t*& at, uint8_t* stretch, const uint8_t* part) {
    constexpr schema::Field f = schema::kFields[I];
    if constexpr (!f.In(E)) return;
    if constexpr (f.In(E) && f.IsText())
      at = MsgpackStyle::Put<E, I, Isa>(IsInStretch(f) ? stretch + kMsgpackPlaces<E>.value[I] : at, part + f.offset);
    if constexpr (f.In(E) && !f.IsText()) StoreValue<I>(stretch + kMsgpackPlaces<E>.value[I], part + f.offset);
  }

  template <size_t N>
  [[gnu::always_inline]] static inline uint8_t* CopyTemplate(uint8_t* at, const std::array<char, N>& from) {
    constexpr size_t kStep = 16 * Isa::kRegister, kWhole = N / kStep * kStep;
    const uint8_t* const bytes = reinterpret_cast<const uint8_t*>(from.data());
    for (size_t i = 0; i < kWhole; i += kStep) CopyBytes<kStep>(at + i, bytes + i);
    CopyBytes<N - kWhole>(at + kWhole, bytes + kWhole);
    return at + N;
  }

  // Big-endian; the zeros before a short value are the template's.
  template <size_t I>
  [[gnu::always_inline]] static inline void StoreValue(uint8_t* at, const uint8_t* value_at) {
    using schema::Load;
    constexpr schema::Field f = schema::kFields[I];
    constexpr size_t kEnd = MsgpackStyle::ValueSize(f);
    if constexpr (f.load == Load::kBytes16 || f.load == Load::kBig16)
      std::memcpy(at + kEnd - schema::LoadSize(f.load), value_at, schema::LoadSize(f.load));
    else if constexpr (f.load == Load::kU8 || f.load == Load::kBits)
      at[kEnd - 1] = static_cast<uint8_t>(schema::NumberAt<I>(value_at));
    else if constexpr (f.load == Load::kU16)
      Store(at + kEnd - 2, __builtin_bswap16(xtcp2::Load<uint16_t>(value_at)));
    else if constexpr (f.load == Load::kU32)
      Store(at + kEnd - 4, __builtin_bswap32(xtcp2::Load<uint32_t>(value_at)));
    else
      Store(at + kEnd - 8, __builtin_bswap64(xtcp2::Load<uint64_t>(value_at)));
  }
};

}  // namespace xtcp2::encode
