// Google's paths, which hold what other dialects have in the body: the model, what is to be done
// with it, and whether the answer is a stream.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "gateway/snapshot.hpp"

namespace pontage::gateway {

/// "/v1beta/models/M:generateContent" and its like, also below "/v1".
struct GoogleCall {
  std::string model;
  bool stream = false;
  bool count = false;  ///< countTokens
};
std::optional<GoogleCall> google_call(std::string_view path);

/// Google's dialect is spoken: a call, anything below "/v1beta", or a list of models that a client
/// of Google's asks for.
bool is_google(std::string_view path, std::span<const http::HeaderView> headers);
/// GET of the list of models below "/v1beta", or of one.
bool is_google_models(std::string_view path);

/// What the path says, put into the view; refuses a stream that is not asked for as events.
Status apply_google_path(std::string_view path, std::string_view query,
                         dialects::RequestView& view);
/// The key in `?key=…`, as Google's early clients send it.
std::string_view google_query_key(std::string_view query);

/// Body of GET …/models, and of GET …/models/ID (empty: no such model).
std::string google_models(const Snapshot& snapshot, std::string_view path);

}  // namespace pontage::gateway
