// What differs between provider families: the dialect, the path, and the headers that authenticate.
// One file a family.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "pontage/dialects/codec.hpp"

namespace pontage::providers {

struct Family {
  std::string_view kind;
  dialects::Dialect dialect;
  std::string_view path;       ///< "/chat/completions"
  std::string_view base_path;  ///< put before it when the base URL has no path of its own
  bool needs_key;
  void (*append_auth)(std::string& head, std::string_view key);
};

const Family* find_family(std::string_view kind);
std::vector<std::string> family_names();

// Each in the family's own file.
void openai_append_auth(std::string& head, std::string_view key);
void anthropic_append_auth(std::string& head, std::string_view key);
void simulated_append_auth(std::string& head, std::string_view key);

}  // namespace pontage::providers
