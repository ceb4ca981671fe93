#include "dialects/bedrock_reply.hpp"

#include <simdjson.h>

#include <algorithm>
#include <array>

#include "core/strings.hpp"
#include "dialects/bedrock_events.hpp"
#include "dialects/json_document.hpp"
#include "dialects/openai_names.hpp"
#include "dialects/reply_errors.hpp"

namespace pontage::dialects {

NamedEvent bedrock_event(const http::EventStreamDecoder::Message& message, std::string& storage) {
  const auto type = message.text(":message-type");
  if (type != "exception" && type != "error") return {message.text(":event-type"), message.payload};
  storage = kBedrockException;
  if (type == "exception") {
    storage.append(message.text(":exception-type"));
    return {storage, message.payload};
  }
  // An unmodelled error has its words in its headers, and no payload.
  storage.append(message.text(":error-code"));
  return {storage, message.text(":error-message")};
}

namespace bedrock {
namespace {

constexpr std::size_t kMaxCalls = 1024;  // more than any model makes
constexpr std::size_t kSaidBytes = 1024;

struct Exception {
  std::string_view name;  // lower case, without "exception"
  int status;
};
// Of the service's model; ModelStreamError names the status that it stands for.
constexpr std::array kExceptions = {
    Exception{"validation", 400},         Exception{"servicequotaexceeded", 400},
    Exception{"unrecognizedclient", 403}, Exception{"accessdenied", 403},
    Exception{"expiredtoken", 403},       Exception{"resourcenotfound", 404},
    Exception{"modeltimeout", 408},       Exception{"conflict", 409},
    Exception{"modelerror", 424},         Exception{"modelstreamerror", 424},
    Exception{"throttling", 429},         Exception{"modelnotready", 429},
    Exception{"internalserver", 500},     Exception{"serviceunavailable", 503},
};

llm::Finish finish_of(std::string_view reason) {
  if (reason == "end_turn") return llm::Finish::kStop;
  if (reason == "tool_use") return llm::Finish::kToolCalls;
  if (reason == "max_tokens") return llm::Finish::kLength;
  if (reason == "stop_sequence") return llm::Finish::kStopSequence;
  if (reason == "guardrail_intervened" || reason == "content_filtered")
    return llm::Finish::kContentFilter;
  if (reason == "model_context_window_exceeded") return llm::Finish::kContextExceeded;
  return llm::Finish::kOther;
}

std::unexpected<Error> garbage(std::string detail) {
  return upstream_error(Code::k_upstream_garbage, "The provider's answer " + std::move(detail));
}

}  // namespace

int exception_status(std::string_view name) {
  constexpr std::string_view kEnd = "exception";
  std::string lower = to_lower(name);
  if (lower.ends_with(kEnd)) lower.resize(lower.size() - kEnd.size());
  const auto found = std::ranges::find(kExceptions, std::string_view(lower), &Exception::name);
  return found != kExceptions.end() ? found->status : 500;
}

bool ReplyReader::fail(int status, std::string_view type, std::string_view message) {
  error = {status,
           std::string(type.substr(0, kSaidBytes)),
           {},
           std::string(message.substr(0, kSaidBytes))};
  return false;
}

ReplyReader::Step ReplyReader::event(std::string_view event, std::string_view data,
                                     llm::ReplySink& sink) {
  if (ended_) return Step::kTaken;
  const bool failed = event.starts_with(kBedrockException);
  if (failed) event.remove_prefix(kBedrockException.size());
  Element root;
  JsonParser& parser = thread_parser();
  if (parser.parse(data, root) != nullptr || !root.is_object()) {
    if (!failed) return Step::kSkipped;
    fail(exception_status(event), event, data);
    return Step::kError;
  }
  if (failed) {
    const auto original = int_member(root, "originalStatusCode").value_or(0);
    const bool named = original >= 400 && original <= 599;
    fail(named ? static_cast<int>(original) : exception_status(event), event,
         text_member(root, "message"));
    parser.trim();
    return Step::kError;
  }
  const bool good = read(event, root, sink);
  parser.trim();
  return good ? Step::kTaken : Step::kError;
}

// False: the stream has failed, `error` says how. Events that are not known pass.
bool ReplyReader::read(std::string_view event, const Element& root, llm::ReplySink& sink) {
  if (event == "contentBlockDelta") return delta(root, sink);
  if (event == "messageStart") {
    start(sink);
  } else if (event == "contentBlockStart") {
    block_start(root, sink);
  } else if (event == "messageStop") {
    start(sink);
    stopped_ = true;
    return stop(text_member(root, "stopReason"));
  } else if (event == "metadata") {
    count(root);
    if (stopped_) end(sink);  // "metadata" comes last
  }
  return true;
}

bool ReplyReader::stream_end(llm::ReplySink& sink) {
  if (!ended_ && stopped_) end(sink);
  return ended_;
}

void ReplyReader::start(llm::ReplySink& sink) {
  if (!started_) sink.start(id_, {});
  started_ = true;
}

void ReplyReader::end(llm::ReplySink& sink) {
  ended_ = true;
  sink.end({finish, {}, usage, text_bytes});
}

void ReplyReader::text(std::string_view piece, llm::ReplySink& sink) {
  if (piece.empty()) return;
  sink.text(piece);
  text_bytes += static_cast<std::int64_t>(piece.size());
  content_ = true;
}

void ReplyReader::tool_start(std::int64_t index, const Element& value, llm::ReplySink& sink) {
  if (calls_.size() == kMaxCalls) return;
  sink.tool_start(calls_.size(), text_member(value, "toolUseId"),
                  client_tool_name(long_names_, text_member(value, "name")));
  calls_.push_back(index);
  content_ = true;
}

void ReplyReader::block_start(const Element& root, llm::ReplySink& sink) {
  start(sink);
  Element begun;
  Element tool;
  if (member(root, "start", begun) && member(begun, "toolUse", tool))
    tool_start(int_member(root, "contentBlockIndex").value_or(0), tool, sink);
}

void ReplyReader::reasoning(const Element& value, llm::ReplySink& sink) {
  Element whole;  // of a body; a stream has its members one by one
  const Element& at = member(value, "reasoningText", whole) ? whole : value;
  if (const auto thought = text_member(at, "text"); !thought.empty()) {
    sink.thinking(thought);
    text_bytes += static_cast<std::int64_t>(thought.size());
    content_ = true;
  }
  if (const auto signature = text_member(at, "signature"); !signature.empty())
    sink.signature(signature);
  if (const auto redacted = text_member(at, "redactedContent"); !redacted.empty())
    sink.redacted_thinking(redacted);
}

// Only a source on the web has an address that the other dialects could show.
void ReplyReader::citation(const Element& value, llm::ReplySink& sink) {
  Element location;
  Element web;
  if (!member(value, "location", location) || !member(location, "web", web)) return;
  if (const auto url = text_member(web, "url"); !url.empty())
    sink.citation(url, text_member(value, "title"));
}

bool ReplyReader::delta(const Element& root, llm::ReplySink& sink) {
  start(sink);
  Element delta;
  Element found;
  if (!member(root, "delta", delta)) return true;
  text(text_member(delta, "text"), sink);
  if (member(delta, "reasoningContent", found)) reasoning(found, sink);
  if (member(delta, "citation", found)) citation(found, sink);
  if (!member(delta, "toolUse", found)) return true;
  const auto index = int_member(root, "contentBlockIndex").value_or(0);
  const auto call = std::find(calls_.rbegin(), calls_.rend(), index);
  if (call == calls_.rend()) return fail(502, "event_order", "a tool's input came before the tool");
  const auto piece = text_member(found, "input");
  if (piece.empty()) return true;
  sink.tool_arguments(static_cast<std::size_t>(calls_.rend() - call - 1), piece);
  text_bytes += static_cast<std::int64_t>(piece.size());
  return true;
}

// False: the model failed to say what it wanted, which no other dialect has a reason for.
bool ReplyReader::stop(std::string_view reason) {
  finish = finish_of(reason);
  if (!reason.starts_with("malformed_")) return true;
  return fail(502, reason, "The model's answer was malformed.");
}

// `inputTokens` holds no cached tokens ("TokenUsage": they are counted beside it).
void ReplyReader::count(const Element& root) {
  Element found;
  if (!member(root, "usage", found)) return;
  const auto field = [&](std::string_view key) {
    return std::max<std::int64_t>(int_member(found, key).value_or(0), 0);
  };
  usage.present = true;
  usage.input = field("inputTokens");
  usage.output = field("outputTokens");
  usage.cache_read = field("cacheReadInputTokens");
  usage.cache_write_5m = field("cacheWriteInputTokens");
  simdjson::dom::array details;
  Element list;
  if (!member(found, "cacheDetails", list) || list.get(details) != simdjson::SUCCESS) return;
  for (const Element one : details) {
    if (text_member(one, "ttl") != "1h") continue;
    const auto hours = std::clamp<std::int64_t>(int_member(one, "inputTokens").value_or(0), 0,
                                                usage.cache_write_5m);
    usage.cache_write_1h += hours;
    usage.cache_write_5m -= hours;
  }
}

void ReplyReader::block(const Element& block, llm::ReplySink& sink) {
  Element found;
  text(text_member(block, "text"), sink);
  if (member(block, "reasoningContent", found)) reasoning(found, sink);
  if (member(block, "toolUse", found)) {
    const std::size_t call = calls_.size();
    tool_start(static_cast<std::int64_t>(call), found, sink);
    Element input;
    if (call < calls_.size() && member(found, "input", input))
      sink.tool_arguments(call, json_text(input));
  }
  if (!member(block, "citationsContent", found)) return;
  simdjson::dom::array list;
  Element inner;
  if (member(found, "content", inner) && inner.get(list) == simdjson::SUCCESS) {
    for (const Element one : list) text(text_member(one, "text"), sink);
  }
  if (member(found, "citations", inner) && inner.get(list) == simdjson::SUCCESS) {
    for (const Element one : list) citation(one, sink);
  }
}

Status ReplyReader::whole(const Element& root, llm::ReplySink& sink) {
  Element output;
  Element message;
  Element content;
  simdjson::dom::array blocks;
  if (!member(root, "output", output) || !member(output, "message", message) ||
      !member(message, "content", content) || content.get(blocks) != simdjson::SUCCESS)
    return garbage("has no output.message.content.");
  const auto reason = text_member(root, "stopReason");
  if (reason.empty()) return garbage("has no stopReason.");
  if (!stop(reason)) return std::unexpected(as_error(error));
  start(sink);
  for (const Element one : blocks) block(one, sink);
  count(root);
  end(sink);
  return {};
}

}  // namespace bedrock
}  // namespace pontage::dialects
