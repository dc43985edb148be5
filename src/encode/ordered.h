// The encoder of the formats whose fields come in any order: it goes through a Plan, copies what a dump's rows share,
// and leaves how a value is set apart to the Style.
#pragma once

#include "encode/context_runs.h"
#include "encode/format.h"
#include "encode/plan.h"
#include "encode/unrolled.h"

namespace xtcp2::encode {

// A Style is made from EncodeOptions and has:
//   kTextFactor                bytes that one byte of text can become
//   kMaxAround                 bytes that Begin and End write at most
//   kLeavesZerosOut            whether a column that is zero or empty writes nothing
//   Columns()                  the steps, in the order they are written
//   MaxBytes(step)             bytes that a column needs beside its text
//   Put(at, step, socket)      one column with what stands around it
//   PutNumber<Load>(at, step, value)  the same for a column of Show::kNumber
//   PutAll(options)            a quicker way for these columns where there is one (unrolled.h), else null
//   Begin(at)                  what stands before the columns
//   End(first, at)             turns what was written since `first` into a whole row
template <class Style>
class Ordered {
 public:
  explicit Ordered(const EncodeOptions& options)
      : style_(options), plan_(MakePlan(style_.Columns())), put_all_(Style::PutAll(options)) {
    for (const Step& step : plan_.steps) max_own_ += step.shared ? 0 : Max(step, MaxOwnText(step.load));
  }

  void EncodeContext(const schema::Context& context, ContextRuns& runs) const {
    const ContextOnly carrier(context);
    runs.Clear();
    for (const Stretch& stretch : plan_.stretches) {
      if (stretch.kind != Stretch::kShared) continue;
      for (const Step& step : Steps(stretch)) {
        uint8_t* const at = runs.Room(Max(step, StepText(step, carrier.socket()).size()));
        runs.Commit(style_.Put(at, step, carrier.socket()));
      }
      runs.EndRun();
    }
  }

  void Append(const schema::Socket& socket, const ContextRuns& runs, Buffer& rows) const {
    using schema::Load;
    uint8_t* const first = rows.Room(max_own_ + runs.size());
    uint8_t* at = Style::Begin(first);
    if (put_all_ != nullptr) {
      rows.Commit(Style::End(first, put_all_(at, socket, runs)));
      return;
    }
    size_t run = 0;
    for (const Stretch& stretch : plan_.stretches) {
      switch (stretch.kind) {
        case Stretch::kShared:
          at = runs.Copy(run++, at);
          break;
        case Stretch::kRarePart:
          if (Style::kLeavesZerosOut && socket[stretch.part] == schema::kZeros.data()) break;
          [[fallthrough]];
        case Stretch::kOthers:
          for (const Step& step : Steps(stretch)) at = style_.Put(at, step, socket);
          break;
        case Stretch::kU8:
          at = PutNumbers<Load::kU8>(at, stretch, socket);
          break;
        case Stretch::kU16:
          at = PutNumbers<Load::kU16>(at, stretch, socket);
          break;
        case Stretch::kU32:
          at = PutNumbers<Load::kU32>(at, stretch, socket);
          break;
        case Stretch::kU64:
          at = PutNumbers<Load::kU64>(at, stretch, socket);
          break;
        case Stretch::kBig16:
          at = PutNumbers<Load::kBig16>(at, stretch, socket);
          break;
        case Stretch::kBits:
          at = PutNumbers<Load::kBits>(at, stretch, socket);
          break;
      }
    }
    rows.Commit(Style::End(first, at));
  }

 private:
  std::span<const Step> Steps(const Stretch& stretch) const {
    return {plan_.steps.data() + stretch.begin, plan_.steps.data() + stretch.end};
  }
  size_t Max(const Step& step, size_t text_size) const {
    return style_.MaxBytes(step) + Style::kTextFactor * text_size;
  }
  template <schema::Load kLoad>
  [[gnu::always_inline]] inline uint8_t* PutNumbers(uint8_t* at, const Stretch& stretch,
                                                    const schema::Socket& socket) const {
    const uint8_t* const part = socket[stretch.part];
    for (const Step& step : Steps(stretch))
      at = style_.template PutNumber<kLoad>(at, step,
                                            schema::LoadNumber(kLoad, step.shift, step.bits, part + step.offset));
    return at;
  }

  Style style_;
  Plan plan_;
  const PutRow put_all_;
  size_t max_own_ = Style::kMaxAround;  // bytes of a row at its longest, but for what it shares
};

}  // namespace xtcp2::encode
