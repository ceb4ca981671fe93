// Sets and removes top-level fields of a JSON body, leaving every other byte as it is: what a
// target's `override_params` ask for, and fields that an upstream must not see.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace pontage::dialects {

using BodyField = std::pair<std::string, std::string>;  ///< name and JSON text

/// `body` must be a valid JSON object; anything else comes back as it is. A field that stands in
/// `set` takes that value (appended where it is absent); one that stands in `drop` is removed.
std::string edit_body(std::string_view body, std::span<const BodyField> set,
                      std::span<const std::string_view> drop);

/// The JSON text of a top-level field, with its quotes; null data when it is absent.
std::string_view body_field(std::string_view body, std::string_view name);

}  // namespace pontage::dialects
