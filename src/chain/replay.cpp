#include "chain/replay.hpp"

#include <algorithm>

#include "dialects/reshape.hpp"

namespace pontage::chain {
namespace {

// All of it at once: it is here already, and bounded.
class KeptStream final : public ReplyStream {
 public:
  KeptStream(std::string bytes, const KeptAnswer& kept)
      : bytes_(std::move(bytes)),
        usage_(kept.usage),
        finish_(kept.finish),
        model_(kept.response_model) {}

  Task<Pulled> next() override {
    Pulled out;
    next_now(out);
    co_return out;
  }
  bool next_now(Pulled& out) override {
    out.kind = Pulled::Kind::kEnd;
    out.frame = {bytes_, true, true, true};
    return true;
  }
  Task<void> drain() override { co_return; }
  void cancel() override {}
  [[nodiscard]] const llm::Usage& usage() const override { return usage_; }
  [[nodiscard]] llm::Finish finish() const override { return finish_; }
  [[nodiscard]] std::int64_t output_text_bytes() const override { return 0; }
  [[nodiscard]] std::int64_t skipped_events() const override { return 0; }
  [[nodiscard]] std::string_view response_model() const override { return model_; }

 private:
  std::string bytes_;
  llm::Usage usage_;
  llm::Finish finish_;
  std::string model_;
};

bool fits(const KeptAnswer& kept, const Exchange& exchange) {
  if (kept.streamed != exchange.view.stream) return false;
  const bool told = exchange.dialect == dialects::Dialect::kOpenAiChat && kept.streamed;
  return !told || kept.with_usage == wants_usage(exchange);
}

}  // namespace

std::optional<Reply> replay(const KeptAnswer& kept, const Exchange& exchange, SteadyTime now) {
  Reply reply;
  std::string bytes;
  if (fits(kept, exchange)) {
    bytes = kept.bytes;
  } else {
    dialects::RequestView view = exchange.view;
    view.include_usage = wants_usage(exchange);
    bytes = dialects::reshape(exchange.dialect, kept.bytes, kept.streamed, view, kept.usage);
    if (bytes.empty()) return std::nullopt;
  }
  reply.source = Reply::Source::kCache;
  reply.status = 200;
  reply.usage = kept.usage;
  reply.finish = kept.finish;
  reply.response_model = kept.response_model;
  const auto age = std::chrono::duration_cast<std::chrono::seconds>(now - kept.kept).count();
  http::append_header(reply.headers, "age", std::to_string(std::max<std::int64_t>(0, age)));
  http::append_header(reply.headers, "x-pontage-provider", kept.provider);
  http::append_header(reply.headers, "x-pontage-model", kept.model);
  if (exchange.view.stream) {
    reply.content_type = "text/event-stream";
    reply.stream = std::make_unique<KeptStream>(std::move(bytes), kept);
  } else {
    reply.body = std::move(bytes);
  }
  return reply;
}

}  // namespace pontage::chain
