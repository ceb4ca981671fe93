// An Anthropic client's request as Gemini gets it.
#include <gmock/gmock.h>

#include "unit/dialects/gemini_support.hpp"

namespace pontage::dialects::test {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

json sent(const std::string& fields, const std::string& model = "gemini-2.5-flash") {
  const Sent out = to_gemini(fields, model);
  EXPECT_FALSE(out.error) << out.error->detail;
  return out.body;
}

TEST(AnthropicToGemini, SystemStandsApartAndRolesTakeTurns) {
  const json body = sent(R"({"system":[{"type":"text","text":"x-anthropic-billing-header: cc=1"},
      {"type":"text","text":"be brief"}],
    "messages":[{"role":"user","content":"a"},{"role":"user","content":[{"type":"text","text":"b"}]},
      {"role":"system","content":"now"},{"role":"assistant","content":"c"},
      {"role":"user","content":"d"}]})");
  EXPECT_EQ(body["systemInstruction"], json::parse(R"({"parts":[{"text":"be brief"}]})"));
  EXPECT_EQ(body["contents"], json::parse(R"([
    {"role":"user","parts":[{"text":"a"},{"text":"b"},
      {"text":"<system-reminder>\nnow\n</system-reminder>"}]},
    {"role":"model","parts":[{"text":"c"}]},
    {"role":"user","parts":[{"text":"d"}]}])"));
  EXPECT_FALSE(body.contains("model"));
}

TEST(AnthropicToGemini, CallsAreAnsweredByNameInTheirOrder) {
  const json body = sent(R"({"messages":[{"role":"user","content":"go"},
    {"role":"assistant","content":[{"type":"tool_use","id":"t1","name":"f","input":{"a":1}},
      {"type":"tool_use","id":"t2","name":"g","input":{}}, {"type":"tool_use","id":"t3","name":"g","input":{}}]},
    {"role":"user","content":[{"type":"tool_result","tool_use_id":"t2","content":"two","is_error":true},
      {"type":"text","text":"well?"},
      {"type":"tool_result","tool_use_id":"t1","content":[{"type":"text","text":"one"}]},
      {"type":"tool_result","tool_use_id":"t9","content":"orphan"}]}]})");
  EXPECT_EQ(body["contents"][1]["parts"], json::parse(R"([
    {"functionCall":{"id":"t1","name":"f","args":{"a":1}}},
    {"functionCall":{"id":"t2","name":"g","args":{}}},
    {"functionCall":{"id":"t3","name":"g","args":{}}}])"));
  EXPECT_EQ(body["contents"][2], json::parse(R"({"role":"user","parts":[
    {"functionResponse":{"id":"t1","name":"f","response":{"output":"one"}}},
    {"functionResponse":{"id":"t2","name":"g","response":{"error":"two"}}},
    {"functionResponse":{"id":"t3","name":"g","response":{"output":"[no result]"}}},
    {"text":"well?"}]})"));
}

// "Only the first functionCall part contains a signature", and without one Gemini 3 answers 400.
TEST(AnthropicToGemini, SignaturesGoBackToTheirCallAndForeignOnesNever) {
  const std::string history = R"({"messages":[{"role":"user","content":"go"},
    {"role":"assistant","content":[
      {"type":"thinking","thinking":"hm","signature":"SIGNED"},
      {"type":"tool_use","id":"t1","name":"f","input":{}},
      {"type":"tool_use","id":"t2","name":"f","input":{}}]},
    {"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":"1"}]}]})";
  const auto with = [&](const std::string& signature) {
    std::string text = history;
    return text.replace(text.find("SIGNED"), 6, signature);
  };
  json parts = sent(with("pontage-gemini-v1:c2ln"), "gemini-3-pro-preview")["contents"][1]["parts"];
  EXPECT_EQ(parts[0], json::parse(R"({"text":"hm","thought":true})"));
  EXPECT_EQ(parts[1]["thoughtSignature"], "c2ln");
  EXPECT_FALSE(parts[2].contains("thoughtSignature"));
  parts = sent(with("of-another-maker"), "gemini-3-pro-preview")["contents"][1]["parts"];
  EXPECT_EQ(parts[0]["thoughtSignature"], "skip_thought_signature_validator");
  EXPECT_FALSE(parts[1].contains("thoughtSignature"));
  parts = sent(with("of-another-maker"))["contents"][1]["parts"];
  EXPECT_FALSE(parts[0].contains("thoughtSignature"));
}

