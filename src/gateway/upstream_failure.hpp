// What a failed step of an upstream call stands for: its error code, whether the target was reached
// at all, and what a provider's refusal means.
#pragma once

#include "gateway/attempt.hpp"
#include "pontage/core/error.hpp"
#include "transport/upstream.hpp"

namespace pontage::gateway {

Code code_of(transport::Failure failure);
bool is_transport(transport::Failure failure);
inline Error garbage(std::string detail) {
  return Error{
      Code::k_upstream_garbage, Origin::kUpstream, Retry::kOtherTarget, std::move(detail), {}, {}};
}
/// The target's provider has no endpoint for the client's dialect.
Error nothing_for(dialects::Dialect client, const chain::Target& target);
/// `result.status_code` is the provider's.
void classify_refusal(AttemptResult& result, const dialects::ReplyError& said,
                      const chain::Target& target);

/// Nothing was sent: the target cannot do what is asked for.
void refuse_request(AttemptResult& result, Error error);
/// Nothing was sent: the ledger's disk takes no record of it. No fault of the target.
void refuse_unrecorded(AttemptResult& result);

}  // namespace pontage::gateway
