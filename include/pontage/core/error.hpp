// What went wrong, whose fault it is and whether another try may help. An Error travels as a value
// through the whole request path; gateway/error_reply.cpp is the only place that turns it into a
// status and a body.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace pontage {

/// Stable codes: users match on their spelling (docs/errors.md). Row order is the documented order.
enum class Code : std::uint8_t {
#define PONTAGE_ERROR(name, status, type, text) k_##name,
#include "pontage/core/error_codes.def"
#undef PONTAGE_ERROR
};

/// Whose fault: the client's request, the gateway's own limits or state, or the provider behind it.
enum class Origin : std::uint8_t { kClient, kGateway, kUpstream };

/// What a retry may hope for.
enum class Retry : std::uint8_t { kNever, kSameTarget, kOtherTarget };

struct Error {
  Code code;
  Origin origin = Origin::kGateway;
  Retry retry = Retry::kNever;
  std::string detail;  ///< one sentence for the person who reads it, and what to do next
  std::string param;   ///< the offending field, in the client's dialect; empty when there is none
  std::optional<std::uint32_t> retry_after_ms;
};

template <class T>
using Result = std::expected<T, Error>;
using Status = std::expected<void, Error>;

std::string_view code_name(Code code);          ///< "request_too_large"
int http_status(Code code);                     ///< 413
std::string_view openai_error_type(Code code);  ///< "invalid_request_error"
std::string_view summary(Code code);            ///< the sentence of docs/errors.md

inline std::unexpected<Error> client_error(Code code, std::string detail, std::string param = {}) {
  return std::unexpected(
      Error{code, Origin::kClient, Retry::kNever, std::move(detail), std::move(param), {}});
}
inline std::unexpected<Error> gateway_error(Code code, std::string detail) {
  return std::unexpected(Error{code, Origin::kGateway, Retry::kNever, std::move(detail), {}, {}});
}
inline std::unexpected<Error> upstream_error(Code code, std::string detail,
                                             Retry retry = Retry::kSameTarget) {
  return std::unexpected(Error{code, Origin::kUpstream, retry, std::move(detail), {}, {}});
}

}  // namespace pontage