TEST(AnthropicToGemini, ASignatureAfterTheTextKeepsItsPlace) {
  const json body = sent(R"({"messages":[{"role":"user","content":"go"},
    {"role":"assistant","content":[{"type":"text","text":"said"},
      {"type":"thinking","thinking":"","signature":"pontage-gemini-v1:c2ln"}]},
    {"role":"user","content":"on"}]})");
  EXPECT_EQ(body["contents"][1]["parts"],
            json::parse(R"([{"text":"said"},{"text":"","thoughtSignature":"c2ln"}])"));
}

TEST(AnthropicToGemini, ImagesAndDocuments) {
  const json body = sent(R"({"messages":[{"role":"user","content":[
    {"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"}},
    {"type":"image","source":{"type":"url","url":"https://a.test/b.webp?x=1"}},
    {"type":"document","title":"T","source":{"type":"base64","media_type":"application/pdf","data":"BBBB"}},
    {"type":"document","source":{"type":"text","media_type":"text/plain","data":"words"}}]}]})");
  EXPECT_EQ(body["contents"][0]["parts"], json::parse(R"([
    {"inlineData":{"mimeType":"image/png","data":"AAAA"}},
    {"fileData":{"mimeType":"image/webp","fileUri":"https://a.test/b.webp?x=1"}},
    {"text":"T\n"},{"inlineData":{"mimeType":"application/pdf","data":"BBBB"}},
    {"text":"words"}])"));
}

TEST(AnthropicToGemini, AddressesThatGoogleDoesNotFetchAreRefusedByName) {
  const std::string insecure =
      R"({"messages":[{"role":"user","content":[{"type":"text","text":"see"},
    {"type":"image","source":{"type":"url","url":"http://a.test/b.png"}}]}]})";
  Sent out = to_gemini(insecure);
  ASSERT_TRUE(out.error);
  EXPECT_EQ(out.error->param, "messages.0.content.1");
  EXPECT_EQ(out.error->code, Code::k_unsupported_parameter);
  EXPECT_EQ(out.error->retry, Retry::kOtherTarget);
  EXPECT_TRUE(to_gemini(insecure, "gemini-2.5-pro", true).error) << "never dropped";
  const std::string old = R"({"messages":[{"role":"user","content":[
    {"type":"image","source":{"type":"url","url":"https://a.test/b.png"}}]}]})";
  EXPECT_TRUE(to_gemini(old, "gemini-2.0-flash").error);
  EXPECT_FALSE(to_gemini(old, "gemini-3-flash-preview").error);
}

TEST(AnthropicToGemini, ImagesInResultsStandBesideOrWithin) {
  const std::string request = R"({"messages":[{"role":"user","content":"go"},
    {"role":"assistant","content":[{"type":"tool_use","id":"t","name":"f","input":{}}]},
    {"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":[
      {"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"}}]}]}]})";
  EXPECT_EQ(sent(request)["contents"][2]["parts"][1],
            json::parse(R"({"inlineData":{"mimeType":"image/png","data":"AAAA"}})"));
  EXPECT_EQ(sent(request, "gemini-3-flash")["contents"][2]["parts"][0]["functionResponse"]["parts"],
            json::parse(R"([{"inlineData":{"mimeType":"image/png","data":"AAAA"}}])"));
}

TEST(AnthropicToGemini, ToolsAndTheirSchemas) {
  const json body = sent(R"({"tools":[{"name":"f","description":"d","input_schema":
    {"$schema":"x","type":"object","additionalProperties":false,"required":["a"],
     "properties":{"a":{"type":"integer","exclusiveMinimum":0,"default":1,"minimum":1},
       "k":{"const":"v"},"n":{"type":"object","properties":{}},
       "r":{"$ref":"#/definitions/D","description":"gone"},"o":{"allOf":[{"$ref":"#/definitions/D"}]}},
     "definitions":{"D":{"type":"string","pattern":"x"}}}},
    {"name":"none","input_schema":{"type":"object","properties":{}}}],
    "tool_choice":{"type":"tool","name":"f","disable_parallel_tool_use":true}})");
  EXPECT_EQ(body["tools"], json::parse(R"([{"functionDeclarations":[{"name":"f","description":"d",
    "parametersJsonSchema":{"type":"object","additionalProperties":false,"required":["a"],
     "properties":{"a":{"type":"integer","minimum":1},"k":{"enum":["v"]},
       "n":{"type":"object","properties":{}},"r":{"$ref":"#/$defs/D"},
       "o":{"anyOf":[{"$ref":"#/$defs/D"}]}},"$defs":{"D":{"type":"string"}}}},{"name":"none"}]}])"));
  EXPECT_EQ(
      body["toolConfig"],
      json::parse(R"({"functionCallingConfig":{"mode":"ANY","allowedFunctionNames":["f"]}})"));
  const auto mode = [](const std::string& type) {
    return sent(
        R"({"tools":[{"name":"f","input_schema":{"type":"object"}}],"tool_choice":{"type":")" +
        type + "\"}}")["toolConfig"]["functionCallingConfig"];
  };
  EXPECT_EQ(mode("auto"), json::parse(R"({"mode":"AUTO"})"));
  EXPECT_EQ(mode("any"), json::parse(R"({"mode":"ANY"})"));
  EXPECT_EQ(mode("none"), json::parse(R"({"mode":"NONE"})"));
}

