"""The official SDK while the primary is broken: the secondary answers and the client notices nothing. Each test asserts
the primary's request log, so that it fails when the fault is taken out."""
import socket

import pytest
from openai import OpenAI

from house import configs, faults

pytestmark = pytest.mark.survivable
MESSAGES = [{"role": "user", "content": "Tell me of bridges."}]


def client_of(gateway):
    return OpenAI(base_url=gateway.base_url, api_key="unused", max_retries=0, timeout=20)


def closed_port():
    """An address where nothing listens; the socket keeps it from being given to another."""
    holder = socket.socket()
    holder.bind(("127.0.0.1", 0))
    return holder, f"http://127.0.0.1:{holder.getsockname()[1]}"


def ask(client, stream):
    """(text, finish reason, headers), however it travelled."""
    if not stream:
        raw = client.chat.completions.with_raw_response.create(model="any", messages=MESSAGES)
        choice = raw.parse().choices[0]
        return choice.message.content, choice.finish_reason, raw.headers
    raw = client.chat.completions.with_raw_response.create(model="any", messages=MESSAGES, stream=True)
    chunks = list(raw.parse())
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    reasons = [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices and chunk.choices[0].finish_reason]
    assert len(reasons) == 1, "exactly one finish reason"
    return text, reasons[0], raw.headers


@pytest.mark.parametrize("kind", ["openai", "anthropic"])
@pytest.mark.parametrize("case", faults.cases(), ids=faults.named)
def test_the_secondary_answers(serve, primary, secondary, case, kind):
    fault, stream = case
    holder, url = closed_port() if not fault.script else (None, primary.url)
    if fault.script:
        primary.fault("first", fault.script)
    gateway = serve(configs.fallback(url, secondary.url, kind, [fault.policy] if fault.policy else [], fault.limit_ms))

    text, finish, headers = ask(client_of(gateway), stream)

    assert text
    assert finish == "stop"
    assert headers["x-pontage-provider"] == "secondary"
    assert headers["x-pontage-model"] == "second"
    answered = secondary.ended(1)
    assert [(row["outcome"], row["stream"], row["fault"]) for row in answered] == [("complete", stream, "")]
    if fault.script:
        tried = primary.ended(1)
        assert [row["fault"] for row in tried] == [fault.script] * len(tried)
        assert int(headers["x-pontage-attempts"]) == len(tried) + 1
        assert all(row["stream"] == stream for row in tried)
    else:
        assert int(headers["x-pontage-attempts"]) >= 2
        holder.close()
    assert "primary" in headers["x-pontage-decision"]
    assert gateway.metric("pontage_fallbacks_total", from_provider="primary", to_provider="secondary") == 1
    assert gateway.metric("pontage_requests_total", provider="secondary", outcome="ok") == 1


@pytest.mark.parametrize("stream", [False, True], ids=["plain", "streamed"])
def test_without_a_fault_the_primary_answers(serve, primary, secondary, stream):
    gateway = serve(configs.fallback(primary.url, secondary.url))
    text, _, headers = ask(client_of(gateway), stream)
    assert text
    assert headers["x-pontage-provider"] == "primary"
    assert len(primary.ended(1)) == 1
    assert secondary.requests() == []


@pytest.mark.parametrize("stream", [False, True], ids=["plain", "streamed"])
def test_one_500_is_retried_on_the_same_target(serve, primary, secondary, stream):
    primary.fault("first", "times=1,status=500")
    gateway = serve(configs.fallback(primary.url, secondary.url, policies=["retry: { max: 2, backoff: exponential }"]))
    _, _, headers = ask(client_of(gateway), stream)
    assert headers["x-pontage-provider"] == "primary"
    assert [row["fault"] for row in primary.ended(2)] == ["times=1,status=500", ""]
    assert secondary.requests() == []
    assert gateway.metric("pontage_requests_retried_total") == 1


def test_max_2_means_two_retries_after_the_first_try(serve, primary, secondary):
    primary.fault("first", "status=503")
    gateway = serve(configs.fallback(primary.url, secondary.url, policies=["retry: { max: 2, backoff: exponential }"]))
    _, _, headers = ask(client_of(gateway), False)
    assert headers["x-pontage-provider"] == "secondary"
    assert len(primary.ended(3)) == 3
    assert headers["x-pontage-attempts"] == "4"


def test_retry_after_is_waited_for(serve, primary, secondary):
    primary.fault("first", "times=1,status=429,retry_after_ms=400")
    gateway = serve(configs.fallback(primary.url, secondary.url, policies=["retry: { max: 1 }"]))
    _, _, headers = ask(client_of(gateway), False)
    assert headers["x-pontage-provider"] == "primary"
    first, second = primary.ended(2)
    assert second["steady_us"] - first["steady_us"] >= 400_000


def test_a_floor_answers_when_all_are_down(serve, primary, secondary):
    primary.fault("first", "status=500")
    secondary.fault("second", "status=500")
    gateway = serve(configs.fallback(primary.url, secondary.url, floor='{ message: "Please try again." }'))
    text, finish, headers = ask(client_of(gateway), False)
    assert (text, finish) == ("Please try again.", "stop")
    assert headers["x-pontage-cache"] == "floor"
    assert primary.ended(1)[0]["fault"] == secondary.ended(1)[0]["fault"] == "status=500"
    assert gateway.metric("pontage_requests_total", outcome="floor") == 1
