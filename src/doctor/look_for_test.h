// Looking at the running host from a child, before and after it took one thing away from itself. Needs root.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <functional>

#include "base/child_for_test.h"
#include "doctor/facts_for_test.h"

namespace xtcp2::doctor {

using Take = std::function<bool(Places&)>;

inline bool Nothing(Places&) { return true; }

// "state name", or with what it found.
inline std::vector<std::string> States(const Places& places) {
  std::vector<std::string> lines;
  for (const Check& check : Judge(Look(places), "test").checks)
    lines.push_back(std::string(StateName(check.state)) + ' ' + check.name + '\n' + check.found);
  return lines;
}

// What differs between two looks of a child, the second after `take`: "missing limits.files" and the like. `before` is
// done first.
inline std::vector<std::string> Changed(const Take& take, const Take& before = Nothing) {
  const ChildEnd end = RunInChild([&](int out) {
    Places places;
    places.load = false;
    if (!before(places)) return WriteTo(out, "could not prepare\n");
    const auto all = States(places);
    if (!take(places)) return WriteTo(out, "could not take it away\n");
    const auto less = States(places);
    for (size_t i = 0; i < all.size(); ++i)
      if (less[i] != all[i]) WriteTo(out, less[i].substr(0, less[i].find('\n') + 1));
  });
  EXPECT_EQ(end.ExitCode(), 0) << "the child ended by status " << end.status;
  std::vector<std::string> names;
  for (size_t at = 0, next; (next = end.text.find('\n', at)) != std::string::npos; at = next + 1)
    names.push_back(end.text.substr(at, next - at));
  return names;
}

class DoctorHere : public testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "NOT TESTED: needs root, to take things away";
    states_ = States({.load = false});
  }
  // Taking it away changes the line of `check`, and then those of `others`. What the host lacks cannot be taken away.
  void ChangesOnly(const std::string& check, const Take& take, const Take& before = Nothing,
                   const std::vector<std::string>& others = {}) const {
    SCOPED_TRACE(check);
    if (!Has(check)) {
      std::printf("NOT TESTED: this host has no %s to take away\n", check.c_str());
      return;
    }
    std::vector<std::string> expected = {"missing " + check};
    expected.insert(expected.end(), others.begin(), others.end());
    EXPECT_EQ(Changed(take, before), expected);
  }
  bool Has(const std::string& check) const {
    return std::ranges::any_of(states_,
                               [&](const std::string& line) { return line.starts_with("ok " + check + '\n'); });
  }

 private:
  std::vector<std::string> states_;
};

}  // namespace xtcp2::doctor
