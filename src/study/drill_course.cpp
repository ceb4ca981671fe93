#include "study/drill_course.hpp"

#include <limits>
#include <nlohmann/json.hpp>
#include <set>

#include "core/strings.hpp"
#include "gateway/client_routing.hpp"
#include "gateway/directory.hpp"
#include "gateway/tokens.hpp"
#include "study/stand_ins.hpp"

namespace pontage::study {
namespace {

using dialects::Dialect;
using nlohmann::json;

constexpr std::string_view kQuestion = "Why is the sky blue?";
constexpr int kDraws = 16;  // a chain may draw lots: each of its picks is a course of its own
constexpr std::int64_t kLongest = 200'000;  // tokens that a long request may have

struct Place {
  std::string_view path;
  Dialect dialect;
};
constexpr Place kPlaces[] = {{"/v1/chat/completions", Dialect::kOpenAiChat},
                             {"/v1/messages", Dialect::kAnthropicMessages},
                             {"/v1/responses", Dialect::kOpenAiResponses}};

// A text that the glob takes.
std::string filled(std::string_view glob, std::string_view filling) {
  std::string out;
  for (const char c : glob) {
    if (c == '*') {
      out.append(filling);
    } else {
      out.push_back(c);
    }
  }
  return out;
}

std::string model_for_route(const gateway::Snapshot& snapshot, const routing::Match& match) {
  if (match.models.empty()) return "drill";
  const std::string& glob = match.models.front();
  for (const auto& known : snapshot.models) {
    if (glob_match(glob, known.id)) return known.id;
  }
  return filled(glob, "drill");
}

json question(Dialect dialect, const std::string& model, const std::string& text) {
  json body;
  body["model"] = model;
  if (dialect == Dialect::kOpenAiResponses) {
    body["input"] = text;
    return body;
  }
  body["messages"] = json::array({{{"role", "user"}, {"content", text}}});
  if (dialect == Dialect::kAnthropicMessages) body["max_tokens"] = 256;
  return body;
}

Request request_for(const gateway::Route& route, const Place& place, json body,
                    const OwnRequest& own) {
  Request out;
  out.dialect = place.dialect;
  out.path = place.path;
  if (place.dialect == Dialect::kAnthropicMessages)
    out.headers.emplace_back("anthropic-version", "2023-06-01");
  for (const auto& [name, glob] : route.match.headers)
    out.headers.emplace_back(name, filled(glob, "drill"));
  std::string tags;
  for (const auto& [key, glob] : route.match.metadata)
    tags.append(tags.empty() ? "" : ",").append(key).append("=").append(filled(glob, "drill"));
  if (!tags.empty()) out.headers.emplace_back("x-pontage-tags", tags);
  out.headers.emplace_back("x-pontage-cache", "no-store");  // the chain is meant, not its memory
  for (const auto& each : own.headers) out.headers.push_back(each);
  body["stream"] = false;
  out.plain_body = body.dump();
  body["stream"] = true;
  out.stream_body = body.dump();
  return out;
}

// The decision for a request, as the request path takes it; nothing is sent.
struct Decision {
  explicit Decision(const Request& request) {
    for (const auto& [name, value] : request.headers) headers.push_back({name, value});
    exchange.dialect = request.dialect;
    exchange.body = request.plain_body;
    exchange.path = request.path;
    exchange.headers = headers;
    exchange.facts.headers = headers;
    exchange.facts.path = request.path;
    exchange.facts.body = request.plain_body;
    exchange.facts.view = &exchange.view;
  }
  std::string read(const gateway::Snapshot& snapshot, const gateway::Route& route);
  std::string choose(const gateway::Snapshot& snapshot, const gateway::Route& route);

