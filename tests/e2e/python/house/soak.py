"""Load with everything that goes wrong at once: faults at the primary, clients that vanish, slow readers, reloads. Every
answer is checked; what comes out is a table.

    PONTAGE_BINARY=build/release/pontage python -m house.soak SECONDS [REQUESTS A SECOND]    (from tests/e2e/python)
"""
import asyncio
import json
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from house.gateway import Gateway
from house.process import eventually
from house.simulator import Simulator

FAULTS = ("rate=0.007,status=500", "rate=0.007,status=429,retry_after_ms=20", "rate=0.007,reset=before_headers",
          "rate=0.007,cut=3", "rate=0.005,error_event=0", "rate=0.005,garbage", "rate=0.005,empty_stream",
          "rate=0.003,stall=2", "rate=0.002,silence", "rate=0.002,bad_chunk=2")
ANSWER_SECONDS_MAX = 30
RELOAD_SECONDS = 10
DESCRIPTORS_KEPT = 64  # idle connections to the providers, kept for the next request
PROMPT = "Tell me of bridges."


def config(primary, secondary, version):
    return f"""
server: {{ limits: {{ retry_share: 1 }} }}
observability: {{ log: {{ access: /dev/null }} }}
providers:
  p: {{ kind: openai, api_key: k, base_url: {primary} }}
  a: {{ kind: anthropic, api_key: k, base_url: {secondary} }}
routes:
  - name: soak-{version}
    chain:
      - timeout: {{ first_byte: 1s, first_token: 1s, idle: 1s, attempt: 2s }}
      - retry: {{ max: 1, base: 5ms, cap: 20ms }}
      - fallback: [ {{ provider: p, model: first }}, {{ provider: a, model: second }} ]
      - floor: [ {{ message: "We are busy." }} ]
"""


