// A request to a model in no dialect: what a client said, what it offers and how it wants the
// answer. A client dialect is read into it, a provider dialect is written from it. Texts are
// borrowed from the document they were read from; JSON values that pass through are kept as text of
// their own.
#pragma once

#include <cstdint>
#include <forward_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pontage::llm {

enum class Role : std::uint8_t { kUser, kAssistant, kSystem };

/// Where the bytes of an image or a document are.
enum class Source : std::uint8_t {
  kNone,
  kBase64,  ///< in `data`, of `media_type`
  kUrl,     ///< at the address `data`
  kText,    ///< `data` itself
  kFile,    ///< at the provider that knows the id `data`
  kParts,   ///< in `parts`
};

struct Part {
  enum class Kind : std::uint8_t {
    kText,
    kImage,
    kDocument,
    kAudio,    ///< `media_type` is the format ("wav", "mp3")
    kRefusal,  ///< of the assistant: `text`
    kToolCall,
    kToolResult,
    kThinking,
    kRedactedThinking,  ///< `text` is what only its maker can read
    kForeign,           ///< known to the client's dialect only: `json`
  };
  Kind kind = Kind::kText;
  std::string where;  ///< the path in the client's request, for errors
  std::string_view text;
  std::string_view signature;  ///< of thinking
  Source source = Source::kNone;
  std::string_view media_type;
  std::string_view data;
  std::string_view title;   ///< of documents, their file's name
  std::string_view detail;  ///< of images: "low", "high", "auto"; empty: unsaid
  std::string_view context;
  bool wants_citations = false;
  std::string_view id;    ///< of a call, or of the call that a result answers
  std::string_view name;  ///< of the tool, or of the foreign kind
  std::string json;       ///< a call's input, or the whole foreign part
  bool is_error = false;  ///< of a tool result
  /// The prompt-cache mark that clients set for Anthropic's models, as JSON; empty: none.
  std::string cache_control;
  std::vector<Part> parts;
};

struct Turn {
  Role role = Role::kUser;
  std::string where;
  std::string_view name;  ///< of the participant; empty: unsaid
  std::vector<Part> parts;
};

struct Tool {
  std::string where;
  std::string_view name;
  std::string_view description;
  std::string schema;  ///< JSON; empty: takes nothing
  bool strict = false;
  std::string cache_control;      ///< as of Part
  std::string_view foreign_type;  ///< a tool that only the client's dialect knows
};

struct ToolChoice {
  enum class Kind : std::uint8_t { kUnsaid, kAuto, kAny, kNone, kNamed };
  Kind kind = Kind::kUnsaid;
  std::string_view name;
  bool one_at_a_time = false;
  /// The client offers all its tools and allows only these; empty: all.
  std::vector<std::string_view> allowed;
};

struct Reasoning {
  enum class Kind : std::uint8_t { kUnsaid, kOff, kBudget, kAdaptive };
  Kind kind = Kind::kUnsaid;
  std::int64_t budget_tokens = 0;
  /// "minimal", "low", "medium", "high", "xhigh", "max"; empty: unsaid
  std::string_view effort;
  std::string_view summary;  ///< of the thinking, as a Responses client asks for it
  std::string_view where;    ///< the field of the client's request, for notes
};

struct Conversation {
  std::vector<Part> system;
  std::vector<Turn> turns;
  std::vector<Tool> tools;
  ToolChoice choice;
  Reasoning reasoning;
  std::optional<std::int64_t> max_tokens;
  std::string temperature;  ///< numbers as the client wrote them; empty: unsaid
  std::string top_p;
  std::string top_k;
  std::vector<std::string_view> stop;
  std::string_view user;
  std::string answer_schema;     ///< JSON; empty: none
  std::string_view answer_name;  ///< of the schema
  bool answer_strict = false;
  bool answer_json = false;  ///< any JSON object, where there is no schema
  std::optional<std::int64_t> choices;
  std::optional<std::int64_t> seed;
  std::string frequency_penalty;  ///< as `temperature`
  std::string presence_penalty;
  /// Fields that mean something to providers of the client's own dialect only: name and JSON. What
  /// is here may be left out by others; what may not is an error of the reader.
  std::vector<std::pair<std::string_view, std::string>> annex;
  /// Texts that had to be put together; views above may point into them.
  std::forward_list<std::string> made;
};

}  // namespace pontage::llm
