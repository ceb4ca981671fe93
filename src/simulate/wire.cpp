#include "simulate/wire.hpp"

#include <algorithm>

namespace pontage::simulate {
namespace {

using Kind = EventSpec::Kind;

void cut_for_error(std::vector<EventSpec>& events, Position at) {
  std::uint64_t seen = 0;
  std::size_t keep = 0;
  while (keep < events.size() && seen < at.count) {
    const bool counts = at.unit == Position::Unit::kEvent || events[keep].content;
    seen += counts ? 1 : 0;
    ++keep;
  }
  events.resize(keep);
  events.push_back({Kind::kError, false, false, 0, 0, 0});
}

}  // namespace

std::vector<EventSpec> Wire::healthy_events(bool interleave) const {
  if (dialect == Dialect::kBedrock) return bedrock_events(*this, interleave);
  if (dialect == Dialect::kGemini) return gemini_events(*this);
  if (dialect == Dialect::kResponses) return responses_events(*this, interleave);
  return dialect == Dialect::kAnthropic ? anthropic_events(*this, interleave)
                                        : openai_events(*this, interleave);
}

std::string Wire::plain() const {
  if (dialect == Dialect::kBedrock) return bedrock_plain(*this);
  if (dialect == Dialect::kGemini) return gemini_plain(*this);
  if (dialect == Dialect::kResponses) return responses_plain(*this);
  return dialect == Dialect::kAnthropic ? anthropic_plain(*this) : openai_plain(*this);
}

std::string_view Wire::event_name(const EventSpec& event) const {
  if (dialect == Dialect::kOpenAi || dialect == Dialect::kGemini) return {};
  if (dialect == Dialect::kBedrock) return bedrock_event_name(event);
  if (dialect == Dialect::kResponses) return responses_event_name(*this, event);
  switch (event.kind) {
    case Kind::kStart:
      return "message_start";
    case Kind::kPing:
      return "ping";
    case Kind::kBlockStart:
      return "content_block_start";
    case Kind::kDelta:
    case Kind::kSignature:
      return "content_block_delta";
    case Kind::kBlockStop:
      return "content_block_stop";
    case Kind::kFinish:
      return "message_delta";
    case Kind::kUsage:
      return "ping";
    case Kind::kDone:
      return "message_stop";
    case Kind::kError:
      return "error";
  }
  return {};
}

void Wire::append_data(const EventSpec& event, std::int64_t said, std::string& out) const {
  const std::size_t begin = out.size();
  if (dialect == Dialect::kBedrock) {
    append_bedrock_data(*this, event, out);
  } else if (dialect == Dialect::kGemini) {
    append_gemini_data(*this, event, said, out);
  } else if (dialect == Dialect::kResponses) {
    append_responses_data(*this, event, out);
  } else if (dialect == Dialect::kAnthropic) {
    append_anthropic_data(*this, event, said, out);
  } else {
    append_openai_data(*this, event, said, out);
  }
  if (event.broken) out.resize(begin + (out.size() - begin) / 2);
}

std::vector<EventSpec> apply_event_faults(std::vector<EventSpec> events, const Fault& fault) {
  if (fault.empty_stream) return {};
  if (fault.no_finish)
    std::erase_if(events, [](const EventSpec& e) { return e.kind == Kind::kFinish; });
  if (fault.no_done)
    std::erase_if(events, [](const EventSpec& e) { return e.kind == Kind::kDone; });
  if (fault.bad_json) {
    std::uint64_t seen = 0;
    for (EventSpec& event : events) {
      seen += event.content ? 1 : 0;
      event.broken = *fault.bad_json == 0 || (event.content && seen == *fault.bad_json);
      if (event.broken) break;
    }
  }
  if (fault.error_event) cut_for_error(events, *fault.error_event);
  return events;
}

void append_interleaved_deltas(const Choice& choice, std::size_t first, std::size_t choice_index,
                               std::vector<EventSpec>& out) {
  bool any = true;
  for (std::uint32_t piece = 0; any; ++piece) {
    any = false;
    for (std::size_t block = first; block < choice.blocks.size(); ++block) {
      if (piece >= choice.blocks[block].pieces.count()) continue;
      out.push_back({Kind::kDelta, true, false, static_cast<std::uint16_t>(choice_index),
                     static_cast<std::uint16_t>(block), piece});
      any = true;
    }
  }
}

}  // namespace pontage::simulate