class Client:
    """One simulated user: a connection for each request, HTTP by hand so that it can misbehave."""

    def __init__(self, address, texts):
        self.host, port = address.rsplit(":", 1)
        self.port = int(port)
        self.texts = texts  # every whole answer that can be right
        self.counts = Counter()
        self.wrong = []

    def body(self, anthropic, stream, size):
        text = PROMPT
        message = {"model": "any", "stream": stream, "messages": [{"role": "user", "content": text}]}
        if anthropic:
            message["max_tokens"] = 500
        if size:
            message["metadata"] = {"padding": "x" * size}
        return json.dumps(message).encode()

    async def one(self):
        anthropic, stream = random.random() < 0.5, random.random() < 0.6
        behaviour = random.choices(("good", "slow", "vanish"), (0.9, 0.05, 0.05))[0]
        size = 200_000 if random.random() < 0.02 else 0
        path = "/v1/messages" if anthropic else "/v1/chat/completions"
        body = self.body(anthropic, stream, 0 if anthropic else size)
        kind = ("anthropic" if anthropic else "openai") + (" stream" if stream else " whole")
        try:
            async with asyncio.timeout(ANSWER_SECONDS_MAX):
                reader, writer = await asyncio.open_connection(self.host, self.port, limit=1 << 20)
                try:
                    writer.write(f"POST {path} HTTP/1.1\r\nHost: g\r\nContent-Type: application/json\r\n"
                                 f"Connection: close\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
                    await writer.drain()
                    if behaviour == "vanish":
                        await reader.read(random.choice((1, 200, 600)))
                        self.counts[kind, "vanished"] += 1
                        return
                    data = await self.read(reader, behaviour == "slow")
                finally:
                    writer.close()
        except TimeoutError:
            self.counts[kind, "hung"] += 1
            return
        self.counts[kind, self.judge(data, anthropic, stream)] += 1

    async def read(self, reader, slow):
        data = b""
        while piece := await reader.read(64 if slow else 65536):
            data += piece
            if slow and len(data) < 2000:
                await asyncio.sleep(0.002)
        return data

    def judge(self, data, anthropic, stream):
        head, _, payload = data.partition(b"\r\n\r\n")
        status = int(head.split(b" ", 2)[1]) if head else 0
        if b"transfer-encoding: chunked" in head.lower():
            payload = unchunk(payload)
        if payload is None:
            return self.fail("framing", data)
        try:
            if status != 200:
                return "typed error" if json.loads(payload)["error"]["message"] else self.fail("untyped", data)
            if not stream:
                answer = json.loads(payload)
                text = (answer["content"][0]["text"] if anthropic else answer["choices"][0]["message"]["content"])
                return "whole" if text in self.texts else self.fail("text", data)
            return self.judge_stream(payload, anthropic, data)
        except (ValueError, KeyError, IndexError) as problem:
            return self.fail(repr(problem), data)

    def judge_stream(self, payload, anthropic, data):
        text, error, ended = "", False, 0
        for line in payload.decode().split("\n"):
            if line == "data: [DONE]":
                ended += 1
            elif line.startswith("data: "):
                event = json.loads(line[6:])
                error = error or "error" in event
                ended += event.get("type") == "message_stop"
                text += event.get("delta", {}).get("text", "") if anthropic else "".join(
                    choice["delta"].get("content") or "" for choice in event.get("choices", []))
        if error:
            good = not ended and any(whole.startswith(text) for whole in self.texts)
            return "error event" if good else self.fail("error", data)
        return "whole" if ended == 1 and text in self.texts else self.fail("stream", data)

    def fail(self, why, data):
        self.wrong.append((why, data[-2000:]))
        return "wrong"


def unchunk(data):
    out = b""
    while True:
        size, mark, rest = data.partition(b"\r\n")
        if not mark:
            return None
        count = int(size, 16)
        if count == 0:
            return out
        out, data = out + rest[:count], rest[count + 2:]


def gauges(gateway):
    folder = Path(f"/proc/{gateway.child.pid}")
    rss = next(int(line.split()[1]) for line in (folder / "status").read_text().splitlines() if line.startswith("VmRSS"))
    return rss, len(list((folder / "fd").iterdir()))


async def load(gateway, client, seconds, rate, primary, secondary):
    """Open loop: a request starts when its time has come, whether the others are answered or not."""
    samples, tasks, started = [], set(), time.monotonic()
    next_reload, next_sample, version, sent = RELOAD_SECONDS, 0.0, 0, 0
    while (now := time.monotonic() - started) < seconds:
        while sent < now * rate:
            task = asyncio.create_task(client.one())
            tasks.add(task)
            task.add_done_callback(tasks.discard)
            sent += 1
        if now >= next_reload:
            version, next_reload = version + 1, next_reload + RELOAD_SECONDS
            gateway.write_config(config(primary.url, secondary.url, version % 2))
        if now >= next_sample:
            samples.append(gauges(gateway))
            next_sample += 1
        await asyncio.sleep(0.002)
    if tasks:
        await asyncio.wait(tasks, timeout=ANSWER_SECONDS_MAX + 5)
    return samples, version, len(tasks)


def soak(seconds, rate, folder):
    """The findings of one run as a dictionary; `wrong`, `hung` and `leaked` must be 0."""
    with Simulator(folder, "primary") as primary, \
            Simulator(folder, "secondary", "--seed", "2") as secondary:
        gateway = Gateway(folder, config(primary.url, secondary.url, 0),
                          name="soak")
        with gateway:
            texts = {"We are busy."}
            texts.add(gateway.chat(text=PROMPT).json()["choices"][0]["message"]["content"])
            primary.fault("first", "status=500")
            texts.add(gateway.chat(text=PROMPT).json()["choices"][0]["message"]["content"])
            primary.fault("first", ";".join(FAULTS))
            client = Client(gateway.address, texts)
            before = gauges(gateway)
            samples, reloads, unfinished = asyncio.run(load(gateway, client, seconds, rate, primary, secondary))
            eventually(lambda: gateway.metric("pontage_inflight") == 0, "nothing is in flight", 30)
            eventually(lambda: gauges(gateway)[1] <= before[1] + DESCRIPTORS_KEPT, "the descriptors are back", 120)
            after = gauges(gateway)
            middle = samples[len(samples) // 4: len(samples) // 2] or samples
            late = samples[-max(1, len(samples) // 4):]
            return {
                "seconds": seconds, "rate": rate, "reloads": reloads,
                "counts": {" ".join(key): value for key, value in sorted(client.counts.items())},
                "requests": sum(client.counts.values()),
                "wrong": len(client.wrong), "first_wrong": client.wrong[:1],
                "hung": unfinished + sum(n for (_, end), n in client.counts.items() if end == "hung"),
                "inflight": gateway.metric("pontage_inflight"), "streams": gateway.metric("pontage_streams_open"),
                "counted": gateway.metric("pontage_requests_total"),
                "reload_success": gateway.metric("pontage_config_reload_success"),
                "rss_kib": {"start": before[0], "second quarter": max(row[0] for row in middle),
                            "last quarter": max(row[0] for row in late), "end": after[0]},
                "descriptors": {"start": before[1], "most": max(row[1] for row in samples), "end": after[1]},
            }


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        print(json.dumps(soak(float(sys.argv[1]), float((sys.argv[2:] or ["200"])[0]), Path(scratch)), indent=2,
                         default=repr))
