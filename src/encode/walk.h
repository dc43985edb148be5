// The walk over the table in order of number that protobufList, jsonl, protoJson, protoText and msgpack share: unrolled
// by the compiler, what a dump's rows share copied from ContextRuns, neighbours that are nearly always zero passed over
// by one test. How a field looks is the Style's. An encoder belongs to one reader thread.
#pragma once

#include <bitset>
#include <utility>

#include "encode/context_runs.h"
#include "encode/fields.h"
#include "encode/layout.h"
#include "schema/read.h"

namespace xtcp2::encode {

// A Style has, all static:
//   kSkipsZeros                     whether zero and empty values are left out
//   kTextFactor                     bytes that one byte of text can become
//   MaxBytes(field, epoch)          bytes that a field needs beside its text
//   Begin(row, count), End(row, at) what stands around a row of `count` fields; together at most kMaxAround bytes
//   Put<Epoch, I>(at, socket)       the field at index I of the table, with its key
template <class Style>
class TableWalk {
 public:
  explicit TableWalk(const EncodeOptions& options);
  void SetContext(const schema::Context& context);

  void Append(const schema::Socket& socket, Buffer& rows) const {
    uint8_t* const row = rows.Room(max_row_);
    rows.Commit(Style::End(row, (this->*put_fields_)(Style::Begin(row, count_), socket)));
  }

 private:
  using Epoch = schema::Epoch;
  template <class Visit>
  static void ForEachIndex(Visit visit) {
    [&]<size_t... I>(std::index_sequence<I...>) {
      (visit(std::integral_constant<size_t, I>{}), ...);
    }(std::make_index_sequence<schema::kFieldCount>{});
  }

  template <Epoch E>
  void EncodeRuns(const schema::Socket& context_only);
  template <Epoch E, bool kAll>
  [[gnu::flatten, gnu::noinline]] uint8_t* PutFields(uint8_t* at, const schema::Socket& socket) const;
  template <Epoch E, bool kAll, size_t I>
  [[gnu::always_inline]] inline uint8_t* Step(uint8_t* at, const schema::Socket& socket) const;
  template <Epoch E, size_t First>
  [[gnu::noinline]] static uint8_t* PutRareRun(uint8_t* at, const schema::Socket& socket);

  const Epoch epoch_;
  size_t count_;        // fields of a row
  size_t max_own_ = 0;  // bytes of a row's own fields at their longest
  size_t max_row_ = 0;
  std::bitset<schema::kFieldCount> chosen_;
  uint8_t* (TableWalk::*put_fields_)(uint8_t*, const schema::Socket&) const;
  ContextRuns runs_;
};

template <class Style>
TableWalk<Style>::TableWalk(const EncodeOptions& options) : epoch_(options.epoch) {
  const std::vector<uint16_t> fields = FieldsByNumber(options);
  count_ = fields.size();
  for (const uint16_t i : fields) {
    chosen_.set(i);
    if (!IsShared(schema::kFields[i]))
      max_own_ +=
          Style::MaxBytes(schema::kFields[i], epoch_) + Style::kTextFactor * MaxOwnText(schema::kFields[i].load);
  }
  const bool all = count_ == schema::FieldsOf(epoch_).size();
  if (epoch_ == Epoch::k1)
    put_fields_ = all ? &TableWalk::PutFields<Epoch::k1, true> : &TableWalk::PutFields<Epoch::k1, false>;
  else
    put_fields_ = all ? &TableWalk::PutFields<Epoch::k2, true> : &TableWalk::PutFields<Epoch::k2, false>;
  SetContext({});
}

template <class Style>
void TableWalk<Style>::SetContext(const schema::Context& context) {
  const ContextOnly carrier(context);
  runs_.Clear();
  if (epoch_ == Epoch::k1)
    EncodeRuns<Epoch::k1>(carrier.socket());
  else
    EncodeRuns<Epoch::k2>(carrier.socket());
  max_row_ = Style::kMaxAround + max_own_ + runs_.size();
}

template <class Style>
template <schema::Epoch E>
void TableWalk<Style>::EncodeRuns(const schema::Socket& context_only) {
  ForEachIndex([&](auto index) {
    constexpr size_t I = index;
    constexpr schema::Field f = schema::kFields[I];
    if constexpr (f.In(E) && IsShared(f)) {
      const size_t text = schema::Text<I>(context_only).size();
      if (chosen_[I])
        runs_.Commit(
            Style::template Put<E, I>(runs_.Room(Style::MaxBytes(f, E) + Style::kTextFactor * text), context_only));
      if constexpr (kLayout<E>.ends_run[I]) runs_.EndRun();
    }
  });
}

template <class Style>
template <schema::Epoch E, bool kAll>
uint8_t* TableWalk<Style>::PutFields(uint8_t* at, const schema::Socket& socket) const {
  return [&]<size_t... I>(std::index_sequence<I...>) {
    uint8_t* end = at;
    ((end = Step<E, kAll, I>(end, socket)), ...);
    return end;
  }(std::make_index_sequence<schema::kFieldCount>{});
}

template <class Style>
template <schema::Epoch E, bool kAll, size_t I>
inline uint8_t* TableWalk<Style>::Step(uint8_t* at, const schema::Socket& socket) const {
  constexpr schema::Field f = schema::kFields[I];
  constexpr const Layout& layout = kLayout<E>;
  if constexpr (!f.In(E)) {
    return at;
  } else if constexpr (IsShared(f)) {
    if constexpr (layout.ends_run[I])
      return runs_.Copy(layout.run[I], at);
    else
      return at;
  } else if constexpr (kAll && Style::kSkipsZeros && layout.rare_end[I] != 0) {
    constexpr ByteSpan bytes = layout.rare_bytes[I];
    if (AnySet<bytes.size>(socket[f.part] + bytes.begin)) [[unlikely]]
      at = PutRareRun<E, I>(at, socket);
    return at;
  } else if constexpr (kAll && Style::kSkipsZeros && layout.in_rare_run[I]) {
    return at;  // written with the first of its run
  } else {
    if (!kAll && !chosen_[I]) return at;
    return Style::template Put<E, I>(at, socket);
  }
}

template <class Style>
template <schema::Epoch E, size_t First>
uint8_t* TableWalk<Style>::PutRareRun(uint8_t* at, const schema::Socket& socket) {
  constexpr size_t kCount = kLayout<E>.rare_end[First] - First;
  const auto put = [&](auto index) {
    constexpr size_t I = First + index;
    if constexpr (schema::kFields[I].In(E)) at = Style::template Put<E, I>(at, socket);
  };
  [&]<size_t... K>(std::index_sequence<K...>) {
    (put(std::integral_constant<size_t, K>{}), ...);
  }(std::make_index_sequence<kCount>{});
  return at;
}

}  // namespace xtcp2::encode
