#include "collect/row_sink.h"

namespace xtcp2::collect {

void SinkCounters::Add(const SinkCounters& other) {
  rows += other.rows;
  row_bytes += other.row_bytes;
  duplicates += other.duplicates;
  lost_rows += other.lost_rows;
  for (size_t family = 0; family < by_state.size(); ++family)
    for (size_t state = 0; state < by_state[family].size(); ++state)
      by_state[family][state] += other.by_state[family][state];
  locate.Add(other.locate);
}

}  // namespace xtcp2::collect
