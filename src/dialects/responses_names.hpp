// What stands in texts that clients carry back and forth unread: thinking of other providers in a
// reasoning item's `encrypted_content`, and OpenAI's own of that kind as a signature elsewhere. All
// of it begins with our mark (our_marks.hpp).
#pragma once

#include <string>
#include <string_view>

namespace pontage::dialects::responses {

/// Thinking as the client keeps it for us.
struct SealedThinking {
  std::string_view text;
  std::string_view signature;  ///< empty: nobody signed
  bool redacted = false;       ///< `text` is what only its maker can read
};
std::string seal(const SealedThinking& thinking);
/// False: `sealed` is not ours.
bool unseal(std::string_view sealed, SealedThinking& out);

/// A reasoning item of a provider of this dialect, as a signature for clients of others.
std::string reasoning_signature(std::string_view item_id, std::string_view encrypted);
bool read_reasoning_signature(std::string_view signature, std::string_view& item_id,
                              std::string_view& encrypted);

/// Under which name a tool in a namespace is offered to others.
std::string name_in_space(std::string_view space, std::string_view name);

}  // namespace pontage::dialects::responses
