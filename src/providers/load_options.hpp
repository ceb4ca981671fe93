// What a provider's entry says of its load: how much at once, and whether it is checked.
#pragma once

#include <string>

#include "core/clock.hpp"

namespace pontage::config {
template <class T>
class Struct;
}  // namespace pontage::config

namespace pontage::providers {

/// An active check: a GET in the background.
struct CheckOptions {
  Millis every{0};                  ///< 0: none
  std::string path = "/v1/models";  ///< from the host's root
};

struct LoadOptions {
  int max_concurrency = 0;  ///< requests under way at the same time; 0: no limit
  CheckOptions check;
};

struct ProviderOptions;
void add_load_fields(config::Struct<ProviderOptions>& table);

}  // namespace pontage::providers
