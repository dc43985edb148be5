// The text of /proc/net/sockstat and sockstat6. Pure.
#pragma once

#include <cstdint>
#include <string_view>

namespace xtcp2::bench {

// The number behind `name` in the line that starts with `protocol` ("TCP:", "TCP6:"); 0 where it is not there.
uint64_t SockstatNumber(std::string_view text, std::string_view protocol, std::string_view name);

}  // namespace xtcp2::bench
