// From an answer and a fault to a Delivery: the head, the framing, the coding, and the places where
// it breaks.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "simulate/answer.hpp"
#include "simulate/request_parser.hpp"
#include "simulate/response_script.hpp"

namespace pontage::simulate {

/// What a healthy delivery depends on besides the answer.
struct Style {
  std::string server;
  Micros ttft{0};
  double tokens_per_second = 0;
  bool delay_plain = true;
  std::uint64_t sequence = 0;  ///< for the request id
};

struct Planned {
  Delivery delivery;
  int status = 200;  ///< for the log; 0 when there is no proper head
};

/// A generated answer under a fault (null: healthy).
Planned deliver_answer(const WireRequest& request, const Ask& ask, Answer answer,
                       const Fault* fault, const Style& style);
/// An error of the vendor under the rest of a fault (its places, headers and timing still count).
Planned deliver_error(const WireRequest& request, Dialect dialect, const ErrorReply& error,
                      const Fault* fault, const Style& style);
/// JSON of the simulator itself.
Planned deliver_json(const WireRequest& request, int status, std::string body, const Style& style);
/// RST or FIN before any byte.
Planned deliver_nothing(const WireRequest& request, Trigger::Action action);

}  // namespace pontage::simulate