  std::vector<http::HeaderView> headers;
  chain::Exchange exchange;
};

// Empty: the route takes it.
std::string Decision::read(const gateway::Snapshot& snapshot, const gateway::Route& route) {
  auto view =
      dialects::make_request_reader(exchange.dialect)->read(exchange.body, exchange.body.size());
  if (!view) return "the request: " + view.error().detail;
  exchange.view = std::move(*view);
  if (!route.match.keys.empty()) exchange.facts.key_name = route.match.keys.front();
  const auto* taken = gateway::pick_route(snapshot, exchange.facts);
  if (taken != &route)
    return taken == nullptr ? "no route takes the drill's request"
                            : "route " + taken->name + " takes the drill's request";
  return {};
}

std::string Decision::choose(const gateway::Snapshot& snapshot, const gateway::Route& route) {
  exchange.route_name = route.name;
  gateway::apply_alias(snapshot, exchange);
  if (route.tokens_wanted > 0) {
    exchange.facts.tokens =
        gateway::count_input_tokens_now(exchange, std::numeric_limits<std::int64_t>::max());
  }
  route.chain.plan(exchange);
  if (exchange.plan.candidates.empty()) {
    if (const auto* named = gateway::target_by_name(snapshot, exchange))
      exchange.plan.append(*named);
  }
  return exchange.plan.candidates.empty() ? "its chain names no target for the drill's request"
                                          : std::string();
}

void note(std::vector<std::string>& notes, const std::string& text) {
  if (std::ranges::find(notes, text) == notes.end()) notes.push_back(text);
}

void add_step(Course& course, const chain::Exchange& exchange, const chain::Target& target,
              bool floor, std::vector<std::string>& notes) {
  if (!target.provider->configured()) {
    note(notes, "route " + course.route + ": " + target.label +
                    " is passed over: " + target.provider->why_skipped());
    return;
  }
  const std::string model(chain::model_for(exchange, target));
  course.steps.push_back(
      {target.provider->name, model, target.provider->name + "/" + model, floor});
}

std::string survey(const gateway::Snapshot& snapshot, const gateway::Route& route, Course& course,
                   std::vector<std::string>& notes) {
  Decision decision(course.request);
  if (auto problem = decision.read(snapshot, route); !problem.empty()) return problem;
  if (auto problem = decision.choose(snapshot, route); !problem.empty()) return problem;
  const auto& plan = decision.exchange.plan;
  for (const auto& each : plan.candidates)
    add_step(course, decision.exchange, *each.target, false, notes);
  if (plan.floor != nullptr) {
    for (const auto& entry : plan.floor->entries) {
      if (entry.target != nullptr) {
        add_step(course, decision.exchange, *entry.target, true, notes);
      } else if (!entry.cache) {  // what was never asked has no old answer
        course.message = true;
      }
    }
  }
  return course.steps.empty() ? "no target of its chain can be tried" : std::string();
}

std::optional<Place> place_of(const gateway::Route& route, const OwnRequest& own) {
  for (const auto& place : kPlaces) {
    if (own.path.empty() ? route.match.path_matches(place.path) : own.path == place.path)
      return place;
  }
  return std::nullopt;
}

// Words of one token each, so that a rule over tokens sees the other side of its largest number.
std::string long_text(std::int64_t tokens) {
  std::string out;
  for (std::int64_t i = 0; i < tokens; ++i) out.append("sky ");
  return out;
}

void note_unmet(const gateway::Route& route, const std::vector<Course>& courses,
                std::vector<std::string>& notes) {
  std::vector<const chain::Target*> targets;
  for (const auto& entry : route.chain.entries()) entry->targets(targets);
  std::set<std::string> missing;
  for (const auto* target : targets) {
    if (target->model.empty()) continue;
    const bool found = std::ranges::any_of(courses, [&](const Course& course) {
      return std::ranges::any_of(course.steps, [&](const Step& step) {
        return step.provider == target->provider->name && step.model == target->model;
      });
    });
    if (!found) missing.insert(target->label);
  }
  for (const auto& label : missing) {
    notes.push_back("route " + route.name + ": " + label +
                    " is not drilled: no request of the drill's leads there; give one with "
                    "--request and --header");
  }
}

// The same request again, in whatever order: chains that draw lots try the same targets in another
// one.
bool same_steps(const Course& a, const Course& b) {
  return b.about.empty()
             ? std::ranges::is_permutation(a.steps, b.steps, {}, &Step::label, &Step::label)
             : std::ranges::equal(a.steps, b.steps, {}, &Step::label, &Step::label);
}

}  // namespace

std::vector<Course> courses_of(const gateway::Snapshot& snapshot, const gateway::Route& route,
                               const OwnRequest& own, std::vector<std::string>& notes) {
  std::vector<Course> out;
  const auto place = place_of(route, own);
  if (!place) {
    notes.push_back("route " + route.name +
                    " is not drilled: its path is none of /v1/chat/completions, /v1/messages, "
                    "/v1/responses");
    return out;
  }
  const auto add = [&](const std::string& about, json body) {
    Course course{route.name, about, request_for(route, *place, std::move(body), own), {}};
    if (auto problem = survey(snapshot, route, course, notes); !problem.empty()) {
      note(notes, "route " + route.name + " is not drilled: " + problem);
    } else if (std::ranges::none_of(out,
                                    [&](const Course& each) { return same_steps(each, course); })) {
      if (course.about.empty() && !out.empty()) course.about = "to " + course.steps.front().label;
      out.push_back(std::move(course));
    }
  };
  if (!own.body.empty()) {
    for (int i = 0; i < kDraws; ++i) add("", json::parse(own.body, nullptr, false));
  } else {
    const auto model = model_for_route(snapshot, route.match);
    for (int i = 0; i < kDraws; ++i)
      add("", question(place->dialect, model, std::string(kQuestion)));
    if (route.tokens_wanted > 0 && route.tokens_wanted < kLongest && !out.empty())
      add("long", question(place->dialect, model, long_text(route.tokens_wanted + 1)));
  }
  note_unmet(route, out, notes);
  return out;
}

std::vector<std::string> providers_of(const gateway::Route& route) {
  std::vector<const chain::Target*> targets;
  for (const auto& entry : route.chain.entries()) entry->targets(targets);
  std::vector<std::string> out;
  for (const auto* target : targets) out.push_back(target->provider->name);
  return out;
}

}  // namespace pontage::study
