#include "dialects/gemini_reply.hpp"

#include <simdjson.h>

#include "dialects/gemini.hpp"
#include "dialects/json_document.hpp"
#include "dialects/openai_names.hpp"
#include "dialects/openai_reply.hpp"
#include "dialects/reply_errors.hpp"

namespace pontage::dialects::gemini {
namespace {

constexpr std::size_t kMaxCited = 256;  // a hostile upstream must not grow the set without end

std::unexpected<Error> garbage(std::string detail) {
  return upstream_error(Code::k_upstream_garbage, "The provider's answer " + std::move(detail));
}

}  // namespace

bool ReplyReader::fail(ReplyError problem) {
  error = std::move(problem);
  return false;
}

void ReplyReader::say(std::string_view piece) {
  text_bytes += static_cast<std::int64_t>(piece.size());
  content_ = true;
}

ReplyReader::Step ReplyReader::event(std::string_view /*event*/, std::string_view data,
                                     llm::ReplySink& sink) {
  if (data.empty() || ended_) return Step::kTaken;
  Element root;
  JsonParser& parser = thread_parser();
  if (parser.parse(data, root) != nullptr || !root.is_object()) return Step::kSkipped;
  Element found;
  const bool good =
      find_error(root, found) ? fail(read_gemini_error_value(found)) : response(root, sink);
  parser.trim();
  return good ? Step::kTaken : Step::kError;
}

// False: the provider says that it failed, or that it will not answer.
bool ReplyReader::response(const Element& root, llm::ReplySink& sink) {
  if (auto block = blocked(root)) return fail(std::move(*block));
  Element found;
  if (field(root, "usageMetadata", found)) {
    const auto counted = read_usage(found);
    if (counted) usage = *counted;  // of the answer so far: the last counts
  }
  simdjson::dom::array candidates;
  if (!field(root, "candidates", found) || found.get(candidates) != simdjson::SUCCESS) return true;
  for (const Element one : candidates) {
    if (int_field(one, "index").value_or(0) != 0) continue;  // one answer was asked for
    if (!started_) {
      started_ = true;
      response_model = text_field(root, "modelVersion");
      sink.start(text_field(root, "responseId"), response_model);
    }
    if (!candidate(one, sink)) return false;
  }
  return true;
}

bool ReplyReader::candidate(const Element& value, llm::ReplySink& sink) {
  Element content;
  Element found;
  simdjson::dom::array parts;
  if (field(value, "content", content) && field(content, "parts", found) &&
      found.get(parts) == simdjson::SUCCESS) {
    for (const Element one : parts) part(one, sink);
  }
  sources(value, sink);
  const std::string_view reason = text_field(value, "finishReason");
  if (reason.empty() || reason == "FINISH_REASON_UNSPECIFIED") return true;
  finish = finish_of(reason);
  if (finish != llm::Finish::kOther) return true;
  return fail(failed_reason(reason, text_field(value, "finishMessage")));
}

// Signatures stand on calls, and on the last part of other answers: what the thinking before it
// was. Calls need them back; those of texts are only asked for, and a client that has not asked
// for thinking takes the first part for the text.
void ReplyReader::part(const Element& value, llm::ReplySink& sink) {
  Element found;
  const std::string_view signature = text_field(value, "thoughtSignature");
  const std::string_view text = text_field(value, "text");
  const bool thought = flag_field(value, "thought");
  if (thought && !text.empty()) {
    sink.thinking(text);
    say(text);
  }
  const bool is_call = field(value, "functionCall", found);
  if (!signature.empty() && (is_call || thinking_wanted_)) {
    sink.signature(std::string(kSigned).append(signature));
    content_ = content_ || is_call;
  }
  if (is_call) {
    call(found, sink);
  } else if (!thought && !text.empty()) {
    sink.text(text);
    say(text);
  } else if (field(value, "inlineData", found)) {
    image(found, sink);
  }
}

void ReplyReader::call(const Element& value, llm::ReplySink& sink) {
  const std::string name(client_tool_name(long_names_, text_field(value, "name")));
  std::string id(text_field(value, "id"));
  if (id.empty()) id = "call_" + std::to_string(created_s_) + "_" + std::to_string(calls_);
  Element found;
  const std::string arguments = field(value, "args", found) ? json_text(found) : "{}";
  sink.tool_start(calls_, id, name);
  sink.tool_arguments(calls_, arguments);
  ++calls_;
  say(name);
  say(arguments);
}

// No other dialect has a place for a picture in an answer: Markdown has.
void ReplyReader::image(const Element& value, llm::ReplySink& sink) {
  const std::string_view data = text_field(value, "data");
  if (data.empty()) return;
  std::string text = "![](data:";
  text.append(text_field(value, "mimeType")).append(";base64,").append(data).append(")");
  sink.text(text);
  content_ = true;  // and no bytes of text: nobody counts a picture by its base64
}

// What a search has found, and sources of what is recited; the list grows from chunk to chunk.
void ReplyReader::sources(const Element& candidate, llm::ReplySink& sink) {
  Element metadata;
  Element found;
  simdjson::dom::array list;
  if (field(candidate, "groundingMetadata", metadata) &&
      field(metadata, "groundingChunks", found) && found.get(list) == simdjson::SUCCESS) {
    for (const Element one : list) {
      if (field(one, "web", found)) cite(found, sink);
    }
  }
  if (!field(candidate, "citationMetadata", metadata)) return;
  // Vertex calls them otherwise.
  for (const std::string_view name : {"citationSources", "citations"}) {
    if (!field(metadata, name, found) || found.get(list) != simdjson::SUCCESS) continue;
    for (const Element one : list) cite(one, sink);
  }
}

void ReplyReader::cite(const Element& source, llm::ReplySink& sink) {
  const std::string_view url = text_field(source, "uri");
  if (url.empty() || cited_.size() >= kMaxCited || !cited_.emplace(url).second) return;
  sink.citation(url, text_field(source, "title"));
}

bool ReplyReader::end(llm::ReplySink& sink) {
  if (calls_ > 0 && finish == llm::Finish::kStop) finish = llm::Finish::kToolCalls;
  sink.end({finish, {}, usage, text_bytes});
  ended_ = true;
  return true;
}

// There is no end mark, and a reason is no end: older models give one with every chunk.
bool ReplyReader::stream_end(llm::ReplySink& sink) {
  if (ended_) return true;
  return started_ && finish != llm::Finish::kNone && end(sink);
}

Status ReplyReader::whole(const Element& root, llm::ReplySink& sink) {
  Element found;
  if (find_error(root, found)) return std::unexpected(as_error(read_gemini_error_value(found)));
  if (!response(root, sink)) return std::unexpected(as_error(error));
  if (!started_) return garbage("has no `candidates`.");
  if (finish == llm::Finish::kNone) return garbage("has no `finishReason`: it is not complete.");
  if (!content_ && finish == llm::Finish::kStop) return garbage("is empty.");
  end(sink);
  return {};
}

}  // namespace pontage::dialects::gemini
