// Ports on the stage, where nobody else listens.
#pragma once

#include <cstdint>

namespace xtcp2::bench {

inline constexpr uint16_t kMetricsPort = 9088;  // 127.0.0.1

}  // namespace xtcp2::bench
