// The words of a drill: what is broken, where in a chain, what a client then saw, and what that is
// worth. Plain values; nothing here runs anything.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/clock.hpp"
#include "pontage/dialects/codec.hpp"

namespace pontage::study {

/// What a client may expect while something is left that can answer.
enum class Expect : std::uint8_t {
  kAnswer,      ///< a whole answer
  kOwnMistake,  ///< the request's fault as the provider sees it: its word may be passed on
  kCut,         ///< content has been sent: a whole answer, or an error event that says it is not
};

struct FaultClass {
  std::string_view name;
  std::string_view script;  ///< of the simulated provider; empty: nobody listens there
  std::string_view clause;  ///< what the provider does, after its name
  bool whole_provider;      ///< all its models at once, else the one target
  Expect stream;
  bool streamed = true;  ///< tried with a streamed request
  bool plain = true;     ///< tried with another
  bool slow = false;     ///< only a deadline ends it
};
std::span<const FaultClass> fault_classes();

/// A target in the order in which a request tries them; targets of the floor come last.
struct Step {
  std::string provider;
  std::string model;
  std::string label;
  bool floor = false;
};

struct Request {
  dialects::Dialect dialect = dialects::Dialect::kOpenAiChat;
  std::string path;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string plain_body;
  std::string stream_body;
};

/// What one request meets on one route.
struct Course {
  std::string route;
  std::string about;  ///< which request, where there is more than one: "long"; empty: the usual
  Request request;
  std::vector<Step> steps;
  bool message = false;  ///< a fixed message ends the floor
};

struct Injection {
  std::string provider;
  std::string model;   ///< empty: all of them
  std::string script;  ///< empty: connections are refused
  bool operator==(const Injection&) const = default;
};

struct Case {
  enum class Kind : std::uint8_t {
    kHealthy,     ///< the step answers, all before it are down
    kFault,       ///< the step has the fault, all before it are down
    kEverything,  ///< all targets are down but those of the floor
  };
  Kind kind = Kind::kFault;
  std::size_t course = 0;
  std::size_t step = 0;
  const FaultClass* fault = nullptr;
  bool stream = false;
  std::vector<Injection> injections;
};

/// How an answer looks to the one who asked.
struct Seen {
  enum class Kind : std::uint8_t {
    kAnswer,   ///< whole, with its end
    kError,    ///< an error in the client's dialect and nothing else
    kCut,      ///< some of an answer, then an error event
    kBroken,   ///< some of an answer and no word about the rest, or an error that is not typed
    kNothing,  ///< nothing came within the drill's patience
  };
  Kind kind = Kind::kNothing;
  int status = 0;
  std::string error;  ///< its code, else its type
  std::optional<std::int64_t> retry_after_s;
  Millis first{0};  ///< to the first byte of content, or to the error
  Millis whole{0};
  std::string served_by;  ///< a target's label
  bool floor = false;     ///< the floor answered
  bool begun = false;     ///< content has come
  bool met = true;        ///< the fault was met: the step was asked
};

struct Verdict {
  enum class Result : std::uint8_t { kPass, kFail, kSkipped };
  Result result = Result::kPass;
  std::string outcome;  ///< what the client saw, as a clause: "the client gets an error (503 …)"
  std::string advice;   ///< what to change; empty: nothing to say
};

struct Row {
  Case what;
  Seen seen;
  Verdict verdict;
};

/// What is expected of time.
struct Patience {
  Millis first{10'000};  ///< streams: the first byte of content
  Millis plain{60'000};  ///< other requests: the whole answer
  [[nodiscard]] Millis give_up() const { return std::max(first, plain) + Millis(5'000); }
};

struct Report {
  std::vector<Course> courses;
  std::vector<Row> rows;
  std::vector<std::string> notes;
  Millis took{0};
};

}  // namespace pontage::study
