// What differs between provider families: which dialects they speak and where, and how a request to
// them is addressed, authenticated and signed. One file a family.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/environment.hpp"
#include "core/clock.hpp"
#include "pontage/dialects/codec.hpp"

namespace pontage::providers {

struct Provider;

/// What a provider serves at one place.
struct Endpoint {
  dialects::Dialect dialect;
  std::string_view path;  ///< under the base URL: "/chat/completions"
  /// False: only where the provider's entry or the catalogue says so.
  bool everywhere = true;
  /// Where the model stands in the path: what stands in the body instead of its `model` member.
  std::string_view model_member = {};
};

/// What a family may ask of when a provider is made.
struct Setup {
  const config::Environment& environment;
  bool written;  ///< the provider has an entry in the file
};

/// What a request head is made of.
struct RequestLine {
  const Provider& provider;
  const Endpoint& endpoint;
  std::string_view model;  ///< what the provider calls it
  bool stream = false;
};

struct Family {
  std::string_view kind;
  /// The first is what clients of other dialects are translated into.
  std::span<const Endpoint> endpoints;
  std::string_view base_path;  ///< put before an endpoint's path when the URL has none of its own
  bool needs_key;
  void (*append_auth)(std::string& head, std::string_view key);
  /// The path and query after the base URL's path; null: the endpoint's path.
  void (*append_path)(std::string& head, const RequestLine& line) = nullptr;
  /// The path and query of a request that the gateway does not read ("/files?limit=2" at OpenAI),
  /// after the base URL's path; empty: the provider has no such thing. Null: as it is for families
  /// without append_path, nothing for the others.
  std::string (*plain_path)(const Provider& provider, std::string_view below,
                            std::string_view model) = nullptr;
  /// Header lines that depend on what is sent: called with all other lines in `head`. Null: none.
  void (*append_signature)(std::string& head, const RequestLine& line,
                           std::span<const std::string_view> body, WallTime now) = nullptr;
  /// Reads the family's own settings: the address where none is written, what authenticates, or why
  /// it is not configured. Null: the address and the key are all there is.
  void (*prepare)(Provider& provider, const Setup& setup) = nullptr;
  /// Whether the endpoint has the model; null: every one.
  bool (*serves)(const Endpoint& endpoint, std::string_view model) = nullptr;
};

const Family* find_family(std::string_view kind);
std::vector<std::string> family_names();

#define PONTAGE_FAMILY(kind) const Family& kind##_family();
#include "providers/providers.def"
#undef PONTAGE_FAMILY

}  // namespace pontage::providers
