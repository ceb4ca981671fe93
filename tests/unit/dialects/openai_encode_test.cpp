// Splicing: only the spans that must change do, whatever the body looks like.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>
#include <string>

#include "pontage/dialects/codec.hpp"

namespace pontage::dialects {
namespace {

using nlohmann::json;

RequestView view_of(const std::string& body) {
  static const auto reader = make_request_reader(Dialect::kOpenAiChat);
  const auto view = reader->read(body, body.size());
  EXPECT_TRUE(view.has_value()) << body << ": " << (view ? "" : view.error().detail);
  return view ? *view : RequestView{};
}

Encoded encode(const std::string& body, const TargetShape& shape) {
  auto encoded =
      encode_request(Dialect::kOpenAiChat, Dialect::kOpenAiChat, body, view_of(body), shape);
  EXPECT_TRUE(encoded.has_value());
  return encoded ? std::move(*encoded) : Encoded{};
}

std::string joined(const WireBody& body) {
  std::string out;
  for (const auto piece : body.pieces) out.append(piece);
  EXPECT_EQ(out.size(), body.size);
  return out;
}

std::string spliced(const std::string& body, std::string_view model,
                    bool max_completion_tokens = false) {
  TargetShape shape;
  shape.model = model;
  shape.can.max_completion_tokens = max_completion_tokens;
  return joined(encode(body, shape).body);
}

const std::string kM = R"("messages":[{"role":"user","content":"hi"}])";

TEST(OpenAiEncode, ABodyThatNeedsNoChangeIsOnePiece) {
  for (const std::string& body :
       {R"({"model":"a",)" + kM + "}", R"({"model":"a","stream":false,)" + kM + "}",
        R"({"model":"a","stream":true,"stream_options":{"include_usage":true},)" + kM + "}"}) {
    TargetShape shape;
    shape.model = "a";
    const Encoded encoded = encode(body, shape);
    ASSERT_EQ(encoded.body.pieces.size(), 1U);
    EXPECT_EQ(encoded.body.pieces[0].data(), body.data());
    EXPECT_EQ(encoded.body.size, body.size());
    EXPECT_FALSE(encoded.usage_injected);
  }
}

TEST(OpenAiEncode, ExactBytes) {
  struct Row {
    std::string body;
    std::string expected;
  };
  const Row rows[] = {
      {R"({"model":"a",)" + kM + "}", R"({"model":"b",)" + kM + "}"},
      {" \r\n{ \"model\" :\t\"a\" , " + kM + " } ", " \r\n{ \"model\" :\t\"b\" , " + kM + " } "},
      {"{" + kM + R"(,"mod\u0065l":"\u0061"})", "{" + kM + R"(,"mod\u0065l":"b"})"},
      {"{" + kM + R"(,"\u006D\u006f\u0064\u0065\u006c":null})",
       "{" + kM + R"(,"\u006D\u006f\u0064\u0065\u006c":"b"})"},
      {"{" + kM + "}", R"({"model":"b",)" + kM + "}"},
      {R"({"metadata":{"model":"x"},"a":"\"model\":\"y\"",)" + kM + R"(,"model":"a\\\"}"})",
       R"({"metadata":{"model":"x"},"a":"\"model\":\"y\"",)" + kM + R"(,"model":"b"})"},
      {R"({"model":"a","stream":true,)" + kM + "}",
       R"({"stream_options":{"include_usage":true},"model":"b","stream":true,)" + kM + "}"},
      {R"({"stream":true,)" + kM + "}",
       R"({"model":"b","stream_options":{"include_usage":true},"stream":true,)" + kM + "}"},
      {R"({"stream":true,"stream_options":{},)" + kM + R"(,"model":"a"})",
       R"({"stream":true,"stream_options":{"include_usage":true},)" + kM + R"(,"model":"b"})"},
      {R"({"stream":true,"stream_options":{ "x": 1 },"model":"a",)" + kM + "}",
       R"({"stream":true,"stream_options":{"include_usage":true, "x": 1 },"model":"b",)" + kM +
           "}"},
      {R"({"stream":true,"stream_options":{"x":{"include_usage":true},"include_usage": false},"model":"a",)" +
           kM + "}",
       R"({"stream":true,"stream_options":{"x":{"include_usage":true},"include_usage": true},"model":"b",)" +
           kM + "}"},
      {R"({"stream":true,"stream_options":{"include\u005fusage":null},"model":"a",)" + kM + "}",
       R"({"stream":true,"stream_options":{"include\u005fusage":true},"model":"b",)" + kM + "}"},
      {R"({"stream":true,"stream_options": null ,"model":"a",)" + kM + "}",
       R"({"stream":true,"stream_options": {"include_usage":true} ,"model":"b",)" + kM + "}"},
  };
  for (const Row& row : rows) {
    if (row.expected.empty())
      continue;  // a number that no parser can hold is refused before it comes here
    EXPECT_EQ(spliced(row.body, "b"), row.expected) << row.body;
  }
}

