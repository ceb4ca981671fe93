#include "gateway/error_reply.hpp"

#include "http/headers.hpp"

namespace pontage::gateway {
namespace {

// Official SDKs try 408, 409, 429 and 5xx again unless told otherwise; what the gateway has tried
// already, or what a second try cannot change, it says so.
bool forbids_retry(Code code) {
  switch (code) {
    case Code::k_all_targets_failed:
    case Code::k_no_target:
    case Code::k_upstream_auth:
    case Code::k_upstream_timeout:
    case Code::k_ledger_unavailable:
    case Code::k_invalid_api_key:
    case Code::k_budget_exceeded:
    case Code::k_loop_detected:
    case Code::k_not_implemented:
      return true;
    case Code::k_bad_request:
    case Code::k_invalid_json:
    case Code::k_invalid_value:
    case Code::k_missing_field:
    case Code::k_duplicate_field:
    case Code::k_unsupported_parameter:
    case Code::k_context_length_exceeded:
    case Code::k_content_filter:
    case Code::k_permission_denied:
    case Code::k_model_not_found:
    case Code::k_no_route:
    case Code::k_not_found:
    case Code::k_method_not_allowed:
    case Code::k_request_timeout:
    case Code::k_request_too_large:
    case Code::k_unsupported_media_type:
    case Code::k_rate_limited:
    case Code::k_overloaded:
    case Code::k_headers_too_large:
    case Code::k_client_closed_request:
    case Code::k_internal_error:
    case Code::k_upstream_refused:
    case Code::k_upstream_tls:
    case Code::k_upstream_garbage:
    case Code::k_draining:
    case Code::k_stream_interrupted:
      return false;
  }
  return false;
}

}  // namespace

ErrorReply render_error(dialects::Dialect dialect, const Error& error, std::string_view request_id,
                        int status) {
  ErrorReply reply;
  reply.status = status != 0 ? status : http_status(error.code);
  reply.body = dialects::error_body(dialect, error, request_id);
  reply.headers = "Content-Type: application/json\r\n";
  if (error.retry_after_ms) {
    http::append_header(reply.headers, "Retry-After",
                        std::to_string((*error.retry_after_ms + 999) / 1000));
    http::append_header(reply.headers, "retry-after-ms", std::to_string(*error.retry_after_ms));
  }
  // With a Retry-After a later try makes sense; the client should wait for it.
  if (forbids_retry(error.code) && !error.retry_after_ms) {
    http::append_header(reply.headers, "x-should-retry", "false");
  }
  return reply;
}

}  // namespace pontage::gateway
