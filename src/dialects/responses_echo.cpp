#include "dialects/responses_echo.hpp"

#include <simdjson.h>

#include <array>
#include <string_view>

#include "dialects/anthropic_json.hpp"
#include "dialects/json_document.hpp"

namespace pontage::dialects::responses {
namespace {

struct Row {
  std::string_view name;
  std::string_view otherwise;
};

// platform.openai.com/docs/api-reference/responses/object, in its order. Not here: what the gateway
// does not do whatever the request says (`background`, `store`).
constexpr std::array kRows = {
    Row{"instructions", "null"},
    Row{"max_output_tokens", "null"},
    Row{"max_tool_calls", "null"},
    Row{"metadata", "{}"},
    Row{"parallel_tool_calls", "true"},
    Row{"previous_response_id", "null"},
    Row{"prompt_cache_key", "null"},
    Row{"reasoning", R"({"effort":null,"summary":null})"},
    Row{"safety_identifier", "null"},
    Row{"temperature", "1.0"},
    Row{"text", R"({"format":{"type":"text"}})"},
    Row{"tool_choice", "\"auto\""},
    Row{"tools", "[]"},
    Row{"top_p", "1.0"},
    Row{"truncation", "\"disabled\""},
    Row{"user", "null"},
};

constexpr std::string_view kNever = R"("background":false,"store":false)";

}  // namespace

std::string echo_of(const simdjson::dom::element& request) {
  std::string out;
  simdjson::dom::element found;
  for (const Row& row : kRows) {
    out.append("\"").append(row.name).append("\":");
    if (member(request, row.name, found)) {
      anthropic::append_minified(out, found);
    } else {
      out.append(row.otherwise);
    }
    out.push_back(',');
  }
  return out.append(kNever);
}

std::string default_echo() {
  std::string out;
  for (const Row& row : kRows)
    out.append("\"").append(row.name).append("\":").append(row.otherwise).append(",");
  return out.append(kNever);
}

}  // namespace pontage::dialects::responses
