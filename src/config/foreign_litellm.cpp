// LiteLLM's config.yaml: the deployments of one model name form a group, which becomes a route:
// one of them by weight, then the others, then the groups that stand in for it.
#include "config/foreign_litellm.hpp"

#include <algorithm>
#include <map>

#include "config/describe.hpp"
#include "config/foreign.hpp"
#include "core/strings.hpp"

namespace pontage::config {
namespace {

constexpr std::string_view kProduct = "LiteLLM";

constexpr NotCarried kRouter[] = {
    {"retry_after", "backoff is exponential with jitter, and Retry-After is honoured"},
    {"allowed_fails", "breakers and cooldowns have their own defaults"},
    {"cooldown_time", "breakers and cooldowns have their own defaults"},
    {"retry_policy", "write retry: { on: [ … ] } in the chain"},
    {"allowed_fails_policy", "breakers and cooldowns have their own defaults"},
    {"redis_host", "nothing is shared over Redis"},
    {"redis_port", "nothing is shared over Redis"},
    {"redis_password", "nothing is shared over Redis"},
    {"redis_url", "nothing is shared over Redis"},
    {"enable_pre_call_checks", "a prompt that is too long goes to a larger model anyway"},
    {"set_verbose", "see observability.log"},
    {"cache_responses", "write a `cache` into the chain"},
};
constexpr NotCarried kSettings[] = {
    {"callbacks", "see observability"},
    {"success_callback", "see observability"},
    {"failure_callback", "see observability"},
    {"cache_params", "write a `cache` into the chain"},
    {"max_budget", "budgets stand under `budgets`"},
    {"budget_duration", "budgets stand under `budgets`"},
    {"set_verbose", "see observability.log"},
    {"json_logs", "the access log is JSON lines anyway"},
    {"telemetry", ""},
    {"drop_params", ""},
    {"modify_params", "requests are not changed but for what stands in override_params"},
    {"redact_user_api_key_info", ""},
    {"turn_off_message_logging", ""},
};
constexpr NotCarried kGeneral[] = {
    {"database_url", "the ledger is a file of its own; see `ledger`"},
    {"alerting", "alerts stand under `alerts`"},
    {"alerting_threshold", "alerts stand under `alerts`"},
    {"disable_spend_logs", "the ledger stands under `ledger`"},
    {"store_model_in_db", "models stand in the file"},
    {"proxy_budget_rescheduler_min_time", ""},
    {"proxy_batch_write_at", ""},
};

constexpr std::size_t kPatterns = std::size_t{1} << 20U;  // ranks below exact names

class Reader {
 public:
  Reader(const Environment& environment, Diagnostics& diagnostics)
      : environment_(environment), diagnostics_(diagnostics) {}
  Node read(Node root);

 private:
  struct Group {
    Mark mark;
    std::vector<LiteLlmDeployment> members;
  };
  using Fallbacks = std::map<std::string, std::vector<Node>>;

  void read_groups(const Node& list, bool drop);
  void read_settings(const Node& root);
  void router_setting(const Node::Entry& entry);
  void litellm_setting(const Node::Entry& entry);
  void read_fallbacks(const Node::Entry& entry, Fallbacks& into);
  void shared_setting(const Node::Entry& entry);
  std::vector<Node> chain_of(const std::string& name, const Group& group);
  void append_group(const Group& group, Node& targets);
  static bool by_name(const Group& group);
  static std::vector<Node> pick(const Group& group, Node& targets);
  void stand_ins(const std::string& name, Node& targets, Node& on);

