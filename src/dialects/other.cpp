// Requests that pass through: of a JSON body the model's name is read, and replaced where the
// target has another; of an answer only what it says that it cost.
#include <simdjson.h>

#include "dialects/json_document.hpp"
#include "dialects/openai.hpp"
#include "dialects/openai_reply.hpp"
#include "dialects/translation.hpp"
#include "http/content_type.hpp"
#include "http/sse.hpp"

namespace pontage::dialects {
namespace {

using simdjson::dom::element;

// What is wrong with a field is the provider's to say: only it knows the form.
class Reader final : public RequestReader {
 public:
  Result<RequestView> read(std::string_view body, std::size_t readable) override {
    element root;
    if (parser_.parse(body, readable, root) != nullptr || !root.is_object()) {
      parser_.trim();
      return client_error(Code::k_invalid_json, "The request body is not a JSON object.");
    }
    std::size_t models = 0;
    for (const auto [key, value] : simdjson::dom::object(root)) models += key == "model" ? 1 : 0;
    if (models > 1) {
      parser_.trim();
      return client_error(Code::k_duplicate_field,
                          "The parameter 'model' stands twice in the body; send it once.", "model");
    }
    RequestView view;
    view.model = text_member(root, "model");
    view.has_model = !view.model.empty();
    view.user = text_member(root, "user");
    view.include_usage = true;  // nothing is to be put in
    element metadata;
    simdjson::dom::object entries;
    if (member(root, "metadata", metadata) && metadata.get(entries) == simdjson::SUCCESS) {
      for (const auto [key, value] : entries) {
        if (const auto text = as_text(value)) view.metadata.emplace_back(key, *text);
      }
    }
    parser_.trim();
    return view;
  }

 private:
  JsonParser parser_;
};

// Of streamed answers the last event that names a usage, at its root or in its `response`.
class StreamMeter final : public PassingReader {
 public:
  void feed(std::string_view bytes) override {
    parser_.feed(bytes);
    http::SseParser::Event event;
    while (parser_.next(event) == http::SseParser::Next::kEvent) take(event.data);
  }
  [[nodiscard]] std::string_view problem() const override { return {}; }
  bool at_end() override { return true; }

 private:
  void take(std::string_view data) {
    if (data.find("\"usage\"") == std::string_view::npos) return;
    JsonParser& parser = thread_parser();
    element root;
    if (parser.parse(data, root) != nullptr) return;
    element inner;
    auto found = find_openai_usage(root);
    if (!found && member(root, "response", inner)) found = find_openai_usage(inner);
    if (found) usage = *found;
    parser.trim();
  }

  static constexpr std::size_t kEventLimit = 4 * 1024 * 1024;  // an image in base64
  http::SseParser parser_{kEventLimit};
};

// JSON in passing; what it turns out to be is between the provider and the client.
class JsonMeter final : public PassingReader {
 public:
  void feed(std::string_view bytes) override { reader_->feed(bytes); }
  [[nodiscard]] std::string_view problem() const override { return {}; }
  bool at_end() override {
    if (reader_->at_end()) {
      usage = reader_->usage;
      response_model = std::move(reader_->response_model);
    }
    return true;
  }

 private:
  std::unique_ptr<PassingReader> reader_ = make_openai_passing_reader("");
};

class NoMeter final : public PassingReader {
 public:
  void feed(std::string_view /*bytes*/) override {}
  [[nodiscard]] std::string_view problem() const override { return {}; }
  bool at_end() override { return true; }
};

}  // namespace

std::unique_ptr<PassingReader> make_usage_meter(std::string_view content_type) {
  if (http::is_media_type(content_type, "text/event-stream"))
    return std::make_unique<StreamMeter>();
  if (http::is_json(content_type)) return std::make_unique<JsonMeter>();
  return std::make_unique<NoMeter>();
}

const Codec& other_codec() {
  static constexpr auto kReader = []() -> std::unique_ptr<RequestReader> {
    return std::make_unique<Reader>();
  };
  static constexpr Codec kCodec = {
      .request_reader = kReader,
      .count_reader = kReader,
      .visit_input_text = [](std::string_view, TextSink&, std::int64_t&) { return false; },
      .error_body = openai_error_body,
      .error_event_head = "data: ",
      .answer_id_prefix = "",
      .keep_alive = "",
      .message_body = nullptr,
      .message_stream = nullptr,
      .encode_same = openai_to_openai,
      .same_stream = nullptr,
      .same_whole = nullptr,
      .passing = nullptr,
      .read_error = read_openai_error,
      .client = nullptr,
      .provider = nullptr,
  };
  return kCodec;
}

}  // namespace pontage::dialects
