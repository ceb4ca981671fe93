// A `response` and the items of its output as text
// (platform.openai.com/docs/api-reference/responses/object).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "llm/reply_events.hpp"
#include "pontage/dialects/codec.hpp"

namespace pontage::dialects::responses {

struct Content {
  bool refusal = false;
  std::string text;
  std::string annotations;  // JSON objects, with commas between them
  std::size_t annotation_count = 0;
};

enum class Status : std::uint8_t { kInProgress, kCompleted, kIncomplete };

struct Item {
  enum class Kind : std::uint8_t { kMessage, kReasoning, kCall, kTextCall };
  Kind kind = Kind::kMessage;
  std::string id;
  std::vector<Content> contents;  ///< of a message
  std::string text;               ///< of thinking; of a call its arguments
  std::string signature;          ///< of thinking
  bool redacted = false;          ///< `text` is what only its maker can read
  std::string call_id;
  std::string name;
  std::string space;
};

void append_content(std::string& out, const Content& content);
/// `"type":"summary_text","text":…` in braces.
void append_summary(std::string& out, std::string_view text);
/// In progress it stands without what comes later.
void append_item(std::string& out, const Item& item, Status status);

/// What a free-text tool gets out of the arguments of its function.
std::string text_input(const std::string& arguments);

class ResponseObject {
 public:
  ResponseObject(const RequestView& view, std::string_view client_model);
  void name(std::string_view id, std::string_view model);
  /// The id of the item at `index`, with its kind's prefix ("msg_").
  [[nodiscard]] std::string item_id(std::string_view prefix, std::size_t index) const;

  void append_begun(std::string& out) const;
  /// `refused`: the end by a filter is the model's own refusal.
  void append_ended(std::string& out, const std::vector<Item>& items, const llm::Ending& ending,
                    bool refused) const;
  [[nodiscard]] static bool complete(const llm::Ending& ending, bool refused);

 private:
  void open(std::string& out, std::string_view status) const;

  std::string id_;  // without a prefix
  std::string model_;
  std::string echo_;
  std::int64_t created_s_;
};

}  // namespace pontage::dialects::responses