  const Environment& environment_;
  Diagnostics& diagnostics_;
  ProviderBook book_;
  Node native_;
  std::vector<std::string> order_;
  std::map<std::string, Group> groups_;
  std::map<std::string, std::vector<Node>> aliases_;
  Fallbacks fallbacks_, overflow_, policy_;
  std::vector<Node> default_fallbacks_;
  std::vector<Node> policies_;
};

void Reader::read_groups(const Node& list, bool drop) {
  if (!expect_kind(list, Node::Kind::kSequence, "model_list", diagnostics_)) return;
  for (const Node& entry : list.items) {
    const std::string name = text_at(entry, "model_name");
    if (name.empty()) {
      diagnostics_.error(entry.mark, "an entry of model_list needs \"model_name\"");
      continue;
    }
    if (!groups_.contains(name)) {
      order_.push_back(name);
      groups_[name].mark = entry.mark;
    }
    groups_[name].members.push_back(litellm_deployment(entry, drop, book_, diagnostics_));
  }
  // Exact names first, then the longer globs: LiteLLM takes the most specific.
  sort_stably(order_, [](const std::string& name) {
    return name.find('*') == std::string::npos ? 0 : kPatterns - name.size();
  });
}

void Reader::read_fallbacks(const Node::Entry& entry, Fallbacks& into) {
  if (!expect_kind(entry.value, Node::Kind::kSequence, entry.key, diagnostics_)) return;
  for (const Node& item : entry.value.items) {
    for (const Node::Entry& each : item.entries) {
      if (!expect_kind(each.value, Node::Kind::kSequence, each.key, diagnostics_)) continue;
      for (const Node& name : each.value.items) into[each.key].push_back(name);
    }
  }
}

// What may stand in router_settings and in litellm_settings alike.
void Reader::shared_setting(const Node::Entry& entry) {
  if (entry.key == "num_retries") {
    policies_.push_back(make_step(entry.mark, "retry", make_step(entry.mark, "max", entry.value)));
  } else if (entry.key == "timeout" || entry.key == "request_timeout") {
    policies_.insert(
        policies_.begin(),
        make_step(entry.mark, "timeout",
                  make_step(entry.mark, "attempt", litellm_seconds(entry.value, diagnostics_))));
  } else if (entry.key == "fallbacks") {
    read_fallbacks(entry, fallbacks_);
  } else if (entry.key == "context_window_fallbacks") {
    diagnostics_.warning(entry.mark,
                         "a prompt that is too long moves on to a target with a larger context; "
                         "these targets stand in for other failures as well here");
    read_fallbacks(entry, overflow_);
  } else if (entry.key == "content_policy_fallbacks") {
    read_fallbacks(entry, policy_);
  } else if (entry.key == "default_fallbacks") {
    if (expect_kind(entry.value, Node::Kind::kSequence, entry.key, diagnostics_))
      default_fallbacks_ = entry.value.items;
  } else {
    diagnostics_.warning(entry.mark,
                         "unknown key " + quote(entry.key) + " of LiteLLM: it is ignored");
  }
}

void Reader::router_setting(const Node::Entry& entry) {
  if (not_carried(entry, kProduct, kRouter, diagnostics_)) return;
  if (entry.key == "routing_strategy") {
    if (entry.value.text != "simple-shuffle")
      not_carried(entry, kProduct, "one of a group is drawn by weight", diagnostics_);
  } else if (entry.key == "model_group_alias") {
    for (const Node::Entry& alias : entry.value.entries) {
      const Node* model = alias.value.find("model");
      const std::string& group = model != nullptr ? model->text : alias.value.text;
      aliases_[group].push_back(make_text(alias.mark, alias.key));
    }
  } else {
    shared_setting(entry);
  }
}

void Reader::litellm_setting(const Node::Entry& entry) {
  if (not_carried(entry, kProduct, kSettings, diagnostics_)) return;
  if (entry.key == "cache") {
    if (entry.value.text == "true")
      policies_.push_back(make_step(entry.mark, "cache", make_map(entry.mark)));
    return;
  }
  shared_setting(entry);
}

void Reader::read_settings(const Node& root) {
  for (const Node::Entry& part : root.entries) {
    for (const Node::Entry& entry : part.value.entries) {
      if (part.key == "router_settings") {
        router_setting(entry);
      } else if (part.key == "litellm_settings") {
        litellm_setting(entry);
      } else if (part.key == "general_settings") {
        if (entry.key == "master_key") {
          put_key(native_, "master", entry.value, diagnostics_);
        } else if (!not_carried(entry, kProduct, kGeneral, diagnostics_)) {
          diagnostics_.warning(entry.mark, "unknown key " + quote(entry.key) +
                                               " in general_settings: it is ignored");
        }
      }
    }
    if (part.key == "environment_variables") {
      diagnostics_.warning(part.mark,
                           "these variables are only read for os.environ/NAME in this file; set "
                           "them in the gateway's own environment");
    }
  }
}

bool Reader::by_name(const Group& group) {
  return std::ranges::any_of(group.members, &LiteLlmDeployment::by_name);
}

Node with_policies(const LiteLlmDeployment& member) {
  if (member.steps.empty()) return member.target;
  std::vector<Node> steps = member.steps;
  Node list = make_sequence(member.mark);
  list.items.push_back(member.target);
  steps.push_back(make_step(member.mark, "fallback", std::move(list)));
  return make_branch(member.mark, std::move(steps));
}

// A `weighted` over the members of the lowest order, and all members in the list of stand-ins.
std::vector<Node> Reader::pick(const Group& group, Node& targets) {
  std::vector<const LiteLlmDeployment*> members;
  for (const auto& member : group.members) members.push_back(&member);
  sort_stably(members, [](const LiteLlmDeployment* member) { return member->order; });
  Node arms = make_sequence(group.mark);
  for (const auto* member : members) {
    Node branch = with_policies(*member);
    if (member->order == members.front()->order) {
      Node arm = make_step(member->mark, "weight", make_plain(member->mark, member->weight));
      for (const Node::Entry& entry : branch.entries) arm.entries.push_back(entry);
      arms.items.push_back(std::move(arm));
    }
    targets.items.push_back(std::move(branch));
  }
  std::vector<Node> steps;
  if (arms.items.size() > 1) steps.push_back(make_step(group.mark, "weighted", std::move(arms)));
  return steps;
}

void Reader::append_group(const Group& group, Node& targets) {
  if (by_name(group)) return;
  Node own = make_sequence(group.mark);
  std::vector<Node> steps = pick(group, own);
  if (steps.empty()) {
    for (Node& each : own.items) targets.items.push_back(std::move(each));
    return;
  }
  steps.push_back(make_step(group.mark, "fallback", std::move(own)));
  targets.items.push_back(make_branch(group.mark, std::move(steps)));
}

void Reader::stand_ins(const std::string& name, Node& targets, Node& on) {
  const auto append = [&](const std::vector<Node>& names) {
    for (const Node& each : names) {
      const auto group = groups_.find(each.text);
      if (group == groups_.end()) {
        diagnostics_.warning(each.mark, "no entry of model_list is called " + describe(each) +
                                            ": this stand-in is left out");
      } else {
        append_group(group->second, targets);
      }
    }
  };
  const auto listed = fallbacks_.find(name);
  append(listed != fallbacks_.end() ? listed->second : default_fallbacks_);
  if (const auto found = overflow_.find(name); found != overflow_.end()) append(found->second);
  const auto found = policy_.find(name);
  if (found == policy_.end()) return;
  append(found->second);
  for (const char* rule : {"status_code == 429", "status_code >= 500", "content_filter"})
    on.items.push_back(make_text(found->second.front().mark, rule));
}

std::vector<Node> Reader::chain_of(const std::string& name, const Group& group) {
  std::vector<Node> steps = policies_;
  Node on = make_sequence(group.mark);
  Node targets = make_sequence(group.mark);
  if (!by_name(group)) {
    for (Node& step : pick(group, targets)) steps.push_back(std::move(step));
  } else if (group.members.size() > 1) {
    diagnostics_.warning(group.mark, "several entries for " + quote(name) +
                                         ": the model's name picks the provider here");
  }
  stand_ins(name, targets, on);
  if (targets.items.empty() || by_name(group)) return steps;
  if (on.items.empty()) {
    steps.push_back(make_step(group.mark, "fallback", std::move(targets)));
  } else {
    Node map = make_step(group.mark, "on", std::move(on));
    put(map, group.mark, "targets", std::move(targets));
    steps.push_back(make_step(group.mark, "fallback", std::move(map)));
  }
  return steps;
}

Node Reader::read(Node root) {
  native_ = make_map(root.mark);
  const Node* own = root.find("environment_variables");
  const Environment both = [this, own](std::string_view name) -> std::optional<std::string> {
    const Node* given = own != nullptr ? own->find(name) : nullptr;
    if (given != nullptr && given->is_scalar()) return given->text;
    return environment_(name);
  };
  Node expanded = root;  // `own` stays as it is written
  litellm_variables(expanded, both, diagnostics_);
  for (Node::Entry& entry : expanded.entries) {
    const bool known = entry.key == "model_list" || entry.key.ends_with("_settings") ||
                       entry.key == "environment_variables";
    if (is_native_part(entry.key)) {
      native_.entries.push_back(entry);
    } else if (!known) {
      diagnostics_.warning(entry.mark, "unknown key " + quote(entry.key) +
                                           " in a LiteLLM configuration: it is ignored");
    }
  }
  read_settings(expanded);
  const Node* settings = expanded.find("litellm_settings");
  const bool drop = settings != nullptr && text_at(*settings, "drop_params") == "true";
  if (const Node* list = expanded.find("model_list")) read_groups(*list, drop);
  if (diagnostics_.has_errors()) return native_;
  for (const std::string& name : order_) {
    const Group& group = groups_[name];
    Node models = make_sequence(group.mark);
    models.items.push_back(make_text(group.mark, name));
    for (const Node& alias : aliases_[name]) models.items.push_back(alias);
    add_route(native_, group.mark, make_step(group.mark, "model", std::move(models)),
              chain_of(name, group));
  }
  book_.write(native_);
  return native_;
}

}  // namespace

Node litellm_to_native(Node root, const Environment& environment, Diagnostics& diagnostics) {
  return Reader(environment, diagnostics).read(std::move(root));
}

}  // namespace pontage::config
