// Gemini's requests and answers for clients and providers of the same dialect: the bytes pass as
// they came. The model stands in the path, so nothing of a request changes, but for signatures that
// this gateway has made of another maker's: Gemini refuses what it did not sign. Usage, reasons,
// errors and the end are read in passing; there is no end mark.
#include <simdjson.h>

#include "core/strings.hpp"
#include "dialects/gemini.hpp"
#include "dialects/gemini_json.hpp"
#include "dialects/json_document.hpp"
#include "dialects/json_splice.hpp"
#include "dialects/openai_reply.hpp"
#include "dialects/reply_errors.hpp"
#include "http/sse.hpp"

namespace pontage::dialects {
namespace {

using simdjson::dom::element;

std::unexpected<Error> garbage(std::string detail) {
  return upstream_error(Code::k_upstream_garbage, "The provider's answer " + std::move(detail));
}

// The key of the text that begins at `at`, with its quotes; empty where it is no member's value.
std::string_view key_before(std::string_view body, std::size_t at) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const std::string_view before = body.substr(0, at);
  const std::size_t colon = before.find_last_not_of(kBlanks);
  if (colon == std::string_view::npos || before[colon] != ':') return {};
  const std::size_t end = before.find_last_not_of(kBlanks, colon == 0 ? 0 : colon - 1);
  if (end == std::string_view::npos || before[end] != '"' || end == 0) return {};
  const std::size_t begin = before.rfind('"', end - 1);
  return begin == std::string_view::npos ? std::string_view{}
                                         : before.substr(begin, end - begin + 1);
}

class GeminiStream final : public StreamDecoder {
 public:
  Event on_event(std::string_view raw, std::string_view event, std::string_view data,
                 Frame& frame) override;
  bool on_end(Frame& frame) override {
    frame = Frame{};
    return !failed_ && finish != llm::Finish::kNone;
  }

  /// False: `error` says why this is no answer.
  bool response(const element& root, Frame& frame);
  bool answered = false;  ///< a candidate was there

 private:
  bool candidate(const element& value, Frame& frame);
  void part(const element& value, Frame& frame);

  bool failed_ = false;
  std::string terminated_;  // an event that came without its blank line, with one
};

StreamDecoder::Event GeminiStream::on_event(std::string_view raw, std::string_view /*event*/,
                                            std::string_view data, Frame& frame) {
  frame = Frame{};
  if (failed_) return Event::kFrame;
  if (!data.empty()) {
    element root;
    element found;
    JsonParser& parser = thread_parser();
    if (parser.parse(data, root) != nullptr || !root.is_object()) {
      ++skipped_events;
      return Event::kSkipped;
    }
    const bool is_error = find_error(root, found);
    if (is_error) error = read_gemini_error_value(found);
    const bool good = !is_error && response(root, frame);
    parser.trim();
    if (!good) {
      failed_ = true;
      frame = Frame{};
      frame.bytes = http::with_blank_line(raw, terminated_);
      return Event::kError;
    }
  }
  frame.bytes = http::with_blank_line(raw, terminated_);
  return Event::kFrame;
}

bool GeminiStream::response(const element& root, Frame& frame) {
  if (auto block = gemini::blocked(root)) {
    error = std::move(*block);
    return false;
  }
  element found;
  if (gemini::field(root, "usageMetadata", found)) {
    if (const auto counted = gemini::read_usage(found)) usage = *counted;
  }
  if (response_model.empty()) response_model = gemini::text_field(root, "modelVersion");
  simdjson::dom::array candidates;
  if (!gemini::field(root, "candidates", found) || found.get(candidates) != simdjson::SUCCESS)
    return true;
  for (const element one : candidates) {
    answered = true;
    if (!candidate(one, frame)) return false;
  }
  return true;
}

bool GeminiStream::candidate(const element& value, Frame& frame) {
  element content;
  element found;
  simdjson::dom::array parts;
  if (gemini::field(value, "content", content) && gemini::field(content, "parts", found) &&
      found.get(parts) == simdjson::SUCCESS) {
    for (const element one : parts) part(one, frame);
  }
  const std::string_view reason = gemini::text_field(value, "finishReason");
  const llm::Finish said = gemini::finish_of(reason);
  if (said == llm::Finish::kNone) return true;
  if (said == llm::Finish::kOther) {
    error = gemini::failed_reason(reason, gemini::text_field(value, "finishMessage"));
    return false;
  }
  frame.finish = finish == llm::Finish::kNone;
  if (gemini::int_field(value, "index").value_or(0) == 0 || finish == llm::Finish::kNone)
    finish = said;
  return true;
}

void GeminiStream::part(const element& value, Frame& frame) {
  const std::string_view text = gemini::text_field(value, "text");
  output_text_bytes += static_cast<std::int64_t>(text.size());
  element found;
  if (gemini::field(value, "functionCall", found)) {
    output_text_bytes += static_cast<std::int64_t>(json_text(found).size());
    frame.content = true;
  }
  frame.content = frame.content || !text.empty() || gemini::field(value, "inlineData", found) ||
                  gemini::field(value, "executableCode", found) ||
                  gemini::field(value, "codeExecutionResult", found);
}

Status read_whole(std::string_view body, JsonParser& parser, WholeReply& reply) {
  element root;
  element found;
  if (parser.parse(body, root) != nullptr || !root.is_object())
    return garbage("is not a JSON object.");
  if (find_error(root, found)) return std::unexpected(as_error(read_gemini_error_value(found)));
  GeminiStream reader;
  Frame frame;
  if (!reader.response(root, frame)) return std::unexpected(as_error(reader.error));
  if (!reader.answered) return garbage("has no `candidates`.");
  if (reader.finish == llm::Finish::kNone)
    return garbage("has no `finishReason`: it is not complete.");
  if (reader.finish == llm::Finish::kStop && !frame.content) return garbage("is empty.");
  reply.usage = reader.usage;
  reply.finish = reader.finish;
  reply.response_model = std::move(reader.response_model);
  return {};
}

}  // namespace

Result<Encoded> gemini_to_gemini(std::string_view body, const RequestView& /*view*/,
                                 const TargetShape& /*shape*/) {
  Encoded encoded;
  const std::string mark = "\"" + std::string(gemini::kForeignPrefix);
  std::size_t at = body.find(mark);
  if (at == std::string_view::npos) {
    encoded.body.pieces.reserve(2);  // the sender puts the head before it
    encoded.body.pieces.push_back(body);
    encoded.body.size = body.size();
    return encoded;
  }
  Splice splice;
  const std::string none = "\"" + std::string(gemini::kNoSignature) + "\"";
  for (; at != std::string_view::npos; at = body.find(mark, at + 1)) {
    const std::string_view key = key_before(body, at);
    if (key == "\"thoughtSignature\"" || key == "\"thought_signature\"")
      splice.replace({at, skip_json_value(body, at)}, none);
  }
  encoded.body = splice.build(body);
  return encoded;
}

std::unique_ptr<StreamDecoder> make_gemini_to_gemini() {
  return std::make_unique<GeminiStream>();
}

Result<WholeReply> gemini_whole(std::string body) {
  WholeReply reply;
  JsonParser& parser = thread_parser();
  const Status read = read_whole(body, parser, reply);
  parser.trim();
  if (!read) return std::unexpected(read.error());
  reply.body = std::move(body);
  return reply;
}

}  // namespace pontage::dialects
