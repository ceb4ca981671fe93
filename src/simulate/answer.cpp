#include "simulate/answer.hpp"

#include <algorithm>
#include <array>

namespace pontage::simulate {
namespace {

constexpr int kThinkingDefault = 8;
constexpr std::size_t kArgumentPiece = 5;  // bytes of JSON in one piece
constexpr std::size_t kJsonPiece = 4;
constexpr std::size_t kOverlapPieces = 3;

std::string hex(std::uint64_t value, std::size_t digits) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out(digits, '0');
  for (std::size_t i = digits; i-- > 0; value >>= 4) out[i] = kHex[value & 15];
  return out;
}

Pieces text_for(const Ask& ask, const Fault& fault, int tokens, std::uint64_t hash,
                std::uint64_t nth) {
  if (!fault.content_set && ask.json != JsonMode::kOff) {
    return split_text(json_for_schema(ask.schema, hash), kJsonPiece);
  }
  switch (fault.content) {
    case Content::kCode:
      return code(hash, tokens);
    case Content::kEmoji:
      return emoji(hash, tokens);
    case Content::kJson:
      return split_text(json_for_schema(ask.schema, hash), kJsonPiece);
    case Content::kEcho:
      return split_words(ask.last_user);
    case Content::kParaphrase:
      return prose(hash_text("again", hash + nth), tokens);
    case Content::kProse:
    case Content::kNone:
      break;
  }
  return prose(hash, tokens);
}

// An instruction stands in one line, and what it quotes behind it.
std::string_view quoted_by(std::string_view instruction) {
  const auto end = instruction.find('\n');
  return end == std::string_view::npos ? std::string_view() : instruction.substr(end + 1);
}

// What is left to say when the request already ends in the beginning of the answer. `quoted`: the
// words that it was told to begin with, if it was.
void continue_from(const std::string& prefill, Prefill how, std::string_view quoted,
                   Pieces& pieces) {
  if (how == Prefill::kRestart || !pieces.text.starts_with(prefill)) return;
  std::size_t said = prefill.size();
  if (how == Prefill::kOverlap && !quoted.empty() && prefill.ends_with(quoted)) {
    said -= quoted.size();
  } else if (how == Prefill::kOverlap) {
    const auto after = std::ranges::upper_bound(pieces.ends, static_cast<std::uint32_t>(said));
    const auto index = static_cast<std::size_t>(after - pieces.ends.begin());
    said = index <= kOverlapPieces ? 0 : pieces.ends[index - kOverlapPieces - 1];
  }
  pieces.drop_bytes(said);
}

void apply_stop(const std::vector<std::string>& stops, Choice& choice, Pieces& pieces) {
  std::size_t first = std::string::npos;
  for (const std::string& stop : stops) {
    const std::size_t at = pieces.text.find(stop);
    if (at >= first) continue;
    first = at;
    choice.stop_sequence = stop;
  }
  if (first == std::string::npos) return;
  pieces.keep_bytes(first);
  choice.finish = Finish::kStopSequence;
}

int calls_wanted(const Ask& ask, const Fault& fault) {
  if (ask.tool_choice == ToolChoice::kNone) return 0;
  if (fault.tools) return *fault.tools;
  const bool forced =
      ask.tool_choice == ToolChoice::kRequired || ask.tool_choice == ToolChoice::kNamed;
  return forced && !ask.tools.empty() ? 1 : 0;
}

Block tool_call(const Ask& ask, int index, std::uint64_t hash) {
  Block block;
  block.kind = Block::Kind::kTool;
  const std::uint64_t own = hash_text("call", hash + static_cast<std::uint64_t>(index));
  const bool bedrock = ask.dialect == Dialect::kBedrock;
  const bool openai = is_openais(ask.dialect) || ask.dialect == Dialect::kGemini;
  block.id = (openai    ? "call_"
              : bedrock ? "tooluse_"
                        : "toolu_") +
             hex(own, 16) + hex(static_cast<std::uint64_t>(index), 8);
  static const Tool kNone{
      "lookup",
      R"({"type":"object","properties":{"query":{"type":"string"}},"required":["query"]})"};
  const Tool* tool =
      ask.tools.empty() ? &kNone : &ask.tools[static_cast<std::size_t>(index) % ask.tools.size()];
  if (ask.tool_choice == ToolChoice::kNamed) {
    const auto named = std::ranges::find(ask.tools, ask.tool_name, &Tool::name);
    if (named != ask.tools.end()) tool = &*named;
  }
  block.name = tool->name;
  const std::string arguments = tool->schema == "{}" ? "{}" : json_for_schema(tool->schema, own);
  // Anthropic sends no argument deltas at all for an empty input.
  if (is_openais(ask.dialect) || arguments != "{}")
    block.pieces = split_text(arguments, kArgumentPiece);
  return block;
}

Choice make_choice(const Ask& ask, const Fault& fault, int tokens, std::uint64_t hash,
                   std::uint64_t nth) {
  Choice choice;
  const int thinking = fault.reasoning.value_or(ask.thinking ? kThinkingDefault : 0);
  if (thinking > 0) {
    choice.blocks.push_back(
        {Block::Kind::kThinking, prose(hash_text("think", hash), thinking), {}, {}});
  }
  const int calls = calls_wanted(ask, fault);
  const bool says_text = calls == 0 || fault.content_set || fault.tokens.has_value();
  if (says_text) {
    Pieces pieces = text_for(ask, fault, tokens, hash, nth);
    if (ask.prefill) continue_from(*ask.prefill, fault.prefill, {}, pieces);
    if (fault.instruction && ask.begun)
      continue_from(*ask.begun, *fault.instruction, quoted_by(ask.last_user), pieces);
    apply_stop(ask.stop, choice, pieces);
    const auto kind = fault.refusal ? Block::Kind::kRefusal : Block::Kind::kText;
    choice.blocks.push_back({kind, std::move(pieces), {}, {}});
  }
  for (int i = 0; i < calls; ++i) choice.blocks.push_back(tool_call(ask, i, hash));
  if (calls > 0) choice.finish = Finish::kTools;
  if (fault.refusal) choice.finish = Finish::kRefusal;
  choice.finish_as = fault.finish_as;
  return choice;
}

// Cuts a choice to the request's limit, as a provider does: in the middle of whatever it is saying.
void limit(Choice& choice, std::int64_t most) {
  for (auto block = choice.blocks.begin(); block != choice.blocks.end(); ++block) {
    const auto count = static_cast<std::int64_t>(block->pieces.count());
    if (count > most) {
      block->pieces.keep(static_cast<std::size_t>(most));
      choice.finish = Finish::kLength;
      const bool keep = most > 0;
      choice.blocks.erase(keep ? block + 1 : block, choice.blocks.end());
      return;
    }
    most -= count;
  }
}

}  // namespace

