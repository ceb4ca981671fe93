"""What a client cannot make the gateway hold: answers that nobody reads, large answers, many streams that say nothing.
Memory is the high-water mark of the process, so no moment has to be caught."""
import http.client
import json
from concurrent.futures import ThreadPoolExecutor

import openai
import pytest
from openai import OpenAI

from house import configs
from house.process import eventually
from house.raw import Raw, post

CHAT = "/v1/chat/completions"
MESSAGES = [{"role": "user", "content": "Hello"}]
BODY = json.dumps({"model": "any", "messages": MESSAGES}).encode()
STREAM = json.dumps({"model": "any", "messages": MESSAGES, "stream": True}).encode()
ONE_WORKER = "server: { workers: 1 }"
MIB = 1 << 20


def memory(process, what):
    """VmRSS or VmHWM in bytes."""
    with open(f"/proc/{process.child.pid}/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith(what + ":"))


def unsent(process):
    """Bytes that wait in the send queues of this server's connections."""
    port = f":{int(process.address.rsplit(':', 1)[1]):04X}"
    with open("/proc/net/tcp") as table:
        rows = [line.split() for line in table.readlines()[1:]]
    return sum(int(row[4].split(":")[0], 16) for row in rows if row[1].endswith(port))


def stands_still(process, samples=30):
    """True once the same bytes have waited in its send queues for a while: whoever reads them has stopped."""
    seen = []

    def look():
        seen.append(unsent(process))
        return len(seen) > samples and seen[-1] > 0 and len(set(seen[-samples:])) == 1
    return look


def read_away(raw):
    """The rest of a chunked response, forgotten as it comes: (bytes, last bytes)."""
    count, tail = len(raw.buffer), raw.buffer[-64:]
    while not tail.endswith(b"\r\n0\r\n\r\n"):
        piece = raw.socket.recv(1 << 16)
        if not piece:
            break
        count, tail = count + len(piece), (tail + piece)[-64:]
    return count, tail


@pytest.mark.parametrize("fault", ["tokens=150000", "huge=60MiB"], ids=["stream", "whole"])
def test_a_reader_that_does_not_read_holds_the_provider_back(serve, primary, fault):
    gateway = serve(configs.single(primary.url, server=ONE_WORKER))
    assert gateway.chat().status == 200
    before = memory(gateway, "VmHWM")
    primary.clear()
    primary.fault("single", fault + ",framing=chunked")
    with Raw(gateway.address, seconds=60) as raw:
        raw.send(post(CHAT, STREAM if "tokens" in fault else BODY))
        assert raw.read_head()[0] == 200
        eventually(stands_still(primary), "the provider is held back", 60)
        assert [row["outcome"] for row in primary.requests()] == ["open"]
        assert gateway.call("GET", "/healthz").status == 200, "the worker has time for others"
        count, tail = read_away(raw)
    assert count > 20 * MIB, "more than all the kernel's buffers on the way"
    assert tail.endswith(b"\r\n0\r\n\r\n")
    assert primary.ended(1)[0]["outcome"] == "complete"
    assert memory(gateway, "VmHWM") - before < 8 * MIB


def test_a_large_answer_that_breaks_is_an_error_for_the_sdk(serve, primary):
    gateway = serve(configs.single(primary.url))
    client = OpenAI(base_url=gateway.base_url, api_key="unused", max_retries=0, timeout=20)
    primary.fault("single", "huge=5MiB")
    answer = client.chat.completions.create(model="any", messages=MESSAGES)
    assert len(answer.choices[0].message.content) > 4 * MIB
    assert answer.usage.total_tokens > 0
    for fault in ("huge=5MiB,cut=b3145728", "huge=5MiB,cut=b3145728,framing=chunked"):
        primary.fault("single", fault)
        with pytest.raises(openai.APIConnectionError):
            client.chat.completions.create(model="any", messages=MESSAGES)
    assert [row["outcome"] for row in primary.ended(3)] == ["complete", "cut", "cut"]
    eventually(lambda: gateway.metric("pontage_requests_total", outcome="truncated") == 2, "two are truncated")


def test_many_silent_streams_cost_little(serve, primary):
    streams = 300
    gateway = serve(configs.single(primary.url, server=ONE_WORKER))
    assert gateway.chat().status == 200
    primary.clear()
    primary.fault("single", "stall=2")
    before = memory(gateway, "VmRSS")
    open_streams = [Raw(gateway.address) for _ in range(streams)]
    try:
        for raw in open_streams:
            raw.send(post(CHAT, STREAM))
        for raw in open_streams:
            assert raw.read_head()[0] == 200
        assert gateway.metric("pontage_streams_open") == streams
        during = memory(gateway, "VmRSS")
        assert (during - before) / streams < 48 * 1024
        primary.fault("single", "")
        for _ in range(5):
            assert gateway.chat().status == 200
    finally:
        for raw in open_streams:
            raw.socket.close()
    eventually(lambda: gateway.metric("pontage_streams_open") == 0, "all streams are closed")
    assert len([row for row in primary.ended(streams + 5) if row["outcome"] != "complete"]) == streams
    eventually(lambda: memory(gateway, "VmRSS") < during - (during - before) / 4, "memory is given back")


def test_a_trickled_body_is_cut(serve, primary):
    gateway = serve(configs.single(primary.url, server="server: { limits: { receive_timeout: 300ms } }"))
    with Raw(gateway.address) as raw:
        raw.send(post(CHAT, BODY)[:-40])
        raw.socket.settimeout(0.02)
        for byte in BODY[-40:-1]:
            try:
                raw.socket.sendall(bytes([byte]))
                if raw._more():
                    break
            except (TimeoutError, BrokenPipeError):
                continue
        raw.socket.settimeout(10)
        status, _, body = raw.read_response()
        assert status == 408
        assert json.loads(body)["error"]["code"] == "request_timeout"
        assert raw.closed()
    assert primary.requests() == []


def test_an_early_head_is_no_commitment(serve, primary, secondary):
    """Hold-back: the SDK sees keep-alive comments as nothing, and the secondary's answer as the answer."""
    gateway = serve(configs.fallback(primary.url, secondary.url, server="server: { limits: { hold_back: 30ms } }",
                                     policies=["timeout: { first_byte: 300ms, first_token: 300ms }"]))
    primary.fault("first", "ttft_ms=60000")
    client = OpenAI(base_url=gateway.base_url, api_key="unused", max_retries=0, timeout=20)
    raw = client.chat.completions.with_raw_response.create(model="any", messages=MESSAGES, stream=True)
    chunks = list(raw.parse())
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert "x-pontage-provider" not in raw.headers, "the head went out before anybody had answered"
    assert raw.headers["x-pontage-request-id"]
    assert len(primary.ended(1)) == len(secondary.ended(1)) == 1

    secondary.fault("second", "ttft_ms=60000")
    with pytest.raises(openai.APIError, match="targets failed"):
        list(client.chat.completions.create(model="any", messages=MESSAGES, stream=True))


def test_what_has_been_tried_through_is_not_tried_again_by_the_sdk(serve, primary, secondary):
    """503 is retried by the SDK, unless `x-should-retry: false` says that the gateway has done so."""
    gateway = serve(configs.fallback(primary.url, secondary.url))
    client = OpenAI(base_url=gateway.base_url, api_key="unused", max_retries=2, timeout=20)
    primary.fault("first", "status=500")
    secondary.fault("second", "status=503")
    with pytest.raises(openai.InternalServerError) as raised:
        client.chat.completions.create(model="any", messages=MESSAGES)
    assert raised.value.code == "all_targets_failed"
    assert raised.value.response.headers["x-should-retry"] == "false"
    assert (len(primary.ended(1)), len(secondary.ended(1))) == (1, 1)

    # With a Retry-After a later try makes sense: nothing forbids it.
    secondary.fault("second", "times=1,status=429,retry_after_ms=20")
    raw = client.chat.completions.with_raw_response.create(model="any", messages=MESSAGES)
    assert raw.retries_taken == 1
    assert len(secondary.ended(3)) == 3


def test_a_refused_key_is_not_tried_again(serve, primary):
    gateway = serve(configs.single(primary.url, server="server: { auth: keys }\nkeys: [ { name: a, secret_hash: \"sha256:"
                                   + "0" * 64 + "\" } ]"))
    client = OpenAI(base_url=gateway.base_url, api_key="wrong", max_retries=2, timeout=20)
    with pytest.raises(openai.AuthenticationError) as raised:
        client.chat.completions.create(model="any", messages=MESSAGES)
    assert raised.value.response.headers["x-should-retry"] == "false"
    assert primary.requests() == []


def test_a_cut_large_answer_over_plain_http(serve, primary):
    """The length that was promised does not come, or the last chunk does not: no client takes it for whole."""
    gateway = serve(configs.single(primary.url))
    for fault in ("huge=5MiB,cut=b3145728", "huge=5MiB,cut=b3145728,framing=chunked"):
        primary.fault("single", fault)
        with pytest.raises((http.client.IncompleteRead, ConnectionResetError)):
            gateway.call("POST", CHAT, BODY)


@pytest.mark.parametrize("kind", ["openai", "anthropic"])
def test_a_large_body_falls_over_and_is_held_once(serve, primary, secondary, kind):
    """Each target gets the same bytes, and several attempts at once cost no copy of the body each."""
    clients, size = 4, 8 * MIB
    primary.fault("first", "status=500")
    gateway = serve(configs.fallback(primary.url, secondary.url, kind, ["retry: { max: 2, base: 1ms, cap: 2ms }"],
                                     server="server: { workers: 1, limits: { retries_per_second: 100 } }"))
    assert gateway.chat().status == 200
    primary.clear()
    secondary.clear()
    primary.fault("first", "status=500")
    before = memory(gateway, "VmHWM")
    text = "bridge " * (size // 7)
    with ThreadPoolExecutor(clients) as pool:
        answers = list(pool.map(lambda _: gateway.chat(text=text), range(clients)))
    assert [answer.status for answer in answers] == [200] * clients
    assert {answer.headers["x-pontage-provider"] for answer in answers} == {"secondary"}
    tried, answered = primary.ended(clients * 3), secondary.ended(clients)
    assert len(tried) == clients * 3 and len(answered) == clients
    assert len({row["body_sha256"] for row in tried}) == 1 and min(row["body_size"] for row in tried) > size
    assert min(row["body_size"] for row in answered) > size
    copies = (memory(gateway, "VmHWM") - before) / (clients * size)
    assert copies < 3, copies
