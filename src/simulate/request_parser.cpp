#include "simulate/request_parser.hpp"

#include <algorithm>

#include "core/strings.hpp"
#include "http/headers.hpp"

namespace pontage::simulate {
std::string_view WireRequest::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return {};
}

std::string_view WireRequest::path() const {
  return std::string_view(target).substr(0, target.find('?'));
}

std::string WireRequest::query(std::string_view name) const {
  const std::size_t mark = target.find('?');
  if (mark == std::string::npos) return {};
  for (const std::string_view part : split(std::string_view(target).substr(mark + 1), '&')) {
    const std::size_t equals = part.find('=');
    if (part.substr(0, equals) != name) continue;
    return equals == std::string_view::npos ? std::string()
                                            : percent_decode(part.substr(equals + 1));
  }
  return {};
}

RequestParser::State RequestParser::bad(int status) {
  step_ = Step::kBad;
  bad_status_ = status;
  return State::kBad;
}

RequestParser::State RequestParser::parse(std::string& in) {
  switch (step_) {
    case Step::kHead:
      return read_head(in);
    case Step::kLength:
      return read_length(in);
    case Step::kChunked:
      return read_chunked(in);
    case Step::kReady:
      return State::kReady;
    case Step::kBad:
      break;
  }
  return State::kBad;
}

WireRequest RequestParser::take() {
  step_ = Step::kHead;
  searched_ = 0;
  chunked_.reset();
  return std::exchange(request_, WireRequest());
}

RequestParser::State RequestParser::read_head(std::string& in) {
  // RFC 9112 §2.2: an empty line before the request line is passed over.
  if (searched_ == 0) in.erase(0, std::min(in.find_first_not_of("\r\n"), in.size()));
  const std::size_t end = in.find("\r\n\r\n", searched_);
  if (end == std::string::npos) {
    if (in.size() > kHeadLimit) return bad(431);
    searched_ = in.size() < 3 ? 0 : in.size() - 3;
    return State::kNeedMore;
  }
  if (!parse_head(std::string_view(in).substr(0, end + 2))) return bad(400);
  in.erase(0, end + 4);
  if (!choose_framing()) return bad(bad_status_ == 0 ? 400 : bad_status_);
  if (expects_continue_ && in.empty() && step_ != Step::kReady) {
    expects_continue_ = false;
    return State::kContinue;
  }
  return parse(in);
}

bool RequestParser::parse_request_line(std::string_view line) {
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == 0 || first == std::string_view::npos || last == first) return false;
  const std::string_view version = line.substr(last + 1);
  if (version != "HTTP/1.1" && version != "HTTP/1.0") return false;
  request_.method = line.substr(0, first);
  request_.target = line.substr(first + 1, last - first - 1);
  request_.minor_version = version.back() - '0';
  return !request_.target.empty() && request_.target.find(' ') == std::string::npos;
}

bool RequestParser::parse_head(std::string_view head) {
  std::size_t line_end = head.find("\r\n");
  if (!parse_request_line(head.substr(0, line_end))) return false;
  while (true) {
    head.remove_prefix(line_end + 2);
    if (head.empty()) return true;
    line_end = head.find("\r\n");
    const std::string_view line = head.substr(0, line_end);
    const std::size_t colon = line.find(':');
    if (colon == 0 || colon == std::string_view::npos) return false;
    const std::string_view name = line.substr(0, colon);
    if (name.find_first_of(" \t") != std::string_view::npos) return false;
    request_.headers.emplace_back(to_lower(name), trim(line.substr(colon + 1)));
  }
}

bool RequestParser::choose_framing() {
  const auto connection = request_.header("connection");
  request_.keep_alive = request_.minor_version == 1 ? !http::has_token(connection, "close")
                                                    : http::has_token(connection, "keep-alive");
  expects_continue_ = iequals(request_.header("expect"), "100-continue");
  const auto coding = request_.header("transfer-encoding");
  const auto length = request_.header("content-length");
  if (!coding.empty()) {
    if (!iequals(coding, "chunked") || !length.empty()) return false;
    chunked_.emplace();
    step_ = Step::kChunked;
    return true;
  }
  left_ = 0;
  if (!length.empty()) {
    const auto value = parse_int(length);
    if (!value || *value < 0) return false;
    left_ = static_cast<std::uint64_t>(*value);
    bad_status_ = left_ > kBodyLimit ? 413 : 0;
  }
  step_ = left_ == 0 ? Step::kReady : Step::kLength;
  return bad_status_ == 0;
}

RequestParser::State RequestParser::read_length(std::string& in) {
  const std::size_t take = std::min<std::uint64_t>(left_, in.size());
  if (request_.body.empty() && take == left_) {
    request_.body.assign(in, 0, take);
  } else {
    request_.body.append(in, 0, take);
  }
  in.erase(0, take);
  left_ -= take;
  if (left_ > 0) return State::kNeedMore;
  step_ = Step::kReady;
  return State::kReady;
}

RequestParser::State RequestParser::read_chunked(std::string& in) {
  std::string_view input = in;
  while (true) {
    std::string_view payload;
    const auto state = chunked_->next(input, payload);
    if (state == http::ChunkedDecoder::State::kError) return bad(400);
    request_.body.append(payload);
    if (request_.body.size() > kBodyLimit) return bad(413);
    if (state == http::ChunkedDecoder::State::kData) continue;
    in.erase(0, in.size() - input.size());
    if (state == http::ChunkedDecoder::State::kNeedMore) return State::kNeedMore;
    step_ = Step::kReady;
    return State::kReady;
  }
}

}  // namespace pontage::simulate
