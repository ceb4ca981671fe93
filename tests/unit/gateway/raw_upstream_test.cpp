// What a provider may do on the wire that no simulated one does: the bytes are written by hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "support/blocking_socket.hpp"
#include "unit/gateway/house_bench.hpp"

namespace pontage::gateway::test {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

constexpr std::string_view kStreamHead =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n";

class RawUpstream : public HouseBench {
 protected:
  // Answers one request with `bytes` and closes.
  void serve_bytes(std::string bytes) {
    provider_ = std::thread([this, bytes = std::move(bytes)] {
      auto peer = listener_.accept();
      peer.read_until("\r\n\r\n");
      peer.send(bytes);
      peer.shutdown_send();
      peer.read_to_end();
    });
    serve("providers: { raw: { kind: openai, base_url: \"http://127.0.0.1:" +
          std::to_string(listener_.port()) +
          "/v1\" } }\nroutes: [ { chain: [ { fallback: [ { provider: raw, model: m } ] } ] } ]\n");
  }
  void TearDown() override { provider_.join(); }

 private:
  pontage::test::BlockingListener listener_;
  std::thread provider_;
};

// The last event has no blank line behind it, and there is no [DONE]: it is complete all the same.
TEST_F(RawUpstream, ALastEventWithoutItsBlankLineArrives) {
  serve_bytes(
      std::string(kStreamHead) +
      "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hello\"}}]}\n\n"
      "data: "
      "{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"!\"},\"finish_reason\":\"stop\"}]}\n");
  const auto reply = ask_stream();
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.text(), "Hello!");
  EXPECT_THAT(reply.payload, HasSubstr("\"finish_reason\":\"stop\"}]}\n\n"));
  EXPECT_THAT(reply.payload, EndsWith("data: [DONE]\n\n"));
}

// Without a finish reason the same end is a cut.
TEST_F(RawUpstream, WithoutAFinishReasonItIsACut) {
  serve_bytes(std::string(kStreamHead) +
              "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hello\"}}]}\n\n"
              "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"!\"}}]}\n");
  const auto reply = ask_stream();
  EXPECT_THAT(reply.payload, HasSubstr("\"error\""));
  EXPECT_THAT(reply.payload, ::testing::Not(HasSubstr("[DONE]")));
}

}  // namespace
}  // namespace pontage::gateway::test
