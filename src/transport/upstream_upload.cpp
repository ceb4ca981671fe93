// The requests of one upstream call whose bodies are sent while they come.
#include <fmt/format.h>

#include "transport/upstream_call_state.hpp"

namespace pontage::transport {

Task<Failure> UpstreamCall::State::write(std::span<const std::string_view> pieces) {
  WriteAll writer(stream->bytes(), gather(pieces));
  wrote = true;
  wrote_all = writer.await_ready() ? writer.await_resume() : co_await write_slowly(writer);
  co_return after_write();
}

Task<Failure> UpstreamCall::State::write_body(BodySource& body, bool chunked) {
  while (wrote_all) {
    const auto piece = co_await body.next();
    if (!piece) {
      end(Failure::kCancelled);
      co_return ended;
    }
    if (piece->empty()) break;
    if (!stream->data().empty()) {  // an answer came while the body was waited for
      wrote_all = false;
      break;
    }
    const std::string size = chunked ? fmt::format("{:x}\r\n", piece->size()) : std::string();
    const std::string_view parts[] = {size, *piece, chunked ? "\r\n" : ""};
    if (const Failure failure = co_await write(parts); failure != Failure::kNone) co_return failure;
  }
  const std::string_view last[] = {"0\r\n\r\n"};
  if (chunked && wrote_all) co_return co_await write(last);
  co_return ended;
}

Task<Failure> UpstreamCall::upload(std::string_view request_head, BodySource& body, bool chunked,
                                   SteadyTime connect_deadline) {
  State& state = *state_;
  Failure failure = state.ended;
  if (failure == Failure::kNone) failure = co_await state.connect(connect_deadline);
  if (failure != Failure::kNone) co_return failure;
  state.stream->arm();
  const std::string_view first[] = {request_head};
  failure = co_await state.write(first);
  if (failure == Failure::kNone) failure = co_await state.write_body(body, chunked);
  while (failure == Failure::kNone) {
    if (const auto done = state.head_step()) co_return *done;
    if (co_await state.stream->more()) continue;
    state.problem = "the connection ended before the response head did";
    failure = state.stream_failure();
  }
  co_return failure;
}

}  // namespace pontage::transport
