// A whole row of every field, unrolled by the compiler for one Style, epoch and kind of processor. What a dump's rows
// share is copied from ContextRuns, neighbours that are nearly always zero are passed over by one test, and a part's
// address is loaded once. The way of most rows; rows of chosen fields take the one in walk.h.
#pragma once

#include <utility>

#include "encode/context_runs.h"
#include "encode/isa.h"
#include "encode/layout.h"
#include "schema/read.h"

namespace xtcp2::encode {

// Fills a row's own and shared fields from `at` on and returns the end; what it needs at most is the encoder's
// business.
using PutRow = uint8_t* (*)(uint8_t* at, const schema::Socket& socket, const ContextRuns& runs);

// A Style has, all static:
//   Put<Epoch, I, Isa>(at, value)  the field at index I of the table; `value` is where it lies
//   PutZeros<Epoch, I>(at)         the rare run that begins at I, all of it zero or empty

template <class Style, schema::Epoch E, class Isa>
struct Unrolled {
  [[gnu::flatten, gnu::noinline]] static uint8_t* Row(uint8_t* at, const schema::Socket& socket,
                                                      const ContextRuns& runs) {
    return PutAll(at, socket, runs, std::make_index_sequence<schema::kFieldCount>{});
  }

 private:
  template <size_t... I>
  [[gnu::always_inline]] static inline uint8_t* PutAll(uint8_t* at, const schema::Socket& socket,
                                                       const ContextRuns& runs, std::index_sequence<I...>) {
    const uint8_t* part = nullptr;
    ((part = PartOf<I>(part, socket), at = Step<I>(at, part, runs)), ...);
    return at;
  }

  template <size_t I>
  [[gnu::always_inline]] static inline const uint8_t* PartOf(const uint8_t* part, const schema::Socket& socket) {
    if constexpr (kLayout<E>.begins_part[I])
      return socket.part[static_cast<size_t>(schema::kFields[I].part)];
    else
      return part;
  }

  template <size_t I>
  [[gnu::always_inline]] static inline uint8_t* Step(uint8_t* at, const uint8_t* part, const ContextRuns& runs) {
    constexpr schema::Field f = schema::kFields[I];
    constexpr const Layout& layout = kLayout<E>;
    if constexpr (!f.In(E)) {
      return at;
    } else if constexpr (IsShared(f)) {
      if constexpr (layout.ends_run[I])
        return runs.Copy(layout.run[I], at);
      else
        return at;
    } else if constexpr (layout.rare_end[I] != 0) {
      if (IsRunSet<E, I>(part)) [[unlikely]]
        return RareRun<I>(at, part);
      return Style::template PutZeros<E, I>(at);
    } else if constexpr (layout.in_rare_run[I]) {
      return at;  // written with the first of its run
    } else {
      return Style::template Put<E, I, Isa>(at, part + f.offset);
    }
  }

  template <size_t First>
  [[gnu::noinline]] static uint8_t* RareRun(uint8_t* at, const uint8_t* part) {
    return PutEach<First>(at, part, std::make_index_sequence<kLayout<E>.rare_end[First] - First>{});
  }
  template <size_t First, size_t... K>
  [[gnu::always_inline]] static inline uint8_t* PutEach(uint8_t* at, const uint8_t* part, std::index_sequence<K...>) {
    ((at = PutIfIn<First + K>(at, part)), ...);
    return at;
  }
  template <size_t I>
  [[gnu::always_inline]] static inline uint8_t* PutIfIn(uint8_t* at, const uint8_t* part) {
    if constexpr (schema::kFields[I].In(E))
      return Style::template Put<E, I, Isa>(at, part + schema::kFields[I].offset);
    else
      return at;
  }
};

}  // namespace xtcp2::encode
