// A whole answer that is too large to be held: what was read so far, then what the upstream still
// sends, piece by piece and byte for byte. Read in passing for the books.
#pragma once

#include <memory>
#include <string>

#include "gateway/handles.hpp"
#include "pontage/chain/exchange.hpp"
#include "transport/upstream.hpp"

namespace pontage::gateway {

class LargeAnswer final : public chain::ReplyStream {
 public:
  /// `reader` has been fed `held` already.
  LargeAnswer(std::unique_ptr<transport::UpstreamCall> call,
              std::unique_ptr<dialects::PassingReader> reader, std::string held, Inflight inflight);

  /// kEnd carries the last bytes.
  Task<chain::Pulled> next() override;
  bool next_now(chain::Pulled& out) override;
  Task<void> drain() override;
  void cancel() override { call_->cancel(); }
  [[nodiscard]] const llm::Usage& usage() const override { return reader_->usage; }
  [[nodiscard]] llm::Finish finish() const override { return llm::Finish::kNone; }
  [[nodiscard]] std::int64_t output_text_bytes() const override {
    return reader_->output_text_bytes;
  }
  [[nodiscard]] std::int64_t skipped_events() const override { return 0; }
  [[nodiscard]] std::string_view response_model() const override { return reader_->response_model; }

 private:
  static void broken(chain::Pulled& out, transport::Failure failure, std::string_view why);

  std::unique_ptr<transport::UpstreamCall> call_;
  std::unique_ptr<dialects::PassingReader> reader_;
  std::string held_;
  bool held_given_ = false;
  Inflight inflight_;
};

}  // namespace pontage::gateway
