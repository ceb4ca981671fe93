// What a failed step of an upstream call stands for: its error code, and whether the target was
// reached at all.
#pragma once

#include "pontage/core/error.hpp"
#include "transport/upstream.hpp"

namespace pontage::gateway {

Code code_of(transport::Failure failure);
bool is_transport(transport::Failure failure);

}  // namespace pontage::gateway
