#include <nlohmann/json.hpp>

#include "doctor/report.h"

namespace xtcp2::doctor {
namespace {

const char* CollectorName(Collector collector) {
  return collector == Collector::kBpf ? "bpf" : collector == Collector::kNetlink ? "netlink" : "none";
}

const char* ReachName(Reach reach) {
  return reach == Reach::kAllNamespaces ? "all" : reach == Reach::kOwnNamespace ? "own" : "none";
}

}  // namespace

std::string Json(const Report& report) {
  using Object = nlohmann::ordered_json;
  Object checks = Object::array(), outcomes = Object::array();
  for (const Check& check : report.checks)
    checks.push_back({{"name", check.name},
                      {"state", StateName(check.state)},
                      {"found", check.found},
                      {"gives", check.gives},
                      {"remedy", check.remedy}});
  for (const Outcome& outcome : report.outcomes)
    outcomes.push_back({{"name", outcome.name}, {"yes", outcome.yes}, {"text", outcome.text}});
  const Object all = {{"xtcp2", report.version},
                      {"kernel", report.kernel},
                      {"checks", checks},
                      {"outcomes", outcomes},
                      {"collector", CollectorName(report.collector)},
                      {"namespaces", ReachName(report.reach)},
                      {"reason", report.reason}};
  return all.dump(-1, ' ', false, Object::error_handler_t::replace) + '\n';
}

}  // namespace xtcp2::doctor
