// What one upstream call knows of itself. Included by the sources of upstream calls only.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "http/chunked.hpp"
#include "transport/inflate.hpp"
#include "transport/upstream.hpp"
#include "transport/upstream_pool.hpp"

namespace pontage::transport {

struct UpstreamCall::State : Pooled {
  enum class Body { kNone, kLength, kChunked, kUntilClose };

  State(UpstreamPools::Impl& owner, const Endpoint& to)
      : pools(owner),
        endpoint(to),
        timer([this] { end(Failure::kDeadline); }),
        head(owner.heads.take()) {}
  ~State() { pools.heads.give(std::move(head)); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  UpstreamPools::Impl& pools;
  const Endpoint& endpoint;
  Timer timer;
  BufferedStream::Ptr stream;
  ConnectJob* connecting = nullptr;
  ResponseHead head;
  Failure ended = Failure::kNone;  // why we closed it ourselves
  std::string problem;
  bool reused = false;
  bool wrote = false;
  bool wrote_all = false;
  bool complete = false;

  Body framing = Body::kNone;
  std::uint64_t left = 0;  // kLength
  std::uint64_t body_limit = defaults::kUpstreamBodyLimit;
  std::uint64_t received = 0;
  std::size_t handed_out = 0;  // bytes of the buffer that the last piece's view lies in
  http::ChunkedDecoder decoder;
  std::unique_ptr<Inflater> inflater;
  bool inflated_all = false;
  std::uint64_t decoded = 0;
  std::string inflated;

  std::size_t searched = 0;  // how far the end of the head was looked for
  std::array<iovec, 8> few_pieces{};
  std::vector<iovec> many_pieces;

  void end(Failure reason) {
    if (ended == Failure::kNone) ended = reason;
    if (connecting != nullptr) connecting->abort(reason);
    if (stream) stream->close(true);
  }
  [[nodiscard]] Failure stream_failure() const {
    if (ended != Failure::kNone) return ended;
    return stream->error() == IoError::kEof ? Failure::kClosed : Failure::kReset;
  }

  bool take_idle();
  Task<Failure> connect(SteadyTime connect_deadline);
  std::span<iovec> gather(std::span<const std::string_view> pieces);
  Task<bool> write_slowly(WriteAll& writer);
  Task<Failure> write(std::span<const std::string_view> pieces);
  Task<Failure> write_body(BodySource& body, bool chunked);
  Failure after_write() const;
  void on_early_answer();
  std::optional<Failure> head_step();
  Failure prepare_body();
  std::optional<BodyPiece> step();
  std::optional<BodyPiece> raw_step();
  BodyPiece fail(Failure failure, std::string text);
};

}  // namespace pontage::transport
