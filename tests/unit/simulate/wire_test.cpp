// The exact order and shape of events in both dialects, and what the faults of events make of them.
#include "simulate/wire.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace pontage::simulate {
namespace {

using nlohmann::json;

Wire make_wire(Dialect dialect, const std::string& fault = "", const std::string& more = "") {
  const auto ask = parse_ask(
      dialect,
      R"({"model":"sim-1","max_tokens":1000,"messages":[{"role":"user","content":"hello"}])" +
          more + "}");
  EXPECT_TRUE(ask);
  const auto script = FaultScript::parse(fault);
  EXPECT_TRUE(script) << fault;
  const Fault* chosen = script->pick(0, 1);
  Wire wire{
      dialect, make_answer(*ask, chosen, 1, 2, 0), UsageStyle::kDefault, ask->include_usage, {}};
  if (chosen != nullptr) wire.usage = chosen->usage;
  wire.error = error_reply(dialect, chosen == nullptr ? Fault() : *chosen, "sim-1");
  return wire;
}

std::vector<std::string> render(const Wire& wire, const std::string& fault = "") {
  const auto script = FaultScript::parse(fault);
  const Fault* chosen = script->pick(0, 1);
  auto events = wire.healthy_events(chosen != nullptr && chosen->interleave);
  if (chosen != nullptr) events = apply_event_faults(std::move(events), *chosen);
  std::vector<std::string> out;
  std::int64_t said = 0;
  for (const auto& event : events) {
    if (event.content) ++said;
    std::string data;
    wire.append_data(event, said, data);
    out.push_back(std::move(data));
  }
  return out;
}

// A letter an event, so that an order is one line. OpenAI: r role, t text, k reasoning, c call
// start, a arguments, x refusal, f finish, u usage, D done, E error, ? broken.
std::string openai_order(const std::string& fault, const std::string& more = "") {
  std::string out;
  for (const auto& data : render(make_wire(Dialect::kOpenAi, fault, more), fault)) {
    if (data == "[DONE]") {
      out += 'D';
      continue;
    }
    const json chunk = json::parse(data, nullptr, false);
    if (chunk.is_discarded()) {
      out += '?';
    } else if (chunk.contains("error")) {
      out += 'E';
    } else if (chunk["choices"].empty()) {
      out += 'u';
    } else {
      const json& choice = chunk["choices"][0];
      const json& delta = choice["delta"];
      if (!choice["finish_reason"].is_null())
        out += 'f';
      else if (delta.contains("role"))
        out += 'r';
      else if (delta.contains("reasoning_content"))
        out += 'k';
      else if (delta.contains("tool_calls"))
        out += delta["tool_calls"][0].contains("id") ? 'c' : 'a';
      else if (delta.contains("refusal"))
        out += 'x';
      else
        out += 't';
    }
  }
  return out;
}

TEST(OpenAiWire, Orders) {
  const std::string usage = R"(,"stream":true,"stream_options":{"include_usage":true})";
  EXPECT_EQ(openai_order(""), "rttfD");
  EXPECT_EQ(openai_order("", usage), "rttfuD");
  EXPECT_EQ(openai_order("usage=always"), "rttfuD");
  EXPECT_EQ(openai_order("no_usage", usage), "rttfD");
  EXPECT_EQ(openai_order("usage=finish", usage), "rttfD");
  EXPECT_EQ(openai_order("no_done"), "rttf");
  EXPECT_EQ(openai_order("no_finish"), "rttD");
  EXPECT_EQ(openai_order("no_done,no_finish"), "rtt");
  EXPECT_EQ(openai_order("empty_stream"), "");
  EXPECT_EQ(openai_order("tokens=0"), "rfD");
  EXPECT_EQ(openai_order("reasoning=2"), "rkkttfD");
  EXPECT_EQ(openai_order("content=refusal"), "rxxfD");
  EXPECT_EQ(openai_order("bad_json=1"), "r?tfD");
  EXPECT_EQ(openai_order("bad_json=2"), "rt?fD");
  EXPECT_EQ(openai_order("bad_json=0"), "?ttfD");
  EXPECT_EQ(openai_order("bad_json=9"), "rttfD");
  EXPECT_EQ(openai_order("error_event=0"), "E");
  EXPECT_EQ(openai_order("error_event=1"), "rtE");
  EXPECT_EQ(openai_order("error_event=e1"), "rE");
  EXPECT_EQ(openai_order("error_event=9"), "rttfDE");
  EXPECT_EQ(openai_order("", R"(,"n":2)"), "rrttfttfD");
}

TEST(OpenAiWire, ToolCalls) {
  const std::string tools =
      R"(,"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object","properties":{"k":{"const":12345678}},"required":["k"]}}}])";
  EXPECT_EQ(openai_order("tools=2", tools), "rcaaacaaafD");
  EXPECT_EQ(openai_order("tools=2,interleave", tools), "rccaaaaaafD");
  const auto wire = make_wire(Dialect::kOpenAi, "tools=2", tools);
  std::map<int, std::string> arguments;
  for (const auto& data : render(wire, "tools=2,interleave")) {
    const json chunk = json::parse(data, nullptr, false);
    if (chunk.is_discarded() || !chunk["choices"][0]["delta"].contains("tool_calls")) continue;
    const json& call = chunk["choices"][0]["delta"]["tool_calls"][0];
    arguments[call["index"]] += call["function"]["arguments"].get<std::string>();
  }
  EXPECT_EQ(arguments,
            (std::map<int, std::string>{{0, R"({"k":12345678})"}, {1, R"({"k":12345678})"}}));
}

TEST(OpenAiWire, UsageNumbers) {
  const std::string more = R"(,"stream":true,"stream_options":{"include_usage":true})";
  const auto events = render(make_wire(Dialect::kOpenAi, "cached=2", more));
  EXPECT_TRUE(json::parse(events[1])["usage"].is_null());
  const json usage = json::parse(events[events.size() - 2])["usage"];
  EXPECT_EQ(usage["prompt_tokens"], 5);
  EXPECT_EQ(usage["completion_tokens"], 2);
  EXPECT_EQ(usage["total_tokens"], 7);
  EXPECT_EQ(usage["prompt_tokens_details"]["cached_tokens"], 2);
  EXPECT_FALSE(json::parse(render(make_wire(Dialect::kOpenAi))[1]).contains("usage"));
  const auto each = render(make_wire(Dialect::kOpenAi, "usage=each", more), "usage=each");
  EXPECT_EQ(json::parse(each[1])["usage"]["completion_tokens"], 1);
  EXPECT_EQ(json::parse(each[2])["usage"]["completion_tokens"], 2);
}

TEST(OpenAiWire, StreamAndBodySayTheSame) {
  for (const std::string fault : {"", "reasoning=3", "tools=2,tokens=4", "content=refusal",
                                  "content=emoji,tokens=60", "content=code,tokens=60"}) {
    const Wire wire = make_wire(Dialect::kOpenAi, fault);
    const json message = json::parse(wire.plain())["choices"][0]["message"];
    std::map<std::string, std::string> said;
    std::string arguments;
    for (const auto& data : render(wire, fault)) {
      const json chunk = json::parse(data, nullptr, false);
      if (!chunk.is_object() || chunk["choices"].empty()) continue;
      for (const auto& [key, value] : chunk["choices"][0]["delta"].items()) {
        if (value.is_string() && key != "role") said[key] += value.get<std::string>();
        if (key == "tool_calls") arguments += value[0]["function"]["arguments"].get<std::string>();
      }
    }
    for (const char* key : {"content", "refusal", "reasoning_content"}) {
      const std::string whole =
          message.contains(key) && message[key].is_string() ? message[key].get<std::string>() : "";
      EXPECT_EQ(said[key], whole) << fault << key;
    }
    std::string whole;
    for (const auto& call : message.value("tool_calls", json::array()))
      whole += call["function"]["arguments"].get<std::string>();
    EXPECT_EQ(arguments, whole) << fault;
  }
}

std::string anthropic_order(const std::string& fault, const std::string& more = "") {
  std::string out;
  for (const auto& data : render(make_wire(Dialect::kAnthropic, fault, more), fault)) {
    const json event = json::parse(data, nullptr, false);
    std::string type = event.is_discarded() ? "broken" : event["type"].get<std::string>();
    if (type == "content_block_start")
      type = "+" + event["content_block"]["type"].get<std::string>() +
             std::to_string(event["index"].get<int>());
    if (type == "content_block_delta")
      type = event["delta"]["type"].get<std::string>() + std::to_string(event["index"].get<int>());
    if (type == "content_block_stop") type = "-" + std::to_string(event["index"].get<int>());
    out += (out.empty() ? "" : " ") + type;
  }
  return out;
}

TEST(AnthropicWire, Orders) {
  EXPECT_EQ(anthropic_order(""),
            "message_start +text0 ping text_delta0 text_delta0 -0 message_delta message_stop");
  EXPECT_EQ(anthropic_order("reasoning=1,tokens=1"),
            "message_start +thinking0 ping thinking_delta0 signature_delta0 -0 +text1 text_delta1 "
            "-1 message_delta "
            "message_stop");
  EXPECT_EQ(anthropic_order("no_done"),
            "message_start +text0 ping text_delta0 text_delta0 -0 message_delta");
  EXPECT_EQ(anthropic_order("no_finish"),
            "message_start +text0 ping text_delta0 text_delta0 -0 message_stop");
  EXPECT_EQ(anthropic_order("tokens=0"), "message_start message_delta message_stop");
  EXPECT_EQ(anthropic_order("error_event=0"), "error");
  EXPECT_EQ(anthropic_order("error_event=1"), "message_start +text0 ping text_delta0 error");
  EXPECT_EQ(anthropic_order("bad_json=1"),
            "message_start +text0 ping broken text_delta0 -0 message_delta message_stop");
  const std::string tools =
      R"(,"tools":[{"name":"f","input_schema":{"type":"object","properties":{"k":{"const":1234}},"required":["k"]}},{"name":"g"}])";
  EXPECT_EQ(anthropic_order("tools=2", tools),
            "message_start +tool_use0 ping input_json_delta0 input_json_delta0 -0 +tool_use1 -1 "
            "message_delta "
            "message_stop");
  EXPECT_EQ(anthropic_order("tools=1,tokens=1,interleave", tools),
            "message_start +text0 ping text_delta0 -0 +tool_use1 input_json_delta1 "
            "input_json_delta1 -1 message_delta "
            "message_stop");
}

TEST(AnthropicWire, Fields) {
  const Wire wire = make_wire(Dialect::kAnthropic, "cached=2,reasoning=1");
  const auto events = render(wire);
  const json start = json::parse(events.front())["message"];
  EXPECT_EQ(start["role"], "assistant");
  EXPECT_TRUE(start["content"].empty());
  EXPECT_TRUE(start["stop_reason"].is_null());
  EXPECT_EQ(start["usage"]["input_tokens"], 3);
  EXPECT_EQ(start["usage"]["cache_read_input_tokens"], 2);
  const json delta = json::parse(events[events.size() - 2]);
  EXPECT_EQ(delta["delta"]["stop_reason"], "end_turn");
  EXPECT_EQ(delta["usage"]["output_tokens"], 3);
  const json plain = json::parse(wire.plain());
  EXPECT_EQ(plain["type"], "message");
  EXPECT_EQ(plain["content"][0]["type"], "thinking");
  EXPECT_FALSE(plain["content"][0]["signature"].get<std::string>().empty());
  EXPECT_EQ(plain["content"][1]["type"], "text");
  EXPECT_EQ(plain["usage"]["output_tokens"], 3);
  for (const auto& event : wire.healthy_events(false)) {
    std::string data;
    wire.append_data(event, 0, data);
    EXPECT_EQ(wire.event_name(event), json::parse(data)["type"].get<std::string>());
  }
}

TEST(OpenAiWire, FinishReasons) {
  const auto reason = [](const std::string& fault) {
    return json::parse(make_wire(Dialect::kOpenAi, fault).plain())["choices"][0]["finish_reason"]
        .get<std::string>();
  };
  EXPECT_EQ(reason(""), "stop");
  EXPECT_EQ(reason("content=tools"), "tool_calls");
  EXPECT_EQ(reason("finish=content_filter"), "content_filter");
  const json last =
      json::parse(render(make_wire(Dialect::kOpenAi, "finish=error"), "finish=error").at(3));
  EXPECT_EQ(last["choices"][0]["finish_reason"], "error");
}

TEST(AnthropicWire, NoUsageAndStopReasons) {
  EXPECT_EQ(json::parse(make_wire(Dialect::kAnthropic, "finish=pause_turn").plain())["stop_reason"],
            "pause_turn");
  const Wire silent = make_wire(Dialect::kAnthropic, "no_usage");
  for (const auto& data : render(silent)) EXPECT_EQ(data.find("usage"), std::string::npos);
  EXPECT_EQ(json::parse(make_wire(Dialect::kAnthropic, "content=refusal").plain())["stop_reason"],
            "refusal");
  EXPECT_EQ(json::parse(make_wire(Dialect::kAnthropic, "content=tools").plain())["stop_reason"],
            "tool_use");
}

TEST(ErrorReply, VendorsOwnShapes) {
  for (const int status : {400, 401, 403, 404, 408, 413, 429, 500, 502, 503, 529, 418, 599}) {
    Fault fault;
    fault.status = status;
    const auto openai = error_reply(Dialect::kOpenAi, fault, "sim-1");
    EXPECT_EQ(openai.status, status);
    const json one = json::parse(openai.body)["error"];
    EXPECT_TRUE(one["message"].is_string() && one["type"].is_string() && one.contains("code") &&
                one.contains("param"));
    const auto anthropic = error_reply(Dialect::kAnthropic, fault, "sim-1");
    EXPECT_EQ(anthropic.status, status);
    const json two = json::parse(anthropic.body);
    EXPECT_EQ(two["type"], "error");
    EXPECT_TRUE(two["error"]["type"].is_string() && two["error"]["message"].is_string());
  }
  Fault overflow;
  overflow.error = "context_length";
  EXPECT_EQ(json::parse(error_reply(Dialect::kOpenAi, overflow, "m").body)["error"]["code"],
            "context_length_exceeded");
  EXPECT_NE(error_reply(Dialect::kAnthropic, overflow, "m")
                .body.find("prompt is too long: 210000 tokens > 200000 maximum"),
            std::string::npos);
  overflow.message = "too big";
  overflow.code = "string_above_max_length";
  overflow.status = 413;
  const auto own = error_reply(Dialect::kOpenAi, overflow, "m");
  EXPECT_EQ(own.status, 413);
  EXPECT_EQ(json::parse(own.body)["error"]["message"], "too big");
  EXPECT_EQ(json::parse(own.body)["error"]["code"], "string_above_max_length");
}

}  // namespace
}  // namespace pontage::simulate
