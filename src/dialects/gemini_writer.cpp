#include "dialects/gemini_writer.hpp"

#include <simdjson.h>

#include "dialects/anthropic_json.hpp"
#include "dialects/gemini_json.hpp"

namespace pontage::dialects::gemini {

using anthropic::append_comma;
using anthropic::append_member;

namespace {

std::string text_part(std::string_view text, bool thought) {
  std::string out = "{";
  append_member(out, "text", text);
  return out.append(thought ? ",\"thought\":true}" : "}");
}

std::string signed_part(std::string_view signature) {
  std::string out = "{\"text\":\"\",\"thought\":true";
  append_member(out, "thoughtSignature", signature);
  return out.append("}");
}

// `args` is an object: what is none is kept, so that the client can show it.
void append_arguments(std::string& out, const std::string& arguments) {
  simdjson::dom::parser parser;
  simdjson::dom::element input;
  if (arguments.empty() || arguments == "null") {
    out.append("{}");
  } else if (parser.parse(arguments).get(input) == simdjson::SUCCESS && input.is_object()) {
    anthropic::append_minified(out, input);
  } else {
    out.append("{");
    append_member(out, "raw_arguments", arguments);
    out.append("}");
  }
}

}  // namespace

void Writer::start(std::string_view id, std::string_view model) {
  append_member(tail_, "modelVersion", model.empty() ? client_model_ : model);
  append_member(tail_, "responseId", id.empty() ? "unnamed" : id);
}

void Writer::chunk(std::string_view parts, const llm::Ending* ending) {
  if (stream_) out_.append("data: ");
  out_.append(R"({"candidates":[{"content":{"parts":[)")
      .append(parts)
      .append(R"(],"role":"model"})");
  if (ending != nullptr) {
    append_member(out_, "finishReason", reason_of(ending->finish));
    if (!sources_.empty())
      out_.append(R"(,"groundingMetadata":{"groundingChunks":[)").append(sources_).append("]}");
  }
  out_.append(",\"index\":0}]");
  if (ending != nullptr && ending->usage.present) {
    out_.push_back(',');
    append_usage(out_, ending->usage);
  }
  if (!tail_.empty()) out_.append(",").append(tail_);
  out_.append(stream_ ? "}\n\n" : "}");
}

void Writer::part(std::string_view json) {
  if (stream_) {
    chunk(json, nullptr);
    return;
  }
  close();
  append_comma(parts_);
  parts_.append(json);
}

void Writer::close() {
  if (open_ == Kind::kNone) return;
  append_comma(parts_);
  parts_.append(text_part(open_text_, open_ == Kind::kThought));
  open_text_.clear();
  open_ = Kind::kNone;
}

void Writer::say(Kind kind, std::string_view piece) {
  if (stream_) {
    chunk(text_part(piece, kind == Kind::kThought), nullptr);
    return;
  }
  if (open_ != kind) close();
  open_ = kind;
  open_text_.append(piece);
}

void Writer::text(std::string_view piece) {
  say(Kind::kText, piece);
}

void Writer::thinking(std::string_view piece) {
  say(Kind::kThought, piece);
}

void Writer::signature(std::string_view value) {
  part(signed_part(wrap_signature(value)));
}

void Writer::redacted_thinking(std::string_view data) {
  part(signed_part(wrap_redacted(data)));
}

void Writer::citation(std::string_view url, std::string_view title) {
  append_comma(sources_);
  sources_.append("{\"web\":{");
  append_member(sources_, "uri", url);
  append_member(sources_, "title", title);
  sources_.append("}}");
}

void Writer::tool_start(std::size_t call, std::string_view id, std::string_view name) {
  if (calls_.size() <= call) calls_.resize(call + 1);
  calls_[call].id = id;
  calls_[call].name = name;
}

void Writer::tool_arguments(std::size_t call, std::string_view piece) {
  if (call < calls_.size()) calls_[call].arguments.append(piece);
}

void Writer::append_calls(std::string& parts) const {
  for (const Call& call : calls_) {
    append_comma(parts);
    parts.append("{\"functionCall\":{");
    append_member(parts, "id", call.id);
    append_member(parts, "name", call.name);
    parts.append(",\"args\":");
    append_arguments(parts, call.arguments);
    parts.append("}}");
  }
}

void Writer::end(const llm::Ending& ending) {
  close();
  append_calls(parts_);
  if (parts_.empty()) parts_ = text_part({}, false);  // as Gemini's own streams end
  chunk(parts_, &ending);
  parts_.clear();
}

}  // namespace pontage::dialects::gemini
