// Reads a gateway's answer the way a strict client would: is it whole, an honest error, or neither?
// Fed bytes as they come; pure.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "http/chunked.hpp"
#include "http/sse.hpp"
#include "study/drill.hpp"

namespace pontage::study {

class AnswerReader {
 public:
  explicit AnswerReader(dialects::Dialect dialect);

  /// True once nothing more is wanted: the framing has ended.
  bool feed(std::string_view bytes);
  /// The connection has ended, or the patience has.
  void end(bool gave_up);

  [[nodiscard]] bool begun() const { return content_ || failed_; }  ///< content, or an error
  [[nodiscard]] Seen::Kind kind() const { return kind_; }
  [[nodiscard]] int status() const { return status_; }
  [[nodiscard]] const std::string& error() const { return error_; }
  [[nodiscard]] bool content() const { return content_; }
  [[nodiscard]] std::string header(std::string_view name) const;

 private:
  void read_head();
  void read_body(std::string_view bytes);
  void read_events();
  void on_event(std::string_view data);
  void read_whole();
  bool read_error(std::string_view body);

  dialects::Dialect dialect_;
  std::string head_;
  bool head_done_ = false;
  bool chunked_ = false;
  bool stream_ = false;
  std::size_t length_ = static_cast<std::size_t>(-1);
  http::ChunkedDecoder decoder_;
  http::SseParser events_;
  std::string body_;
  std::string pending_;
  bool framed_ = false;
  bool content_ = false;
  bool finish_ = false;
  bool done_ = false;
  bool failed_ = false;
  int status_ = 0;
  std::string error_;
  Seen::Kind kind_ = Seen::Kind::kNothing;
};

}  // namespace pontage::study
