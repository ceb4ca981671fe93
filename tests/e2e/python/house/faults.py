"""Every way in which a primary may break that is survived before the commit point, as a script for the simulator."""
from dataclasses import dataclass

# A policy per need: how soon a stream's first byte or token is given up, or a rule that cuts a slow answer.
FIRST_BYTE = "timeout: { first_byte: 300ms }"
FIRST_TOKEN = "timeout: { first_token: 300ms }"
LIMIT_MS = 300


@dataclass(frozen=True)
class Fault:
    name: str
    script: str               # "" means that the primary's port is closed
    plain: bool = True        # is broken so for a non-streamed request
    stream: bool = True       # and for a stream
    policy: str = ""          # of the chain, for streams
    limit_ms: int | None = None  # `latency_ms > N` in the fallback's rules

    def __str__(self):
        return self.name


FAULTS = [
    Fault("status 429", "status=429"),
    Fault("status 429 with a long Retry-After", "status=429,retry_after=60"),
    Fault("quota is used up", "status=429,error=quota"),
    Fault("status 500", "status=500"),
    Fault("status 502", "status=502"),
    Fault("status 503", "status=503"),
    Fault("status 504", "status=504"),
    Fault("status 529", "status=529"),
    Fault("our key is refused", "status=401"),
    Fault("connection refused", ""),
    Fault("closed without a byte", "refuse"),
    Fault("reset before the head", "reset=before_headers"),
    Fault("reset after the head", "reset=after_headers"),
    Fault("cut before any content", "cut=0"),
    Fault("silence, a deadline for the first byte", "silence", plain=False, policy=FIRST_BYTE),
    Fault("silence, a rule on latency", "silence", limit_ms=LIMIT_MS),
    Fault("slow head, a rule on latency", "slow_headers_ms=60000", limit_ms=LIMIT_MS),
    Fault("late first token", "ttft_ms=60000", plain=False, policy=FIRST_TOKEN),
    Fault("late first token behind heartbeats", "ttft_ms=60000,heartbeat_ms=20", plain=False, policy=FIRST_TOKEN),
    Fault("late first token, a rule on latency", "ttft_ms=60000", limit_ms=LIMIT_MS),
    Fault("error event first in a 200", "error_event=0", plain=False),
    Fault("empty stream", "empty_stream", plain=False),
    Fault("HTML", "garbage"),
    Fault("bytes that are not HTTP", "garbage_http"),
    Fault("truncated JSON", "truncated_json", stream=False),
    Fault("an array", "wrong_type=array"),
    Fault("a string", "wrong_type=string"),
    Fault("null", "wrong_type=null"),
    Fault("an object of something else", "wrong_type=object"),
    Fault("bad chunk size before content", "framing=chunked,bad_chunk=0"),
    Fault("chunk size overflow before content", "framing=chunked,bad_chunk=0,chunk_kind=overflow"),
    Fault("garbage for a chunk before content", "framing=chunked,bad_chunk=0,chunk_kind=garbage"),
    Fault("shorter than its Content-Length", "bad_length", stream=False),
    Fault("headers over the limit", "huge_headers=1MiB"),
    Fault("both lengths in the head", "bad_head=both_lengths"),
    Fault("two lengths in the head", "bad_head=two_lengths"),
    Fault("no colon in the head", "bad_head=no_colon"),
    Fault("a status that is none", "bad_head=bad_status"),
    Fault("NUL in the head", "bad_head=nul"),
    Fault("HTTP/2 to an HTTP/1.1 client", "bad_head=http2"),
    Fault("gzip that breaks at once", "bad_gzip"),
]


def cases():
    """(fault, stream) of all that can be."""
    return [(fault, stream) for fault in FAULTS for stream in (False, True)
            if (fault.stream if stream else fault.plain)]


def named(case):
    fault, stream = case
    return f"{fault.name}, {'streamed' if stream else 'plain'}"
