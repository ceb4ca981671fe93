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

}  // namespace pontage::gateway
