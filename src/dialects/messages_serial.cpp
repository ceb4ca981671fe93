#include "dialects/messages_serial.hpp"

#include <algorithm>

namespace pontage::dialects::messages {

// Pieces of one text are joined: they are one block anyway.
void SerialEventWriter::hold(Held::Kind kind, std::string_view text, std::string_view id) {
  const bool joins = kind == Held::Kind::kText || kind == Held::Kind::kThinking;
  if (joins && !held_.empty() && held_.back().kind == kind) {
    held_.back().text.append(text);
    return;
  }
  held_.push_back({kind, std::string(text), std::string(id), {}, 0});
}

void SerialEventWriter::text(std::string_view piece) {
  if (!started_) return EventWriter::text(piece);
  hold(Held::Kind::kText, piece);
}

void SerialEventWriter::thinking(std::string_view piece) {
  if (!started_) return EventWriter::thinking(piece);
  hold(Held::Kind::kThinking, piece);
}

void SerialEventWriter::signature(std::string_view value) {
  if (!started_) return EventWriter::signature(value);
  hold(Held::Kind::kSignature, value);
}

void SerialEventWriter::redacted_thinking(std::string_view data) {
  if (!started_) return EventWriter::redacted_thinking(data);
  hold(Held::Kind::kRedacted, data);
}

void SerialEventWriter::citation(std::string_view url, std::string_view title) {
  if (!started_) return EventWriter::citation(url, title);
  hold(Held::Kind::kCitation, url, title);
}

void SerialEventWriter::tool_start(std::size_t call, std::string_view id, std::string_view name) {
  if (!started_) {
    started_ = true;
    first_ = call;
    return EventWriter::tool_start(call, id, name);
  }
  held_.push_back({Held::Kind::kTool, {}, std::string(id), std::string(name), call});
}

void SerialEventWriter::tool_arguments(std::size_t call, std::string_view piece) {
  if (call == first_) return EventWriter::tool_arguments(call, piece);
  const auto mine = std::ranges::find_if(held_, [call](const Held& held) {
    return held.kind == Held::Kind::kTool && held.call == call;
  });
  if (mine != held_.end()) mine->text.append(piece);
}

void SerialEventWriter::say(const Held& held) {
  switch (held.kind) {
    case Held::Kind::kText:
      return EventWriter::text(held.text);
    case Held::Kind::kThinking:
      return EventWriter::thinking(held.text);
    case Held::Kind::kSignature:
      return EventWriter::signature(held.text);
    case Held::Kind::kRedacted:
      return EventWriter::redacted_thinking(held.text);
    case Held::Kind::kCitation:
      return EventWriter::citation(held.text, held.id);
    case Held::Kind::kTool:
      EventWriter::tool_start(held.call, held.id, held.name);
      if (!held.text.empty()) EventWriter::tool_arguments(held.call, held.text);
      close_tools();
  }
}

void SerialEventWriter::end(const llm::Ending& ending) {
  close_tools();
  for (const Held& held : held_) say(held);
  held_.clear();
  EventWriter::end(ending);
}

}  // namespace pontage::dialects::messages