TEST(AnthropicToGemini, ServerToolsAreRefusedByName) {
  const Sent out = to_gemini(R"({"tools":[{"type":"web_search_20250305","name":"web_search"}]})");
  ASSERT_TRUE(out.error);
  EXPECT_EQ(out.error->param, "tools.0");
  EXPECT_THAT(out.error->detail, HasSubstr("web_search_20250305"));
}

TEST(AnthropicToGemini, LimitsSamplingAndForm) {
  const json body = sent(R"({"max_tokens":50,"temperature":0.5,"top_p":0.9,"top_k":3,
    "stop_sequences":["a","b"],"metadata":{"user_id":"u"},
    "output_config":{"format":{"type":"json_schema","schema":{"type":"object","properties":{"a":{"type":"string"}}}}}})");
  EXPECT_EQ(body["generationConfig"], json::parse(R"({"maxOutputTokens":50,"temperature":0.5,
    "topP":0.9,"topK":3,"stopSequences":["a","b"],"responseMimeType":"application/json",
    "responseJsonSchema":{"type":"object","properties":{"a":{"type":"string"}}}})"));
  const Sent many = to_gemini(R"({"stop_sequences":["1","2","3","4","5","6"]})");
  ASSERT_TRUE(many.error);
  EXPECT_EQ(many.error->param, "stop_sequences");
}

TEST(AnthropicToGemini, ThinkingByTheModelsGeneration) {
  const auto thinking = [](const std::string& fields, const std::string& model) {
    const json config = sent(fields, model)["generationConfig"];
    return config.contains("thinkingConfig") ? config["thinkingConfig"] : json();
  };
  const std::string budget =
      R"({"max_tokens":9000,"thinking":{"type":"enabled","budget_tokens":8000}})";
  const std::string off = R"({"thinking":{"type":"disabled"}})";
  const std::string low = R"({"thinking":{"type":"adaptive"},"output_config":{"effort":"low"}})";
  const std::string free = R"({"thinking":{"type":"adaptive"}})";
  EXPECT_EQ(thinking(budget, "gemini-2.5-pro"),
            json::parse(R"({"includeThoughts":true,"thinkingBudget":8000})"));
  EXPECT_EQ(thinking(budget, "gemini-3-flash"),
            json::parse(R"({"includeThoughts":true,"thinkingLevel":"medium"})"));
  EXPECT_EQ(thinking(budget, "gemini-3-pro-preview"),
            json::parse(R"({"includeThoughts":true,"thinkingLevel":"high"})"));
  EXPECT_EQ(thinking(off, "gemini-2.5-flash"), json::parse(R"({"thinkingBudget":0})"));
  EXPECT_EQ(thinking(off, "gemini-2.5-pro"), json::parse(R"({"thinkingBudget":128})"));
  EXPECT_EQ(thinking(off, "gemini-3-flash"), json::parse(R"({"thinkingLevel":"minimal"})"));
  EXPECT_EQ(thinking(off, "gemini-3.1-pro"), json::parse(R"({"thinkingLevel":"low"})"));
  EXPECT_EQ(thinking(low, "gemini-2.5-flash"),
            json::parse(R"({"includeThoughts":true,"thinkingBudget":1024})"));
  EXPECT_EQ(thinking(low, "gemini-3-pro"),
            json::parse(R"({"includeThoughts":true,"thinkingLevel":"low"})"));
  EXPECT_EQ(thinking(free, "gemini-2.5-flash"),
            json::parse(R"({"includeThoughts":true,"thinkingBudget":-1})"));
  EXPECT_EQ(thinking(free, "gemini-3-flash"), json::parse(R"({"includeThoughts":true})"));
  EXPECT_EQ(thinking(off, "gemini-2.0-flash"), json());
  EXPECT_THAT(to_gemini(budget, "gemini-2.0-flash").dropped, Contains("thinking"));
}

}  // namespace
}  // namespace pontage::dialects::test
