#include "config/toml_file.h"

#include <fmt/format.h>

#include <toml++/toml.h>
#include <algorithm>
#include <tuple>

namespace xtcp2::config {
namespace {

using Value = decltype(FileValue::value);

std::string Described(const toml::node& node) {
  if (node.is_floating_point()) return "a decimal number";
  if (node.is_date() || node.is_time() || node.is_date_time()) return "a date or time";
  if (node.is_array()) return "a list in a list";
  if (node.is_table()) return "a table in a list";
  return node.is_boolean() ? "a list with a boolean in it" : "a list with a number in it";
}

Value ReadArray(const toml::array& array) {
  std::vector<std::string> entries;
  for (const toml::node& node : array) {
    if (!node.is_string()) return Unusable{Described(node)};
    entries.push_back(node.as_string()->get());
  }
  return entries;
}

Value ReadValue(const toml::node& node) {
  if (const auto* boolean = node.as_boolean()) return boolean->get();
  if (const auto* integer = node.as_integer()) return integer->get();
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* array = node.as_array()) return ReadArray(*array);
  return Unusable{Described(node)};
}

void Flatten(const toml::table& table, const std::string& prefix, std::vector<FileValue>& out) {
  for (const auto& [key, node] : table) {
    std::string name = prefix + std::string(key.str());
    if (const auto* inner = node.as_table())
      Flatten(*inner, name + ".", out);
    else
      out.push_back({std::move(name), key.source().begin.line, ReadValue(node)});
  }
}

}  // namespace

FileValues ReadToml(std::string_view text, std::string_view path) {
  FileValues out;
  try {
    Flatten(toml::parse(text, path), "", out.values);
  } catch (const toml::parse_error& error) {
    const auto& at = error.source().begin;
    out.errors.push_back(fmt::format("{}:{}: not TOML (column {}): {}", path, at.line, at.column, error.description()));
  }
  std::sort(out.values.begin(), out.values.end(),
            [](const FileValue& a, const FileValue& b) { return std::tie(a.line, a.key) < std::tie(b.line, b.key); });
  return out;
}

}  // namespace xtcp2::config
