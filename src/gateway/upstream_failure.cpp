#include "gateway/upstream_failure.hpp"

namespace pontage::gateway {

using transport::Failure;

Code code_of(Failure failure) {
  switch (failure) {
    case Failure::kTls:
      return Code::k_upstream_tls;
    case Failure::kDns:
    case Failure::kRefused:
    case Failure::kUnreachable:
    case Failure::kReset:
    case Failure::kClosed:
      return Code::k_upstream_refused;
    case Failure::kDeadline:
      return Code::k_upstream_timeout;
    case Failure::kCancelled:
      return Code::k_client_closed_request;
    case Failure::kNone:
    case Failure::kGarbage:
    case Failure::kTooLarge:
    case Failure::kBadEncoding:
      return Code::k_upstream_garbage;
  }
  return Code::k_upstream_garbage;
}

bool is_transport(Failure failure) {
  switch (failure) {
    case Failure::kDns:
    case Failure::kRefused:
    case Failure::kUnreachable:
    case Failure::kTls:
    case Failure::kReset:
    case Failure::kClosed:
      return true;
    case Failure::kNone:
    case Failure::kGarbage:
    case Failure::kTooLarge:
    case Failure::kBadEncoding:
    case Failure::kDeadline:
    case Failure::kCancelled:
      return false;
  }
  return false;
}

void classify_refusal(AttemptResult& result, const dialects::ReplyError& said,
                      const chain::Target& target) {
  const int status = result.status_code;
  const bool key = status == 401 || status == 403 || said.status == 401;  // Google says it by 400
  result.our_key_refused = key && !target.provider->passthrough;
  if (!result.retry_after && said.retry_after_ms) result.retry_after = Millis(*said.retry_after_ms);
  result.context_overflow = dialects::is_context_overflow(said);
  result.content_filter = dialects::is_content_filter(said);
  std::string detail = "HTTP " + std::to_string(status);
  if (!said.message.empty() && !result.our_key_refused)
    detail += ": " + said.message.substr(0, 300);
  Code code = Code::k_upstream_garbage;
  if (result.our_key_refused) {
    code = Code::k_upstream_auth;
  } else if (result.context_overflow) {
    code = Code::k_context_length_exceeded;
  } else if (result.content_filter) {
    code = Code::k_content_filter;
  } else if (status == 429) {
    code = Code::k_rate_limited;
  } else if (status < 500) {
    code = Code::k_invalid_value;
  }
  result.error = Error{code, Origin::kUpstream, Retry::kOtherTarget, std::move(detail), {}, {}};
}

void refuse_request(AttemptResult& result, Error error) {
  result.unsupported = true;
  result.error_kind = "unsupported";
  result.error = std::move(error);
  result.status_code = http_status(result.error.code);
}

void refuse_unrecorded(AttemptResult& result) {
  refuse_request(result,
                 Error{Code::k_ledger_unavailable,
                       Origin::kGateway,
                       Retry::kNever,
                       "the ledger's disk takes no record of this request, so it was not sent; the "
                       "operator must look at its disk",
                       {},
                       {}});
  result.error_kind = "unrecorded";
}

Error nothing_for(dialects::Dialect client, const chain::Target& target) {
  return Error{Code::k_unsupported_parameter,
               Origin::kClient,
               Retry::kOtherTarget,
               target.provider->name + " has nothing for requests of " +
                   std::string(dialects::dialect_name(client)) +
                   "; route them to a provider that does",
               {},
               {}};
}

}  // namespace pontage::gateway
