"""The server seen from a socket: framing, limits, and requests that no polite client sends."""
import json

import pytest

from house import configs
from house.process import eventually
from house.raw import Raw, post

BODY = json.dumps({"model": "any", "messages": [{"role": "user", "content": "Hello"}]}).encode()
CHAT = "/v1/chat/completions"


@pytest.fixture
def gateway(serve, primary):
    return serve(configs.single(primary.url))


def head(*lines):
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


START = (f"POST {CHAT} HTTP/1.1", "Host: a", "Content-Type: application/json")
NEXT = b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"

# What would let two parsers disagree about where a request ends. Each is answered 400 and the connection is closed.
SMUGGLED = {
    "both lengths": head(*START, "Content-Length: 4", "Transfer-Encoding: chunked") + b"0\r\n\r\n",
    "two lengths": head(*START, "Content-Length: 4", "Content-Length: 5") + b"abcde",
    "equal lengths twice": head(*START, "Content-Length: 4", "Content-Length: 4") + b"abcd",
    "length list": head(*START, "Content-Length: 4, 4") + b"abcd",
    "signed length": head(*START, "Content-Length: +4") + b"abcd",
    "negative length": head(*START, "Content-Length: -1"),
    "hex length": head(*START, "Content-Length: 0x4") + b"abcd",
    "length over 64 bits": head(*START, "Content-Length: 99999999999999999999"),
    "chunked twice": head(*START, "Transfer-Encoding: chunked", "Transfer-Encoding: chunked") + b"0\r\n\r\n",
    "chunked not last": head(*START, "Transfer-Encoding: chunked, identity") + b"0\r\n\r\n",
    "gzip then chunked": head(*START, "Transfer-Encoding: gzip, chunked") + b"0\r\n\r\n",
    "vertical tab": head(*START, "Transfer-Encoding: \x0bchunked") + b"0\r\n\r\n",
    "unknown coding": head(*START, "Transfer-Encoding: xchunked") + b"0\r\n\r\n",
    "chunked on HTTP/1.0": head(f"POST {CHAT} HTTP/1.0", "Transfer-Encoding: chunked") + b"0\r\n\r\n",
    "space before colon": head(*START, "Content-Length : 4") + b"abcd",
    "folded header": head(*START, "X-A: b", " c", "Content-Length: 4") + b"abcd",
    "bare line feed": f"POST {CHAT} HTTP/1.1\nHost: a\nContent-Length: 0\n\n".encode(),
    "nul in header": head(*START, "X-A: b\x00c", "Content-Length: 0"),
    "no host": head(f"POST {CHAT} HTTP/1.1", "Content-Length: 0"),
    "two hosts": head(*START, "Host: b", "Content-Length: 0"),
    "bad chunk size": head(*START, "Transfer-Encoding: chunked") + b"zz\r\n",
    "signed chunk size": head(*START, "Transfer-Encoding: chunked") + b"+5\r\nhello\r\n0\r\n\r\n",
    "chunk size overflow": head(*START, "Transfer-Encoding: chunked") + b"fffffffffffffffff\r\n",
    "chunk without its end": head(*START, "Transfer-Encoding: chunked") + b"5\r\nhelloXX0\r\n\r\n",
    "bare line feed in chunk": head(*START, "Transfer-Encoding: chunked") + b"5\nhello\n0\n\n",
    "not HTTP": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
}


@pytest.mark.parametrize("name", SMUGGLED)
def test_a_request_of_doubtful_length_is_refused_and_the_connection_closed(gateway, primary, name):
    with Raw(gateway.address) as raw:
        raw.send(SMUGGLED[name] + NEXT)
        status, _, body = raw.read_response()
        assert 400 <= status < 500
        assert json.loads(body)["error"]["code"]
        assert raw.closed()
        assert b"HTTP/1.1 200" not in raw.buffer, "what followed was taken as a request of its own"
    assert primary.requests() == []


def test_keep_alive_serves_many_requests_on_one_connection(gateway):
    with Raw(gateway.address) as raw:
        for _ in range(5):
            raw.send(post(CHAT, BODY))
            status, _, body = raw.read_response()
            assert status == 200
            assert json.loads(body)["choices"]


def test_pipelined_requests_are_answered_in_order(gateway):
    with Raw(gateway.address) as raw:
        raw.send(post(CHAT, BODY) + b"GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n" + post(CHAT, BODY) + NEXT)
        assert [raw.read_response()[0] for _ in range(4)] == [200, 404, 200, 200]


def test_connection_close_is_honoured(gateway):
    with Raw(gateway.address) as raw:
        raw.send(post(CHAT, BODY, "Connection: close"))
        status, headers, _ = raw.read_response()
        assert status == 200
        assert headers["connection"].lower() == "close"
        assert raw.closed()


