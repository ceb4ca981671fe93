// Providers over the admin API: how each target stands, and an operator's word that a provider is
// down (a "game day"). The state itself belongs to the process; app lends it.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "admin/ledger_api.hpp"
#include "core/clock.hpp"

namespace pontage::admin {

/// One target that has been asked, or marked, since the start.
struct TargetState {
  std::string provider;
  std::string model;
  std::string_view state;  ///< "closed", "half_open", "open", "resting", "down"
  int failures_in_a_row = 0;
  std::int64_t openings = 0;
  std::int64_t available_in_ms = 0;  ///< 0: it may be asked now
  int in_flight = 0;
  std::optional<Micros> first_token = {};  ///< as measured lately; nothing: not measured
  std::optional<Micros> token = {};        ///< the time of one
};

/// A floor's target that was asked whether it is there.
struct FloorState {
  std::string target;   ///< "ollama/llama3.1:8b"
  std::string problem;  ///< empty: it is
};

struct HealthAccess {
  std::function<std::vector<TargetState>()> targets;
  std::function<std::vector<FloorState>()> floors;
  std::function<bool(std::string_view provider)> known;
  /// `model` empty: all of them; a time of 0 lifts it.
  std::function<void(std::string_view provider, std::string_view model, Millis time)> mark_down;
};

bool is_health_path(std::string_view path);
/// GET /api/v1/providers; POST and DELETE /api/v1/providers/NAME/down?minutes=N&model=M.
ApiAnswer health_answer(const HealthAccess& access, std::string_view method, std::string_view path,
                        std::string_view query);

}  // namespace pontage::admin
