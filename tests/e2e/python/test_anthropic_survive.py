"""The Anthropic SDK while the primary is broken, over each pair of provider dialects: the secondary answers and the
client notices nothing. Each test asserts the primary's request log, so that it fails when the fault is taken out."""
import pytest
from anthropic import Anthropic

from house import anthropic_configs as configs
from house import faults

pytestmark = pytest.mark.survivable
ASK = {"model": "any", "max_tokens": 256, "messages": [{"role": "user", "content": "Tell me of bridges."}]}
# One of each kind of failure; the matrix of all faults is test_survive.py's, and does not depend on the client's dialect.
NAMES = {
    "status 429 with a long Retry-After", "status 500", "status 529", "our key is refused", "closed without a byte",
    "reset after the head", "cut before any content", "silence, a deadline for the first byte",
    "late first token behind heartbeats", "late first token, a rule on latency", "error event first in a 200",
    "empty stream", "HTML", "truncated JSON", "an object of something else", "bad chunk size before content",
    "gzip that breaks at once",
}
CASES = [case for case in faults.cases() if case[0].name in NAMES]


def ask(client, stream):
    """(text, stop reason, headers), however it travelled."""
    if not stream:
        raw = client.messages.with_raw_response.create(**ASK)
        message = raw.parse()
        return "".join(block.text for block in message.content), message.stop_reason, raw.headers
    with client.messages.stream(**ASK) as events:
        message = events.get_final_message()
        return "".join(block.text for block in message.content), message.stop_reason, events.response.headers


@pytest.mark.parametrize("kinds", [("anthropic", "openai"), ("openai", "anthropic"), ("anthropic", "anthropic")],
                         ids="-".join)
@pytest.mark.parametrize("case", CASES, ids=faults.named)
def test_the_secondary_answers(serve, primary, secondary, case, kinds):
    fault, stream = case
    primary.fault("first", fault.script)
    gateway = serve(configs.fallback(primary.url, secondary.url, kinds, [fault.policy] if fault.policy else [],
                                     fault.limit_ms))
    client = Anthropic(base_url=f"http://{gateway.address}", api_key="unused", max_retries=0, timeout=20)

    text, reason, headers = ask(client, stream)

    assert text
    assert reason == "end_turn"
    assert headers["x-pontage-provider"] == "secondary"
    assert headers["x-pontage-model"] == "second"
    assert [(row["outcome"], row["stream"], row["fault"]) for row in secondary.ended(1)] == [("complete", stream, "")]
    tried = primary.ended(1)
    assert [row["fault"] for row in tried] == [fault.script] * len(tried)
    assert int(headers["x-pontage-attempts"]) == len(tried) + 1
    assert gateway.metric("pontage_fallbacks_total", from_provider="primary", to_provider="secondary") == 1
    assert gateway.metric("pontage_requests_total", provider="secondary", outcome="ok") == 1


def test_every_named_fault_is_there():
    assert {fault.name for fault, _ in CASES} == NAMES


def test_a_floor_answers_when_all_are_down(serve, primary, secondary):
    primary.fault("first", "status=500")
    secondary.fault("second", "status=500")
    gateway = serve(configs.fallback(primary.url, secondary.url, floor='{ message: "Please try again." }'))
    client = Anthropic(base_url=f"http://{gateway.address}", api_key="unused", max_retries=0)
    for stream in (False, True):
        text, reason, headers = ask(client, stream)
        assert (text, reason) == ("Please try again.", "end_turn")
        assert headers["x-pontage-cache"] == "floor"
    assert gateway.metric("pontage_requests_total", outcome="floor") == 2
