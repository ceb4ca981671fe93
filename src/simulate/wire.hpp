// An answer in a vendor's words: one JSON body, or a list of events that are rendered when their
// time comes. The list is cheap (12 bytes an event), so thousands of long streams may be open.
// Faults of events are changes of the list.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "simulate/answer.hpp"
#include "simulate/error_reply.hpp"

namespace pontage::simulate {

struct EventSpec {
  enum class Kind : std::uint8_t {
    kStart,  ///< role chunk, message_start
    kPing,
    kBlockStart,
    kDelta,
    kSignature,
    kBlockStop,
    kFinish,  ///< finish_reason, message_delta
    kUsage,
    kDone,  ///< [DONE], message_stop
    kError,
  };
  Kind kind = Kind::kDelta;
  bool content = false;  ///< carries a piece of the answer
  bool broken = false;   ///< its JSON ends too early
  std::uint16_t choice = 0;
  std::uint16_t block = 0;
  std::uint32_t piece = 0;
};

/// One answer to render. `error` is what kError says.
struct Wire {
  Dialect dialect = Dialect::kOpenAi;
  Answer answer;
  UsageStyle usage = UsageStyle::kDefault;
  bool include_usage = false;
  ErrorReply error;

  [[nodiscard]] std::vector<EventSpec> healthy_events(bool interleave) const;
  [[nodiscard]] std::string plain() const;
  /// The event's name, empty in OpenAI's dialect.
  [[nodiscard]] std::string_view event_name(const EventSpec& event) const;
  /// Appends the data of an event; `said` is the number of pieces sent so far, this one included.
  void append_data(const EventSpec& event, std::int64_t said, std::string& out) const;
};

/// The list with the faults of `fault` in it: events left out, broken, replaced by an error.
std::vector<EventSpec> apply_event_faults(std::vector<EventSpec> events, const Fault& fault);

// One pair a dialect, used by Wire.
std::vector<EventSpec> openai_events(const Wire& wire, bool interleave);
std::vector<EventSpec> anthropic_events(const Wire& wire, bool interleave);
std::vector<EventSpec> bedrock_events(const Wire& wire, bool interleave);
std::string bedrock_plain(const Wire& wire);
void append_bedrock_data(const Wire& wire, const EventSpec& event, std::string& out);
std::string_view bedrock_event_name(const EventSpec& event);
std::vector<EventSpec> gemini_events(const Wire& wire);
std::string gemini_plain(const Wire& wire);
void append_gemini_data(const Wire& wire, const EventSpec& event, std::int64_t said,
                        std::string& out);
std::vector<EventSpec> responses_events(const Wire& wire, bool interleave);
std::string responses_plain(const Wire& wire);
void append_responses_data(const Wire& wire, const EventSpec& event, std::string& out);
std::string_view responses_event_name(const Wire& wire, const EventSpec& event);
std::string openai_plain(const Wire& wire);
std::string anthropic_plain(const Wire& wire);
void append_openai_data(const Wire& wire, const EventSpec& event, std::int64_t said,
                        std::string& out);
void append_anthropic_data(const Wire& wire, const EventSpec& event, std::int64_t said,
                           std::string& out);

/// What Anthropic's and Bedrock's answers share: how Anthropic's models sign, which blocks are
/// shown and where they stand, and why they stopped.
std::string block_signature(const Wire& wire);
bool is_shown(const Block& block);
std::string block_index(const Wire& wire, std::size_t block);
std::string_view stop_reason(const Choice& choice);

/// Deltas of consecutive tool blocks, from `first` on, in turns; the order of other events stays.
void append_interleaved_deltas(const Choice& choice, std::size_t first, std::size_t choice_index,
                               std::vector<EventSpec>& out);

}  // namespace pontage::simulate
