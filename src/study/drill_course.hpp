// Finds, for each route, a request that it takes, and with the real chain's own code the targets
// that such a request would try.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gateway/snapshot.hpp"
#include "study/drill.hpp"

namespace pontage::study {

/// The user's own request, in place of the drill's.
struct OwnRequest {
  std::string body;  ///< JSON; empty: the drill's own
  std::string path;  ///< empty: as the route says
  std::vector<std::pair<std::string, std::string>> headers;
};

/// The courses of a route over an isolated snapshot: of a short request, and of a long one where
/// that meets other targets. `notes` says what cannot be drilled and why.
std::vector<Course> courses_of(const gateway::Snapshot& snapshot, const gateway::Route& route,
                               const OwnRequest& own, std::vector<std::string>& notes);

/// Every provider that the route may name.
std::vector<std::string> providers_of(const gateway::Route& route);

}  // namespace pontage::study
