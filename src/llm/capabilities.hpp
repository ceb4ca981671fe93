// What a model can do, by the catalogue's word: codecs and rules ask it. A model that is not known
// can do everything.
#pragma once

#include <cstdint>

namespace pontage::llm {

struct Capabilities {
  bool tools = true;
  bool images = true;  ///< takes them as input; so the next two
  bool documents = true;
  bool audio = true;
  bool temperature = true;  ///< takes sampling parameters
  bool reasoning = true;
  bool structured_output = true;
  bool system_role = true;
  bool prefill = true;                 ///< continues an answer that the client has begun
  bool max_completion_tokens = false;  ///< wants this name for the limit (openai.chat)
  std::int64_t max_output = 0;         ///< tokens; 0: not stated
  std::int64_t context = 0;            ///< tokens, input and output together; 0: not stated
};

}  // namespace pontage::llm
