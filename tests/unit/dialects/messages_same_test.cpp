// An Anthropic request for an Anthropic provider: the client's bytes, but for the model's name and
// for thinking that this gateway handed out unsigned (row B9).
#include "unit/dialects/messages_support.hpp"

namespace pontage::dialects::test {
namespace {

std::string joined(const WireBody& body) {
  std::string out;
  for (const auto piece : body.pieces) out.append(piece);
  EXPECT_EQ(out.size(), body.size);
  return out;
}

std::string sent(const std::string& body, const char* model = "m2") {
  const auto view = make_messages_request_reader(false)->read(body, body.size());
  EXPECT_TRUE(view) << body;
  TargetShape shape;
  shape.model = model;
  const auto encoded = messages_to_messages(body, *view, shape);
  EXPECT_TRUE(encoded) << body;
  return joined(encoded->body);
}

const std::string kRest =
    R"("messages" : [ {"role":"user","content":"model"} ],"x":{"model":"no"},"n":1.50 )";

TEST(MessagesSame, OnlyTheModelsSpanIsReplaced) {
  EXPECT_EQ(sent("{ \"model\" : \"m1\" , " + kRest + "}"), "{ \"model\" : \"m2\" , " + kRest + "}");
  EXPECT_EQ(sent("{" + kRest + ",\"mod\\u0065l\":\"m1\"}"),
            "{" + kRest + ",\"mod\\u0065l\":\"m2\"}");
  EXPECT_EQ(sent("{" + kRest + "}"), "{\"model\":\"m2\"," + kRest + "}");
  EXPECT_EQ(sent("{\"model\":null," + kRest + "}"), "{\"model\":\"m2\"," + kRest + "}");
}

TEST(MessagesSame, NothingToChangeIsOnePieceOfTheClientsBytes) {
  const std::string body = "{\"model\":\"m2\"," + kRest + "}";
  const auto view = make_messages_request_reader(false)->read(body, body.size());
  TargetShape shape;
  shape.model = "m2";
  const auto encoded = messages_to_messages(body, *view, shape);
  ASSERT_EQ(encoded->body.pieces.size(), 1U);
  EXPECT_EQ(encoded->body.pieces[0].data(), body.data());
}

TEST(MessagesSame, B9_ThinkingWithOurMarkIsTakenOut) {
  const std::string ours =
      R"({"type":"thinking","thinking":"h, m","signature":"pontage-unsigned-v1"})";
  const std::string theirs = R"({"type":"thinking","thinking":"hm","signature":"EqQB"})";
  const std::string text = R"({"type":"text","text":"pontage-unsigned-v1"})";
  const auto body = [](const std::string& blocks) {
    return R"({"model":"m2","messages":[{"role":"user","content":"q"},{"role":"assistant","content":[)" +
           blocks + "]},{\"role\":\"user\",\"content\":\"r\"}]}";
  };
  EXPECT_EQ(sent(body(ours + " , " + text)), body(text));
  EXPECT_EQ(sent(body(text + ", " + ours)), body(text));
  EXPECT_EQ(sent(body(ours + "," + ours + "," + text)), body(text));
  EXPECT_EQ(sent(body(theirs + "," + ours + "," + text + "," + ours)), body(theirs + "," + text));
  EXPECT_EQ(sent(body(text)), body(text));
  EXPECT_EQ(sent(body(ours)), R"({"model":"m2","messages":[{"role":"user","content":"q"},)"
                              R"({"role":"user","content":"r"}]})")
      << "a turn of nothing else goes whole; Anthropic joins its neighbours";
}

}  // namespace
}  // namespace pontage::dialects::test
