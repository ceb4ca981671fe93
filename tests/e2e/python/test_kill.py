"""The daemon ends under load: gently, and by `kill -9`. No client hangs, none gets half an answer as a whole one."""
import asyncio
import json
import random
import signal

import pytest

from house.process import eventually
from house.soak import PROMPT, Client, config

CLIENTS = 60
SECONDS_MAX = 20


async def stream_once(client, anthropic, stream):
    """How one request ended: as soak.Client judges it, or "refused" / "lost" where the daemon was gone."""
    path = "/v1/messages" if anthropic else "/v1/chat/completions"
    body = client.body(anthropic, stream, 0)
    try:
        reader, writer = await asyncio.open_connection(client.host, client.port)
    except OSError:
        return "refused"
    try:
        writer.write(f"POST {path} HTTP/1.1\r\nHost: g\r\nContent-Type: application/json\r\nConnection: close\r\n"
                     f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
        data = await client.read(reader, False)
    except OSError:
        return "lost"
    finally:
        writer.close()
    if not data:
        return "lost"
    end = client.judge(data, anthropic, stream)
    return "lost" if end == "wrong" and client.wrong.pop() else end


async def end_under_load(gateway, client, primary, number):
    async with asyncio.timeout(SECONDS_MAX):
        tasks = [asyncio.create_task(stream_once(client, random.random() < 0.5, random.random() < 0.7))
                 for _ in range(CLIENTS)]
        while len([row for row in primary.requests() if row["outcome"] == "open"]) < CLIENTS // 2:
            await asyncio.sleep(0.01)
        gateway.signal(number)
        return await asyncio.gather(*tasks)


@pytest.fixture
def loaded(serve, primary, secondary):
    gateway = serve(config(primary.url, secondary.url, 0).replace("attempt: 2s", "attempt: 10s"))
    texts = {gateway.chat(text=PROMPT).json()["choices"][0]["message"]["content"]}
    primary.clear()
    primary.fault("first", "tps=40")
    return gateway, Client(gateway.address, texts)


def test_sigterm_under_load_finishes_what_it_took(loaded, primary):
    gateway, client = loaded
    ends = asyncio.run(end_under_load(gateway, client, primary, signal.SIGTERM))
    assert gateway.wait() == 0
    taken = [row for row in primary.requests() if row["path"] != "/_sim"]
    assert ends.count("whole") == len(taken) >= CLIENTS // 2, ends
    assert set(ends) <= {"whole", "refused", "typed error", "lost"}, ends
    assert all(row["outcome"] == "complete" for row in primary.ended(len(taken)))


def test_kill_9_under_load_hangs_no_client(loaded, primary, serve, secondary):
    gateway, client = loaded
    ends = asyncio.run(end_under_load(gateway, client, primary, signal.SIGKILL))
    gateway.child.wait()
    assert "hung" not in ends
    assert ends.count("lost") >= 1
    assert set(ends) <= {"whole", "lost", "refused"}, ends
    primary.clear()
    eventually(lambda: serve_again(serve, primary, secondary).chat(text=PROMPT).status == 200, "it starts again")
    gateway.child.returncode = 0  # it was killed on purpose


def serve_again(serve, primary, secondary):
    return serve(config(primary.url, secondary.url, 1))


def test_a_client_that_leaves_closes_the_provider(loaded, primary):
    """DESIGN law 8: within 100 ms, as the provider's own clock saw it."""
    gateway, client = loaded

    async def leave():
        reader, writer = await asyncio.open_connection(client.host, client.port)
        body = client.body(False, True, 0)
        writer.write(b"POST /v1/chat/completions HTTP/1.1\r\nHost: g\r\nContent-Type: application/json\r\n"
                     b"Content-Length: %d\r\n\r\n" % len(body) + body)
        while b"content" not in await reader.read(65536):
            pass
        writer.close()

    asyncio.run(leave())
    row = primary.ended(1)[0]
    assert row["outcome"] == "client_closed", json.dumps(row)
    assert len(primary.requests()) == 1, "nothing is retried after the client has left"
    eventually(lambda: gateway.metric("pontage_requests_total", outcome="client_closed") == 1, "it is counted")