TEST(OpenAiEncode, ModelNamesAreEscaped) {
  EXPECT_EQ(spliced(R"({"model":"a",)" + kM + "}", "we\"ird\\\n"),
            R"({"model":"we\"ird\\\n",)" + kM + "}");
}

TEST(OpenAiEncode, MaxTokensIsRenamedForModelsThatWantIt) {
  const std::string body = R"({"max_tokens": 1e2,"model":"a",)" + kM + "}";
  EXPECT_EQ(spliced(body, "a", true), R"({"max_completion_tokens": 1e2,"model":"a",)" + kM + "}");
  EXPECT_EQ(spliced(body, "a", false), body);
  const std::string both = R"({"max_tokens":1,"max_completion_tokens":2,"model":"a",)" + kM + "}";
  EXPECT_EQ(spliced(both, "a", true), both);
  EXPECT_EQ(spliced(R"({"max_tokens":5,)" + kM + "}", "b", true),
            R"({"model":"b","max_completion_tokens":5,)" + kM + "}");
}

TEST(OpenAiEncode, PiecesSurviveMoving) {
  const std::string body = R"({"model":"a",)" + kM + "}";
  TargetShape shape;
  shape.model = "b";
  Encoded encoded = encode(body, shape);
  const std::string before = joined(encoded.body);
  const Encoded moved = std::move(encoded);
  EXPECT_EQ(joined(moved.body), before);
}

// Random bodies: odd spacing, order, escapes, strings that look like JSON.
class Bodies {
 public:
  explicit Bodies(std::uint64_t seed) : random_(seed) {}

  std::string next() {
    std::vector<std::string> members;
    members.push_back(key("messages") + blank() + R"([{"role":"user","content":)" + text() + "}]");
    if (chance(4)) members.push_back(key("model") + blank() + (chance(5) ? text() : "null"));
    if (chance(4)) members.push_back(key("stream") + blank() + (chance(4) ? "true" : "false"));
    if (chance(2)) members.push_back(key("stream_options") + blank() + options());
    if (chance(2)) members.push_back(key("max_tokens") + blank() + "12");
    const int others = number(4);
    for (int i = 0; i < others; ++i)
      members.push_back("\"x" + std::to_string(i) + "\":" + blank() + value(3));
    std::shuffle(members.begin(), members.end(), random_);
    std::string out = blank() + "{" + blank();
    for (std::size_t i = 0; i < members.size(); ++i)
      out += (i == 0 ? "" : "," + blank()) + members[i] + blank();
    return out + "}" + blank();
  }