std::int64_t count_prompt(const Ask& ask) {
  return static_cast<std::int64_t>((ask.prompt_bytes + 3) / 4) + 3;
}

Answer make_answer(const Ask& ask, const Fault* chosen, std::uint64_t seed, int default_tokens,
                   std::uint64_t nth) {
  static const Fault kHealthy;
  const Fault& fault = chosen == nullptr ? kHealthy : *chosen;
  // A user who asks for the rest of an answer asks for the same answer.
  const bool goes_on = fault.instruction && ask.begun;
  const std::uint64_t about = goes_on ? ask.conversation_before : ask.conversation;
  const std::uint64_t hash =
      hash_text(split_model(ask.model).base, hash_text("simulate", seed) ^ about);
  Answer answer;
  answer.id = hex(hash, 16) + hex(hash_text("id", hash), 8);
  answer.model = fault.model_as.empty() ? ask.model : fault.model_as;
  answer.created = 1'735'689'600 + static_cast<std::int64_t>(hash % 10'000'000);
  const int tokens = fault.tokens.value_or(default_tokens);
  for (int i = 0; i < ask.choices; ++i) {
    const std::uint64_t own =
        i == 0 ? hash : hash_text("choice", hash + static_cast<std::uint64_t>(i));
    Choice choice = make_choice(ask, fault, tokens, own, nth);
    if (ask.max_tokens) limit(choice, *ask.max_tokens);
    for (const Block& block : choice.blocks) {
      const auto count = static_cast<std::int64_t>(block.pieces.count());
      answer.completion_tokens += count;
      if (block.kind == Block::Kind::kThinking) answer.reasoning_tokens += count;
    }
    answer.choices.push_back(std::move(choice));
  }
  answer.prompt_tokens = fault.prompt_tokens.value_or(count_prompt(ask));
  answer.completion_tokens = fault.completion_tokens.value_or(answer.completion_tokens);
  answer.cached_tokens = std::min(fault.cached, answer.prompt_tokens);
  return answer;
}

}  // namespace pontage::simulate
