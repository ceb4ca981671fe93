// One client connection: reads requests, runs the handler for each in turn, writes responses.
// Included by transport only.
#pragma once

#include <array>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "http/chunked.hpp"
#include "transport/buffered_stream.hpp"
#include "transport/head_parser.hpp"
#include "transport/listener.hpp"
#include "transport/server.hpp"

namespace pontage::transport {

/// What a connection borrows from its listener.
struct ConnectionHost {
  Worker& worker;
  const ListenerOptions& options;
  const Handler& handler;
  bool draining = false;
};

class Connection final : public ServerExchange {
 public:
  Connection(ConnectionHost& host, std::unique_ptr<ByteStream> stream, std::string peer);

  /// Serves until the connection ends.
  Task<void> run();
  void close_if_idle();
  void close_now();

  // ServerExchange
  [[nodiscard]] const RequestHead& head() const override { return head_; }
  [[nodiscard]] std::string_view peer() const override { return peer_; }
  [[nodiscard]] SteadyTime started() const override { return started_; }
  Task<Result<std::string_view>> read_body(std::uint64_t limit) override;
  Task<Result<std::string_view>> read_piece() override;
  Task<bool> respond(int status, std::string_view headers, std::string_view body) override;
  void begin_stream(int status, std::string_view headers) override;
  void begin_sized(int status, std::string_view headers, std::uint64_t length) override;
  Task<bool> write(std::string_view piece) override;
  Task<bool> write_last(std::string_view piece) override;
  void abort() override;
  [[nodiscard]] bool head_sent() const override { return head_sent_; }
  [[nodiscard]] bool client_gone() const override { return stream_->ended() || aborted_; }
  void on_client_gone(std::function<void()> callback) override;

 private:
  enum class Phase { kIdle, kHead, kBody, kHandler, kWrite, kLinger };
  Task<bool> read_head();
  std::string_view take_head(std::size_t length);
  [[nodiscard]] Error head_too_large() const;
  Task<void> refuse(const Error& error);
  Task<void> answer_for_exception(const std::string& what);
  Task<void> skip_rest_of_body();
  Task<Status> read_sized_body();
  void drop_taken(std::size_t& taken);
  [[nodiscard]] bool can_skip_body() const;
  Task<void> linger();
  Task<Status> read_chunked_body(std::uint64_t limit);
  Result<std::string_view> chunked_piece(std::string_view input);
  std::string_view sized_piece(std::string_view input);
  void end_pieces();
  Task<Status> send_continue();
  /// Up to three parts that are written at once.
  struct Parts {
    std::array<iovec, 3> all{};
    std::size_t count = 0;
    Parts(std::string_view a, std::string_view b, std::string_view c);
    std::span<iovec> span() { return std::span(all).first(count); }
  };
  Task<bool> send_slowly(WriteAll& writer);
  void start_head(int status, std::string_view headers);
  void finish_request();
  void set_deadline(Phase phase, Millis from_now);
  void set_body_deadline();
  void on_deadline();
  void end_idle();
  void arm_watch();
  void stop_waiting();
  Error read_failure(const char* what) const;
  Error body_failure();

  ConnectionHost& host_;
  BufferedStream::Ptr stream_;
  std::string peer_;
  Timer timer_;
  Phase phase_ = Phase::kIdle;
  bool timed_out_ = false;
  bool close_after_ = false;
  bool close_after_idle_ = false;
  bool aborted_ = false;

  // Of the current request.
  RequestHead head_;
  SteadyTime started_{};
  std::size_t held_ = 0;  // bytes of the buffer that belong to this request
  bool body_read_ = false;
  bool in_pieces_ = false;          // the body is read by read_piece()
  std::size_t pieces_taken_ = 0;    // of the buffer, behind `held_`
  std::uint64_t pieces_total_ = 0;  // of the body
  std::unique_ptr<http::ChunkedDecoder> pieces_decoder_;
  bool head_sent_ = false;
  bool streaming_ = false;
  bool response_done_ = false;
  bool discard_body_ = false;  // HEAD
  bool chunked_out_ = false;
  std::string head_copy_;  // when the head cannot stay in the buffer
  std::string body_;       // when it does not lie in the connection's buffer
  std::string out_;        // the response head, then chunk framing
  std::function<void()> on_gone_;
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

}  // namespace pontage::transport
