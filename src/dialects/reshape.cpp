#include "dialects/reshape.hpp"

#include <simdjson.h>

#include "core/defaults.hpp"
#include "dialects/json_document.hpp"
#include "dialects/translation.hpp"
#include "http/sse.hpp"

namespace pontage::dialects {
namespace {

constexpr std::size_t kPiece = 256;  // of a text that comes whole and goes out as a stream

// Hands on what the reader says: texts in pieces, the usage where the answer itself has none.
class Passing final : public llm::ReplySink {
 public:
  Passing(llm::ReplySink& to, const llm::Usage& usage) : to_(to), usage_(usage) {}

  void start(std::string_view id, std::string_view model) override { to_.start(id, model); }
  void text(std::string_view piece) override {
    in_pieces(piece, [this](std::string_view part) { to_.text(part); });
  }
  void refusal(std::string_view piece) override { to_.refusal(piece); }
  void thinking(std::string_view piece) override {
    in_pieces(piece, [this](std::string_view part) { to_.thinking(part); });
  }
  void signature(std::string_view value) override { to_.signature(value); }
  void redacted_thinking(std::string_view data) override { to_.redacted_thinking(data); }
  void tool_start(std::size_t call, std::string_view id, std::string_view name) override {
    to_.tool_start(call, id, name);
  }
  void tool_arguments(std::size_t call, std::string_view piece) override {
    in_pieces(piece, [this, call](std::string_view part) { to_.tool_arguments(call, part); });
  }
  void citation(std::string_view url, std::string_view title) override { to_.citation(url, title); }
  void finished(llm::Finish finish, std::string_view explanation) override {
    to_.finished(finish, explanation);
  }
  void end(const llm::Ending& ending) override {
    llm::Ending with = ending;
    if (!with.usage.present && usage_.present) with.usage = usage_;
    to_.end(with);
  }

 private:
  template <class Give>
  static void in_pieces(std::string_view text, const Give& give) {
    while (text.size() > kPiece) {
      std::size_t cut = kPiece;  // not inside a character
      while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xC0U) == 0x80U) --cut;
      if (cut == 0) break;
      give(text.substr(0, cut));
      text.remove_prefix(cut);
    }
    give(text);
  }

  llm::ReplySink& to_;
  const llm::Usage& usage_;
};

bool read_stream(ReplyReader& reader, std::string_view bytes, llm::ReplySink& sink) {
  http::SseParser parser(defaults::kStreamEventLimit);
  parser.feed(bytes);
  http::SseParser::Event event;
  while (parser.next(event) == http::SseParser::Next::kEvent) {
    if (!event.has_data) continue;
    if (reader.event(event.event, event.data, sink) == ReplyReader::Step::kError) return false;
  }
  return reader.ended() || reader.stream_end(sink);
}

bool read_whole(ReplyReader& reader, std::string_view bytes, llm::ReplySink& sink) {
  JsonParser& parser = thread_parser();
  simdjson::dom::element root;
  if (parser.parse(bytes, root) != nullptr || !root.is_object()) return false;
  const bool good = reader.whole(root, sink).has_value();
  parser.trim();
  return good;
}

}  // namespace

std::string reshape_between(const ClientHalf& client, const ProviderHalf& provider,
                            std::string_view bytes, bool streamed, const RequestView& view,
                            const llm::Usage& usage) {
  const auto reader = provider.reader(view);
  const auto writer =
      view.stream ? client.stream_writer(view, view.model) : client.whole_writer(view, view.model);
  Passing sink(*writer, usage);
  const bool good = streamed ? read_stream(*reader, bytes, sink) : read_whole(*reader, bytes, sink);
  return good ? writer->take() : std::string();
}

}  // namespace pontage::dialects