 private:
  int number(int below) { return static_cast<int>(random_() % static_cast<unsigned>(below)); }
  bool chance(int of) { return number(of) != 0; }
  std::string blank() {
    static const std::string kBlanks[] = {"", "", " ", "\n", "\t ", "\r\n"};
    return kBlanks[number(6)];
  }
  std::string key(std::string_view name) {
    std::string out = "\"";
    for (const char c : name) {
      if (number(12) == 0) {
        char escape[8];
        std::snprintf(escape, sizeof escape, number(2) == 0 ? "\\u%04x" : "\\u%04X",
                      static_cast<unsigned>(c));
        out += escape;
      } else {
        out.push_back(c);
      }
    }
    return out + "\"" + blank() + ":";
  }
  std::string text() {
    static const std::string kTexts[] = {R"("plain")",
                                         R"("")",
                                         R"("\"model\":\"z\"")",
                                         R"("}{][,:")",
                                         R"("\\")",
                                         R"("\\\"")",
                                         R"("\u0022")",
                                         "\"h\xC3\xA9\xF0\x9F\x98\x80\"",
                                         R"("\ud83d\ude00")",
                                         R"("a\/b\n\t")"};
    return kTexts[number(10)];
  }
  std::string value(int depth) {
    switch (number(depth > 0 ? 8 : 6)) {
      case 0:
        return text();
      case 1:
        return "-1.50e+3";
      case 2:
        return "null";
      case 3:
        return "true";
      case 4:
        return "0";
      case 5:
        return "[ ]";
      case 6:
        return "[" + blank() + value(depth - 1) + "," + value(depth - 1) + blank() + "]";
      default:
        return "{" + key("model") + value(depth - 1) + "," + blank() + key("stream_options") +
               value(depth - 1) + "}";
    }
  }
  std::string options() {
    static const std::string kUsage[] = {"true", "false", "null"};
    switch (number(4)) {
      case 0:
        return "null";
      case 1:
        return "{" + blank() + "}";
      case 2:
        return "{" + blank() + key("include_usage") + blank() + kUsage[number(3)] + blank() + "}";
      default:
        return "{\"y\":" + value(1) + "," + key("include_usage") + kUsage[number(3)] + "}";
    }
  }

  std::mt19937_64 random_;
};

// What is missing from the client's bytes is only what had to go.
void expect_only_known_gaps(const std::string& body, const WireBody& wire, const json& original) {
  const char* at = body.data();
  const auto gap = [&](const char* to) {
    ASSERT_LE(at, to);
    if (at == to) return;
    const json removed = json::parse(at, to);
    const bool known = removed == original.value("model", json()) ||
                       removed == json("max_tokens") ||
                       removed == original.value("stream_options", json()) ||
                       removed == json(false) || removed.is_null();
    EXPECT_TRUE(known) << removed << " left " << body;
  };
  for (const auto piece : wire.pieces) {
    if (piece.data() < body.data() || piece.data() >= body.data() + body.size()) continue;
    gap(piece.data());
    at = piece.data() + piece.size();
  }
  gap(body.data() + body.size());
}

TEST(OpenAiEncode, SplicedBodiesMeanTheSameButForWhatWasAsked) {
  Bodies bodies(20260921);
  for (int i = 0; i < 5000; ++i) {
    const std::string body = bodies.next();
    const json original = json::parse(body);
    const RequestView view = view_of(body);
    TargetShape shape;
    shape.model = i % 3 == 0 ? "plain" : "target/model";
    shape.can.max_completion_tokens = i % 5 == 0;
    const auto encoded =
        encode_request(Dialect::kOpenAiChat, Dialect::kOpenAiChat, body, view, shape);
    ASSERT_TRUE(encoded.has_value()) << body;

    json expected = original;
    expected["model"] = shape.model;
    if (view.stream) {
      if (!expected["stream_options"].is_object()) expected["stream_options"] = json::object();
      expected["stream_options"]["include_usage"] = true;
    }
    if (shape.can.max_completion_tokens && expected.contains("max_tokens")) {
      expected["max_completion_tokens"] = expected["max_tokens"];
      expected.erase("max_tokens");
    }
    ASSERT_EQ(json::parse(joined(encoded->body)), expected) << body;
    EXPECT_EQ(encoded->usage_injected, view.stream && !view.include_usage);
    expect_only_known_gaps(body, encoded->body, original);
  }
}

}  // namespace
}  // namespace pontage::dialects
