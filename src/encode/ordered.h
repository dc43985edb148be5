// The encoder of the formats whose fields come in any order: it goes through a Plan, copies what a dump's rows share,
// and leaves how a value is set apart to the Style. An encoder belongs to one reader thread.
#pragma once

#include "encode/context_runs.h"
#include "encode/format.h"
#include "encode/plan.h"

namespace xtcp2::encode {

// A Style is made from EncodeOptions and has:
//   kTextFactor            bytes that one byte of text can become
//   kMaxAround             bytes that Begin and End write at most
//   Columns()              the steps, in the order they are written
//   MaxBytes(step)         bytes that a column needs beside its text
//   Put(at, step, socket)  one column with what stands around it
//   Begin(at)              what stands before the columns
//   End(first, at)         turns what was written since `first` into a whole row
template <class Style>
class Ordered {
 public:
  explicit Ordered(const EncodeOptions& options) : style_(options), plan_(MakePlan(style_.Columns())) {
    for (const Step& step : plan_.row) max_own_ += step.show == Show::kRun ? 0 : Max(step, MaxOwnText(step.load));
    SetContext({});
  }

  void SetContext(const schema::Context& context) {
    const ContextOnly carrier(context);
    runs_.Clear();
    for (const std::vector<Step>& run : plan_.shared) {
      for (const Step& step : run) {
        uint8_t* const at = runs_.Room(Max(step, StepText(step, carrier.socket()).size()));
        runs_.Commit(style_.Put(at, step, carrier.socket()));
      }
      runs_.EndRun();
    }
    max_row_ = Style::kMaxAround + max_own_ + runs_.size();
  }

  void Append(const schema::Socket& socket, Buffer& rows) const {
    uint8_t* const first = rows.Room(max_row_);
    uint8_t* at = style_.Begin(first);
    for (const Step& step : plan_.row)
      at = step.show == Show::kRun ? runs_.Copy(step.column, at) : style_.Put(at, step, socket);
    rows.Commit(style_.End(first, at));
  }

 private:
  size_t Max(const Step& step, size_t text_size) const {
    return style_.MaxBytes(step) + Style::kTextFactor * text_size;
  }

  Style style_;
  Plan plan_;
  ContextRuns runs_;
  size_t max_own_ = 0;  // bytes of a row's own columns at their longest
  size_t max_row_ = 0;
};

}  // namespace xtcp2::encode
