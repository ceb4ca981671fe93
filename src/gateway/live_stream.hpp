// The streamed reply of one attempt: the upstream's bytes, cut into events, decoded into frames of
// the client's dialect. Before the commit point the attempt pulls it and holds the frames back;
// after it the request path does.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "gateway/handles.hpp"
#include "http/event_stream.hpp"
#include "http/sse.hpp"
#include "pontage/chain/exchange.hpp"
#include "transport/upstream.hpp"

namespace pontage::gateway {

class LiveStream final : public chain::ReplyStream {
 public:
  LiveStream(std::unique_ptr<transport::UpstreamCall> call,
             std::unique_ptr<dialects::StreamDecoder> decoder, Inflight inflight,
             dialects::Dialect provider);

  Task<chain::Pulled> next() override;
  bool next_now(chain::Pulled& out) override;
  Task<void> drain() override;
  void cancel() override { call_->cancel(); }
  [[nodiscard]] const llm::Usage& usage() const override { return decoder_->usage; }
  [[nodiscard]] llm::Finish finish() const override { return decoder_->finish; }
  [[nodiscard]] std::int64_t output_text_bytes() const override {
    return decoder_->output_text_bytes;
  }
  [[nodiscard]] std::int64_t skipped_events() const override { return decoder_->skipped_events; }
  [[nodiscard]] std::string_view response_model() const override {
    return decoder_->response_model;
  }
  [[nodiscard]] std::int64_t next_number() const override { return decoder_->next_number; }

  /// Frames that were pulled before the commit point go out first.
  void hold_back(std::string_view bytes) { held_.append(bytes); }
  [[nodiscard]] std::string& held() { return held_; }
  void set_deadline(SteadyTime deadline) { call_->set_deadline(deadline); }
  /// After the commit point: between two events, in all, and how many tokens a second are the least
  /// (0: any) over `window` of waiting for them.
  void set_pace(Millis idle, SteadyTime total, int min_rate, Millis window) {
    idle_ = idle;
    total_ = total;
    min_rate_ = min_rate;
    window_ = window;
  }
  [[nodiscard]] const dialects::ReplyError& provider_error() const { return decoder_->error; }
  [[nodiscard]] transport::Failure failure() const { return failure_; }
  [[nodiscard]] bool provider_reported_error() const { return reported_error_; }

 private:
  bool from_parser(chain::Pulled& out);
  bool from_messages(chain::Pulled& out);
  bool from_event(std::string_view raw, std::string_view event, std::string_view data,
                  chain::Pulled& out);
  void at_end(chain::Pulled& out);
  void broken(chain::Pulled& out, transport::Failure failure);
  bool whole_without_its_end(transport::Failure failure, chain::Pulled& out);
  bool take(const transport::BodyPiece& piece, chain::Pulled& out);
  [[nodiscard]] bool enough() const;
  [[nodiscard]] SteadyTime read_deadline(SteadyTime now) const;
  bool too_slow(SteadyTime since, transport::Failure failure);

  std::unique_ptr<transport::UpstreamCall> call_;
  std::unique_ptr<dialects::StreamDecoder> decoder_;
  Inflight inflight_;
  http::SseParser parser_;
  std::optional<http::EventStreamDecoder> messages_;  // instead of it, where events are binary
  std::string event_name_;
  std::string held_;
  std::string released_;
  Millis idle_{0};  // 0: before the commit point, the attempt sets the deadlines
  SteadyTime total_ = SteadyTime::max();
  int min_rate_ = 0;
  Millis window_{0};
  Micros waited_{0};             // in this window
  std::int64_t bytes_then_ = 0;  // of text, when it began
  bool body_done_ = false;
  bool ended_ = false;  // the dialect's end mark was seen
  bool over_ = false;
  bool reported_error_ = false;
  transport::Failure failure_ = transport::Failure::kNone;
};

}  // namespace pontage::gateway
