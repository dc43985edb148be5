// The encoder that protobufList, jsonl, protoJson, protoText and msgpack share: the table in order of number, all of it
// (unrolled.h) or chosen fields. How a field looks is the Style's.
#pragma once

#include <bitset>
#include <utility>

#include "encode/context_runs.h"
#include "encode/fields.h"
#include "encode/unrolled.h"

namespace xtcp2::encode {

// A Style has, beside what unrolled.h asks for, all static:
//   kTextFactor                     bytes that one byte of text can become
//   MaxBytes(field, epoch)          bytes that a field needs beside its text
//   Begin(row, count), End(row, at) what stands around a row of `count` fields; together at most kMaxAround bytes
//   PutAll(epoch, portable)         the unrolled row of every field (unrolled.h) for this processor, or for any
template <class Style>
class TableWalk {
 public:
  explicit TableWalk(const EncodeOptions& options);
  void EncodeContext(const schema::Context& context, ContextRuns& runs) const;

  void Append(const schema::Socket& socket, const ContextRuns& runs, Buffer& rows) const {
    uint8_t* const row = rows.Room(max_own_ + runs.size());
    uint8_t* const at = Style::Begin(row, count_);
    rows.Commit(Style::End(row, put_all_ != nullptr ? put_all_(at, socket, runs) : PutChosen(at, socket, runs)));
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
  void EncodeContextOf(const schema::Socket& context_only, ContextRuns& runs) const;
  uint8_t* PutChosen(uint8_t* at, const schema::Socket& socket, const ContextRuns& runs) const;
  template <Epoch E>
  [[gnu::noinline]] uint8_t* PutChosenOf(uint8_t* at, const schema::Socket& socket, const ContextRuns& runs) const;

  const Epoch epoch_;
  size_t count_;                        // fields of a row
  size_t max_own_ = Style::kMaxAround;  // bytes of a row at its longest, but for what it shares
  std::bitset<schema::kFieldCount> chosen_;
  PutRow put_all_ = nullptr;  // null: not every field is chosen
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
  if (count_ == schema::FieldsOf(epoch_).size()) put_all_ = Style::PutAll(epoch_, options.portable);
}

template <class Style>
void TableWalk<Style>::EncodeContext(const schema::Context& context, ContextRuns& runs) const {
  const ContextOnly carrier(context);
  runs.Clear();
  if (epoch_ == Epoch::k1)
    EncodeContextOf<Epoch::k1>(carrier.socket(), runs);
  else
    EncodeContextOf<Epoch::k2>(carrier.socket(), runs);
}

template <class Style>
template <schema::Epoch E>
void TableWalk<Style>::EncodeContextOf(const schema::Socket& context_only, ContextRuns& runs) const {
  ForEachIndex([&](auto index) {
    constexpr size_t I = index;
    constexpr schema::Field f = schema::kFields[I];
    if constexpr (f.In(E) && IsShared(f)) {
      const size_t text = schema::Text<I>(context_only).size();
      if (chosen_[I])
        runs.Commit(Style::template Put<E, I, Portable>(runs.Room(Style::MaxBytes(f, E) + Style::kTextFactor * text),
                                                        schema::Place(f, context_only)));
      if constexpr (kLayout<E>.ends_run[I]) runs.EndRun();
    }
  });
}

template <class Style>
uint8_t* TableWalk<Style>::PutChosen(uint8_t* at, const schema::Socket& socket, const ContextRuns& runs) const {
  return epoch_ == Epoch::k1 ? PutChosenOf<Epoch::k1>(at, socket, runs) : PutChosenOf<Epoch::k2>(at, socket, runs);
}

template <class Style>
template <schema::Epoch E>
uint8_t* TableWalk<Style>::PutChosenOf(uint8_t* at, const schema::Socket& socket, const ContextRuns& runs) const {
  ForEachIndex([&](auto index) {
    constexpr size_t I = index;
    constexpr schema::Field f = schema::kFields[I];
    if constexpr (f.In(E) && IsShared(f)) {
      if constexpr (kLayout<E>.ends_run[I]) at = runs.Copy(kLayout<E>.run[I], at);
    } else if constexpr (f.In(E)) {
      if (chosen_[I]) at = Style::template Put<E, I, Portable>(at, schema::Place(f, socket));
    }
  });
  return at;
}

}  // namespace xtcp2::encode
