// Writes an answer of no dialect as OpenAI's Responses API does: the events of a stream, or one
// `response` object.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "dialects/responses_object.hpp"
#include "dialects/translation.hpp"

namespace pontage::dialects::responses {

/// response.created, in_progress, (output_item.added, its parts and deltas, output_item.done)*,
/// response.completed or .incomplete. Thinking and text are open one at a time; calls stay open
/// side by side until the end.
class Writer final : public ReplyWriter {
 public:
  Writer(const RequestView& view, std::string_view client_model, bool stream);

  void start(std::string_view id, std::string_view model) override;
  void text(std::string_view piece) override { say(piece, false); }
  void refusal(std::string_view piece) override { say(piece, true); }
  void thinking(std::string_view piece) override;
  void signature(std::string_view value) override;
  void redacted_thinking(std::string_view data) override;
  void tool_start(std::size_t call, std::string_view id, std::string_view name) override;
  void tool_arguments(std::size_t call, std::string_view piece) override;
  void citation(std::string_view url, std::string_view title) override;
  void end(const llm::Ending& ending) override;
  [[nodiscard]] std::int64_t next_number() const override { return sequence_; }

 private:
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  void say(std::string_view piece, bool refusal);
  Item& add(Item::Kind kind);
  Item& open_reasoning();
  Content& open_content(bool refusal);
  void close();
  void close_content();
  void close_item(std::size_t index, bool complete);
  void close_call(std::size_t index, bool complete);

  // An event up to and with its sequence number; the rest of the object is the caller's.
  void event(std::string_view type);
  void place(std::size_t index);          // ,"item_id":…,"output_index":…
  void content_place(std::size_t index);  // the same with the content's index
  void item_event(std::string_view type, std::size_t index, Status status);
  void finish() { out_.append("}\n\n"); }

  ResponseObject object_;
  std::vector<ToolForm> forms_;
  std::vector<Item> items_;
  std::vector<std::size_t> calls_;  // the place of each call among the items
  std::size_t open_ = kNone;        // the message or the thinking that goes on
  bool content_open_ = false;       // of that message
  bool stream_;
  std::int64_t sequence_ = 0;
};

}  // namespace pontage::dialects::responses
