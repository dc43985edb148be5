#include <string>
#include <vector>

#include "allocations.h"
#include "app/commands.h"

int main(int argc, char** argv) {
  xtcp2::RegisterAllocationCounter();
  return xtcp2::app::Main(std::vector<std::string>(argv + 1, argv + argc));
}
