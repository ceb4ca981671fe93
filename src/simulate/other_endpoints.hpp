// What the simulated provider answers beside conversations: embeddings, completions, moderations,
// images, speech, transcriptions and files, each as OpenAI's API reference has it. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pontage::simulate {

struct OtherReply {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::string model;  ///< that was asked for
  bool stream = false;
};

/// Nothing when the path is none of these. `path` without a query.
std::optional<OtherReply> other_reply(std::string_view method, std::string_view path,
                                      std::string_view body, std::uint64_t seed);

}  // namespace pontage::simulate
