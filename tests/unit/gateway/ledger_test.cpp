// Spend is conserved (law 5): whatever becomes of an exchange, it has exactly one record, which
// says what the provider's own log says; and the ledger's sums are those of /metrics.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "ledger/reader.hpp"
#include "unit/gateway/house_bench.hpp"

namespace pontage::gateway::test {
namespace {

using nlohmann::json;
using simulate::test::kPatience;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const std::string kMessage = "floor: [ { message: 'We are back soon.' } ]";

class LedgerOfHouse : public HouseBench {
 protected:
  static bool eventually(const std::function<bool()>& question) {
    const auto until = std::chrono::steady_clock::now() + kPatience;
    while (!question()) {
      if (std::chrono::steady_clock::now() > until) return false;
    }
    return true;
  }
  /// After stop(): the records, oldest first, as the book proves them.
  std::vector<std::string> book() {
    stop();
    auto reader = ledger::Reader::open(ledger_path());
    EXPECT_TRUE(reader.has_value());
    if (!reader) return {};
    EXPECT_THAT((*reader)->audit()->differences, IsEmpty());
    ledger::RequestFilter filter;
    filter.limit = 1'000;
    auto records = (*reader)->requests(filter)->records;
    std::ranges::reverse(records);
    return records;
  }
};

struct Ending {
  const char* fault;
  const char* second;  // fault of p2
  bool stream;
  const char* outcome;
  const char* provider;
  std::size_t attempts;
  const char* error;
  bool estimated;
};

TEST_F(LedgerOfHouse, EveryEndingIsOneRecord) {
  const Ending endings[] = {
      {"", "", false, "ok", "p1", 1, "", false},
      {"", "", true, "ok", "p1", 1, "", false},
      {"status=503", "", false, "ok", "p2", 2, "", false},
      {"error_event=0", "", true, "ok", "p2", 2, "", false},
      {"status=503", "status=500", false, "error", "", 2, "all_targets_failed", false},
      {"status=400", "", false, "error", "p1", 1, "", false},
      {"cut=3", "", true, "truncated", "p1", 1, "stream_interrupted", true},
      {"error_event=3", "", true, "truncated", "p1", 1, "stream_interrupted", true},
      {"huge=3MiB", "", false, "ok", "p1", 1, "", false},
      {"huge=3MiB,cut=b2000000", "", false, "truncated", "p1", 1, "stream_interrupted", true},
      {"empty_stream", "status=429", true, "error", "", 2, "all_targets_failed", false},
  };
  serve_chain({kBoth});
  std::size_t tried = 0;
  for (const Ending& each : endings) {
    p1->set_default_fault(each.fault);
    p2->set_default_fault(each.second);
    raw(post(each.stream ? chat_stream() : chat(), "Connection: close\r\n"), true);
    tried += each.attempts;
  }
  EXPECT_EQ(p1->requests().size() + p2->requests().size(), tried);
  EXPECT_EQ(ask("no json").status, 400) << "no route took it";
  EXPECT_EQ(metric("pontage_ledger_records_total"), std::ssize(endings));
  EXPECT_EQ(metric("pontage_requests_unrecorded_total"), 1);
  const auto records = book();
  ASSERT_EQ(records.size(), std::size(endings));
  ledger::Record record;
  for (std::size_t i = 0; i < records.size(); ++i) {
    const Ending& wanted = endings[i];
    SCOPED_TRACE(std::to_string(i) + ": " + wanted.fault);
    ASSERT_TRUE(ledger::read_record(records[i], record));
    EXPECT_EQ(record.outcome, wanted.outcome);
    EXPECT_EQ(record.provider, wanted.provider);
    EXPECT_EQ(record.attempts.size(), wanted.attempts);
    EXPECT_EQ(record.error_code, wanted.error);
    EXPECT_EQ(record.stream, wanted.stream);
    EXPECT_EQ(record.estimated,
              wanted.estimated || *wanted.provider == '\0' ? record.estimated : false);
    if (wanted.estimated) EXPECT_TRUE(record.estimated);
    EXPECT_EQ(record.route, "chat");
    EXPECT_EQ(record.dialect, "openai.chat");
    EXPECT_GT(record.bytes_in, 0);
    if (record.outcome == "ok" && !record.unpriced) EXPECT_GT(record.output_tokens(), 0);
  }
}

TEST_F(LedgerOfHouse, TheFloorThePassingPathsAndTheCountsOfTokens) {
  p1->set_default_fault("status=503");
  serve("routes:\n  - name: chat\n    match: { path: /v1/chat }\n    chain: [ " +
        std::string("{ ") + kFirst + " }, { " + kMessage + " } ]\n" +
        "  - name: messages\n    match: { path: /v1/messages }\n" +
        "    chain: [ { fallback: [ { provider: a2, model: m } ] } ]\n" +
        "  - name: rest\n    chain: [ { fallback: [ { provider: p2 } ] } ]\n");
  EXPECT_EQ(ask(chat()).header("x-pontage-cache"), "floor");
  EXPECT_EQ(raw(simulate::test::post("/v1/messages/count_tokens",
                                     R"({"model":"m","messages":[{"role":"user","content":"x"}]})"))
                .status,
            200);
  EXPECT_EQ(raw(simulate::test::messages("m")).status, 200);
  EXPECT_EQ(raw(simulate::test::post("/v1/moderations", R"({"model":"o","input":"x"})")).status,
            200);
  EXPECT_EQ(raw(simulate::test::post("/v1/embeddings", R"({"model":"e","input":"x"})")).status,
            200);
  const auto records = book();
  ASSERT_EQ(records.size(), 4U) << "not the count";
  ledger::Record record;
  for (std::size_t i = 2; i < 4; ++i) {
    ASSERT_TRUE(ledger::read_record(records[i], record));
    EXPECT_EQ(record.outcome, "ok");
    EXPECT_EQ(record.provider, "p2");
    EXPECT_EQ(record.route, "rest");
  }
  ASSERT_TRUE(ledger::read_record(records[0], record));
  EXPECT_EQ(record.outcome, "floor");
  EXPECT_EQ(record.attempts.size(), 1U);
  ASSERT_TRUE(ledger::read_record(records[1], record));
  EXPECT_EQ(record.dialect, "anthropic.messages");
  EXPECT_EQ(record.provider, "a2");
}

TEST_F(LedgerOfHouse, TheClientThatLeft) {
  p1->set_default_fault("tps=200,tokens=5000");
  serve_chain({kBoth});
  RawClient client(port());
  client.send(post(chat_stream()));
  EXPECT_THAT(client.read_some(2000), HasSubstr("chat.completion.chunk"));
  client.close();
  ASSERT_TRUE(p1->wait_for_ended(1, kPatience));
  ASSERT_TRUE(wait_metric("pontage_ledger_records_total", {}, 1));
  const auto records = book();
  ASSERT_EQ(records.size(), 1U);
  ledger::Record record;
  ASSERT_TRUE(ledger::read_record(records[0], record));
  EXPECT_EQ(record.outcome, "client_closed");
  EXPECT_TRUE(record.estimated);
  EXPECT_GT(record.output_tokens(), 0);
  EXPECT_LT(record.output_tokens(), 5'000);
}

TEST_F(LedgerOfHouse, WhoAskedForWhatStandsOnTheRecordAndNoSecretOrPrompt) {
  serve_chain({kFirst});
  ask(chat(R"(,"user":"bert","metadata":{"team":"body","feature":"chat"})"),
      "Authorization: Bearer secret-of-client\r\nx-pontage-user: anna\r\n"
      "x-pontage-session: s-7\r\nx-pontage-tags: team=search, client = acme,odd,=x\r\n");
  const auto records = book();
  ASSERT_EQ(records.size(), 1U);
  ledger::Record record;
  ASSERT_TRUE(ledger::read_record(records[0], record));
  EXPECT_EQ(record.user, "anna");
  EXPECT_EQ(record.session, "s-7");
  const std::vector<std::pair<std::string_view, std::string_view>> tags = {
      {"team", "search"}, {"client", "acme"}, {"feature", "chat"}};
  EXPECT_EQ(record.tags, tags) << "the header goes before the body";
  EXPECT_EQ(record.config_version.size(), 12U);
  EXPECT_EQ(record.price_version.size(), 12U);
  for (const char* secret : {"secret-of-client", "key-one", "hello"})
    EXPECT_EQ(records[0].find(secret), std::string::npos) << secret;
}

// While the store is locked the journal takes everything up to its limit; then nothing is spent.
TEST_F(LedgerOfHouse, OverTheJournalsLimitNothingIsSpent) {
  serve("ledger: { store: " + ledger_path() + ", journal_limit: 1MiB }\n" +
        "routes: [ { name: chat, chain: [ { " + kFirst + " } ] } ]\n");
  EXPECT_EQ(ask(chat()).status, 200);
  ASSERT_TRUE(wait_metric("pontage_ledger_journal_bytes", {}, 0));
  std::string tags = "x-pontage-tags: ";
  for (int i = 0; i < 16; ++i) tags += "t" + std::to_string(i) + "=" + std::string(128, 'x') + ",";
  int answered = 1;
  {
    const auto lock = lock_ledger();
    Response reply;
    while ((reply = ask(chat(), tags + "\r\n")).status == 200 && answered < 2'000) ++answered;
    EXPECT_EQ(reply.status, 503);
    EXPECT_EQ(error_code(reply), "ledger_unavailable");
    EXPECT_EQ(reply.header("x-should-retry"), "false");
    EXPECT_GT(answered, 50);
    EXPECT_TRUE(eventually([&] { return metric("pontage_ledger_journal_bytes") > 1'000'000; }));
  }
  EXPECT_TRUE(eventually([&] { return ask(chat()).status == 200; })) << "the store is there again";
  EXPECT_EQ(std::ssize(p1->requests()), answered + 1);
  EXPECT_EQ(std::ssize(book()), answered + 1);
}

TEST_F(LedgerOfHouse, CountersAndBookAgreeWhileRequestsRun) {
  p1->set_default_fault("tps=400,tokens=40");
  serve_chain({kBoth});
  RawClient slow(port());
  slow.send(post(chat_stream()));
  for (int i = 0; i < 5; ++i) ask(chat());
  const auto said = json::parse(admin("/api/v1/ledger/boot"), nullptr, false);
  ASSERT_TRUE(said.is_object()) << said;
  for (const char* name : {"records", "tokens", "nanousd", "requests"})
    EXPECT_EQ(said[name]["ledger"], said[name]["counters"]) << name;
  EXPECT_GE(said["records"]["ledger"], 5);
  EXPECT_GT(said["tokens"]["ledger"], 0);
  const auto spent = json::parse(admin("/api/v1/spend?by=model&since=1d"), nullptr, false);
  ASSERT_FALSE(spent["spend"].empty());
  EXPECT_EQ(spent["spend"][0]["value"], "p1/m");
  EXPECT_THAT(admin("/api/v1/requests?since=yesterday"), HasSubstr("is no time"));
  EXPECT_THAT(admin("/api/v1/spend?by=colour"), HasSubstr("by is model, provider"));
}

}  // namespace
}  // namespace pontage::gateway::test
