// What translation costs, beside passing byte for byte, in one process and one run: CPU time of a
// request and its answer through the codecs (1 KB and 100 KB), and of each streamed event. Legs are
// interleaved; medians over the rounds. No sockets: tests/bench/translate.py has those.
#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <memory>
#include <string>
#include <vector>

#include "http/sse.hpp"
#include "pontage/dialects/codec.hpp"

namespace {

using pontage::dialects::Dialect;
using pontage::dialects::Frame;
using pontage::dialects::RequestView;

constexpr int kRounds = 15;

double cpu_us() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

std::string words(std::size_t bytes) {
  std::string out;
  while (out.size() < bytes) out += "A bridge carries what would otherwise have to stop. ";
  out.resize(bytes);
  return out;
}

std::string request_of(std::size_t bytes) {
  return R"({"model":"gpt-4o","temperature":0.2,"max_tokens":256,"messages":[{"role":"system",)"
         R"("content":"You are careful."},{"role":"user","content":")" +
         words(bytes) + R"("}]})";
}
std::string openai_answer(std::size_t bytes) {
  return R"({"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"gpt-4o","choices":[)"
         R"({"index":0,"message":{"role":"assistant","content":")" +
         words(bytes) +
         R"(","refusal":null},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":108,)"
         R"("completion_tokens":100,"total_tokens":208}})";
}
std::string anthropic_answer(std::size_t bytes) {
  return R"({"id":"msg_1","type":"message","role":"assistant","model":"claude","content":[{"type":)"
         R"("text","text":")" +
         words(bytes) +
         R"("}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":108,)"
         R"("output_tokens":100}})";
}
std::string openai_event() {
  return R"(data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"gpt-4o",)"
         R"("system_fingerprint":"fp","choices":[{"index":0,"delta":{"content":" bridge over"},)"
         R"("logprobs":null,"finish_reason":null}]})"
         "\n\n";
}
std::string anthropic_event() {
  return "event: content_block_delta\n"
         R"(data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":" bridge over"}})"
         "\n\n";
}
std::string anthropic_opening() {
  return "event: message_start\n"
         R"(data: {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"c","content":[],"usage":{"input_tokens":10,"output_tokens":1}}})"
         "\n\nevent: content_block_start\n"
         R"(data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}})"
         "\n\n";
}

// CPU microseconds of one request and its whole answer.
double whole(Dialect provider, std::size_t bytes, int repeats) {
  const auto reader = pontage::dialects::make_request_reader(Dialect::kOpenAiChat);
  std::string body = request_of(bytes);
  const std::size_t size = body.size();
  body.append(128, '\0');  // the reader may look beyond
  const std::string answer =
      provider == Dialect::kOpenAiChat ? openai_answer(bytes) : anthropic_answer(bytes);
  pontage::dialects::TargetShape shape;
  shape.model = "another";
  const double before = cpu_us();
  for (int i = 0; i < repeats; ++i) {
    const std::string_view text = std::string_view(body).substr(0, size);
    auto view = reader->read(text, body.size());
    if (!view) throw std::runtime_error(view.error().detail);
    const auto encoded =
        pontage::dialects::encode_request(Dialect::kOpenAiChat, provider, text, *view, shape);
    if (!encoded) throw std::runtime_error(encoded.error().detail);
    const auto reply =
        pontage::dialects::decode_whole(Dialect::kOpenAiChat, provider, answer, *view, "gpt-4o");
    if (!reply || reply->usage.total_output() != 100) throw std::runtime_error("no answer");
  }
  return (cpu_us() - before) / repeats;
}

// CPU microseconds of one event of a stream, its cutting included.
double event(Dialect client, Dialect provider, int events) {
  RequestView view;
  view.stream = true;
  const auto decoder =
      pontage::dialects::make_stream_decoder(client, provider, view, false, "gpt-4o");
  pontage::http::SseParser parser(1 << 20);
  const bool anthropic = provider == Dialect::kAnthropicMessages;
  const std::string one = anthropic ? anthropic_event() : openai_event();
  if (anthropic) parser.feed(anthropic_opening());
  std::size_t out = 0;
  const double before = cpu_us();
  for (int i = 0; i < events; ++i) {
    parser.feed(one);
    pontage::http::SseParser::Event found;
    while (parser.next(found) == pontage::http::SseParser::Next::kEvent) {
      Frame frame;
      decoder->on_event(found.raw, found.event, found.data, frame);
      out += frame.bytes.size();
    }
  }
  if (out < static_cast<std::size_t>(events) * 40) throw std::runtime_error("no events");
  return (cpu_us() - before) / events;
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

}  // namespace

int main() {
  fmt::print("{{\"codecs\":[");
  bool first = true;
  for (const auto& [name, bytes, repeats] :
       {std::tuple{"1 KB", std::size_t{1024}, 2000}, {"100 KB", std::size_t{102'400}, 60}}) {
    std::vector<double> same, other;
    for (int round = 0; round < kRounds; ++round) {
      same.push_back(whole(Dialect::kOpenAiChat, bytes, repeats));
      other.push_back(whole(Dialect::kAnthropicMessages, bytes, repeats));
    }
    fmt::print("{}{{\"what\":\"{} whole\",\"same_us\":{:.2f},\"translated_us\":{:.2f}}}",
               first ? "" : ",", name, median(same), median(other));
    first = false;
  }
  std::vector<double> same, to_openai, to_anthropic;
  for (int round = 0; round < kRounds; ++round) {
    same.push_back(event(Dialect::kOpenAiChat, Dialect::kOpenAiChat, 20'000));
    to_openai.push_back(event(Dialect::kOpenAiChat, Dialect::kAnthropicMessages, 20'000));
    to_anthropic.push_back(event(Dialect::kAnthropicMessages, Dialect::kOpenAiChat, 20'000));
  }
  fmt::print(
      ",{{\"what\":\"streamed event\",\"same_us\":{:.3f},\"anthropic_to_openai_us\":{:.3f},"
      "\"openai_to_anthropic_us\":{:.3f}}}]}}\n",
      median(same), median(to_openai), median(to_anthropic));
}
