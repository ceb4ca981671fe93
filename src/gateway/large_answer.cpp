#include "gateway/large_answer.hpp"

namespace pontage::gateway {

using chain::Pulled;
using transport::Failure;

LargeAnswer::LargeAnswer(std::unique_ptr<transport::UpstreamCall> call,
                         std::unique_ptr<dialects::PassingReader> reader, std::string held,
                         Inflight inflight)
    : call_(std::move(call)),
      reader_(std::move(reader)),
      held_(std::move(held)),
      inflight_(std::move(inflight)) {}

void LargeAnswer::broken(Pulled& out, Failure failure, std::string_view why) {
  const bool late = failure == Failure::kDeadline;
  out.kind = Pulled::Kind::kBroken;
  out.frame = {};
  out.error = Error{late ? Code::k_upstream_timeout : Code::k_stream_interrupted,
                    Origin::kUpstream,
                    Retry::kOtherTarget,
                    "the provider's answer broke: " + std::string(why),
                    {},
                    {}};
}

Task<Pulled> LargeAnswer::next() {
  Pulled out;
  if (!held_given_) {
    held_given_ = true;
    out.frame.bytes = held_;
    co_return out;
  }
  if (!held_.empty()) std::string().swap(held_);
  const auto piece = co_await call_->read();
  if (piece.failure != Failure::kNone) {
    broken(out, piece.failure, transport::failure_name(piece.failure));
    co_return out;
  }
  reader_->feed(piece.bytes);
  out.frame.bytes = piece.bytes;
  if (const auto problem = reader_->problem(); !problem.empty()) {
    broken(out, Failure::kGarbage, problem);
  } else if (piece.done) {
    out.kind = Pulled::Kind::kEnd;
    if (!reader_->at_end()) broken(out, Failure::kGarbage, "its JSON does not end");
  }
  co_return out;
}

// Pieces are large: each is waited for.
bool LargeAnswer::next_now(Pulled& /*out*/) {
  return false;
}

Task<void> LargeAnswer::drain() {
  co_return;
}

}  // namespace pontage::gateway
