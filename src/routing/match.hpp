// Which route a request takes: the `match` of a route, and the model directory for requests that no
// route decides. Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "config/fields.hpp"
#include "routing/facts.hpp"

namespace pontage::routing {

struct Match {
  std::string path;                             ///< a prefix that ends at a slash or at the end
  std::vector<std::string> models;              ///< globs
  std::map<std::string, std::string> headers;   ///< name to glob
  std::map<std::string, std::string> metadata;  ///< key to glob
  std::vector<std::string> keys;                ///< names of client keys

  [[nodiscard]] bool path_matches(std::string_view request_path) const;
  [[nodiscard]] bool matches(const RequestFacts& facts) const;
  /// Every request that `other` takes, this one takes too; sound, may say false.
  [[nodiscard]] bool covers(const Match& other) const;
};

const config::Struct<Match>& match_table();

}  // namespace pontage::routing