def test_a_chunked_request_is_one_request(gateway, primary):
    with Raw(gateway.address) as raw:
        raw.send(head(*START, "Transfer-Encoding: chunked"))
        for at in range(0, len(BODY), 7):
            piece = BODY[at:at + 7]
            raw.send(f"{len(piece):x};extension=1\r\n".encode() + piece + b"\r\n")
        raw.send(b"0\r\nTrailer: dropped\r\n\r\n" + NEXT)
        assert raw.read_response()[0] == 200
        assert raw.read_response()[0] == 200
    assert json.loads(primary.ended(1)[0]["body"])["messages"] == json.loads(BODY)["messages"]


def test_expect_100_continue_is_answered_before_the_body(gateway):
    with Raw(gateway.address) as raw:
        request = post(CHAT, BODY, "Expect: 100-continue")
        raw.send(request[:-len(BODY)])
        assert raw.read_response()[0] == 100
        raw.send(BODY)
        assert raw.read_response()[0] == 200


def test_expect_100_continue_is_not_asked_for_a_body_that_is_too_large(serve, primary):
    gateway = serve(configs.single(primary.url, server="server: { limits: { body: 1KiB } }"))
    with Raw(gateway.address) as raw:
        raw.send(head(*START, "Content-Length: 2000", "Expect: 100-continue"))
        status, _, body = raw.read_response()
        assert status == 413
        assert json.loads(body)["error"]["code"] == "request_too_large"


def test_head_has_headers_and_no_body(gateway):
    with Raw(gateway.address) as raw:
        raw.send(b"HEAD /healthz HTTP/1.1\r\nHost: a\r\n\r\n" + NEXT)
        assert raw.read_response(head_only=True)[0] == 200
        assert raw.read_response()[0] == 200


@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_a_body_over_the_limit_gets_413(serve, primary, framing):
    gateway = serve(configs.single(primary.url, server="server: { limits: { body: 4KiB } }"))
    with Raw(gateway.address) as raw:
        if framing == "length":
            raw.send(post(CHAT, b" " * 5000))
        else:
            raw.send(head(*START, "Transfer-Encoding: chunked") + b"1388\r\n" + b" " * 5000 + b"\r\n")
        status, _, body = raw.read_response()
        assert status == 413
        assert json.loads(body)["error"]["code"] == "request_too_large"
    assert primary.requests() == []


def test_a_head_over_the_limit_gets_431(gateway):
    with Raw(gateway.address) as raw:
        raw.send(head(*START, "X-Long: " + "a" * 100_000, "Content-Length: 0"))
        status, _, body = raw.read_response()
        assert status == 431
        assert json.loads(body)["error"]["code"] == "headers_too_large"


def test_too_many_headers_get_431(gateway):
    with Raw(gateway.address) as raw:
        raw.send(head(*START, *[f"X-{number}: a" for number in range(300)], "Content-Length: 0"))
        assert raw.read_response()[0] == 431


def test_a_slow_head_is_cut(serve, primary):
    gateway = serve(configs.single(primary.url, server="server: { limits: { head_timeout: 200ms } }"))
    with Raw(gateway.address) as raw:
        raw.send(b"POST /v1/chat/completions HTTP/1.1\r\nHost:")
        assert raw.closed()


def test_a_slow_body_is_cut(serve, primary):
    gateway = serve(configs.single(primary.url, server="server: { limits: { body_timeout: 200ms } }"))
    with Raw(gateway.address) as raw:
        raw.send(post(CHAT, BODY)[:-10])
        status, _, body = raw.read_response()
        assert status == 408
        assert json.loads(body)["error"]["code"] == "request_timeout"
        assert raw.closed()
    assert primary.requests() == []


def test_an_idle_connection_is_closed(serve, primary):
    gateway = serve(configs.single(primary.url, server="server: { limits: { idle_timeout: 200ms } }"))
    with Raw(gateway.address) as raw:
        raw.send(NEXT)
        assert raw.read_response()[0] == 200
        assert raw.closed()
        assert raw.buffer == b""


def test_a_client_that_leaves_closes_the_upstream(serve, primary):
    gateway = serve(configs.single(primary.url))
    primary.fault("single", "stall=3")
    with Raw(gateway.address) as raw:
        body = json.dumps({**json.loads(BODY), "stream": True}).encode()
        raw.send(post(CHAT, body))
        assert raw.read_head()[0] == 200
        eventually(lambda: b"data:" in raw.buffer or raw._more(), "the first event")
    log = primary.ended(1)
    assert log[0]["outcome"] in ("client_closed", "stalled")
    assert log[0]["closed_by_client_after_ms"] >= 0
    eventually(lambda: gateway.metric("pontage_requests_total", outcome="client_closed") == 1, "the metric")
