// GET /v1/models and /v1/models/ID in the client's dialect: OpenAI's shape with what OpenRouter's
// clients read beside it, or Anthropic's with its paging.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "gateway/snapshot.hpp"

namespace pontage::gateway {

struct ModelQuery {
  dialects::Dialect dialect;
  std::int64_t now_s;      ///< `created`, and the moment whose prices are shown
  std::string_view query;  ///< of the address: limit, after_id, before_id
};

std::string model_list(const Snapshot& snapshot, const ModelQuery& query);
/// `id` as it stands in the path: it may hold slashes and `%2F`, and may be `provider/model`.
/// Empty: no such model.
std::string model_entry(const Snapshot& snapshot, std::string_view id, const ModelQuery& query);

}  // namespace pontage::gateway
