// The fault classes of a drill: how providers really fail, as docs/resilience.md lists it.
#include <array>

#include "study/drill.hpp"

namespace pontage::study {
namespace {

constexpr bool kProvider = true;
constexpr bool kTarget = false;
using enum Expect;

constexpr auto kFaults = std::to_array<FaultClass>({
    {"refused", "", "refuses connections", kProvider, kAnswer},
    {"reset", "reset=before_headers", "resets connections", kProvider, kAnswer},
    {"silence", "silence", "is silent", kProvider, kAnswer, true, true, true},
    {"500", "status=500", "answers 500", kProvider, kAnswer},
    {"503", "status=503", "answers 503", kProvider, kAnswer},
    {"overloaded", "error=overloaded", "is overloaded (529)", kTarget, kAnswer},
    {"429", "status=429", "answers 429", kTarget, kAnswer},
    {"429-wait", "status=429,retry_after=60", "answers 429 and asks for 60 s", kTarget, kAnswer},
    {"key", "status=401", "refuses our key (401)", kProvider, kAnswer},
    {"late-token", "ttft_ms=600000", "sends headers and then no token", kTarget, kAnswer, true,
     false, true},
    {"error-event", "error_event=0", "answers 200 and then an error event", kTarget, kAnswer, true,
     false},
    {"empty", "empty_stream", "answers with an empty stream", kTarget, kAnswer, true, false},
    {"html", "garbage", "answers 200 with a page of HTML", kProvider, kAnswer},
    {"half-json", "truncated_json", "answers with half a JSON body", kTarget, kAnswer, false, true},
    {"framing", "framing=chunked,bad_chunk=0", "breaks the framing of its answer", kTarget,
     kAnswer},
    {"large-head", "huge_headers=200KiB", "sends 200 KiB of headers", kTarget, kAnswer},
    {"500-once", "status=500,times=1", "answers 500 once", kTarget, kAnswer},
    {"cut", "cut=3", "drops the connection in the middle of an answer", kTarget, kCut},
    {"stall", "stall=3", "stops in the middle of an answer", kTarget, kCut, true, false, true},
    {"bad-event", "bad_json=2", "sends one event of broken JSON", kTarget, kAnswer, true, false},
    {"no-done", "no_done", "leaves out the end mark of a stream", kTarget, kAnswer, true, false},
    {"context", "error=context_length", "says that the request is too long", kTarget, kOwnMistake},
    {"filter", "error=content_filter", "refuses the content", kTarget, kOwnMistake},
    {"bad-request", "error=bad_request", "says that the request is wrong (400)", kTarget,
     kOwnMistake},
});

}  // namespace

std::span<const FaultClass> fault_classes() {
  return kFaults;
}

}  // namespace pontage::study
