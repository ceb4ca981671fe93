// Every way in which a primary may break that is survived before the commit point: the same list as
// tests/e2e/python/house/faults.py, as the other SDK sees it.
const firstByte = "timeout: { first_byte: 300ms }";
const firstToken = "timeout: { first_token: 300ms }";

export const faults = [
  { name: "status 429", script: "status=429" },
  { name: "status 429 with a long Retry-After", script: "status=429,retry_after=60" },
  { name: "status 500", script: "status=500" },
  { name: "status 503", script: "status=503" },
  { name: "status 529", script: "status=529" },
  { name: "our key is refused", script: "status=401" },
  { name: "connection refused", script: "" },
  { name: "closed without a byte", script: "refuse" },
  { name: "reset before the head", script: "reset=before_headers" },
  { name: "reset after the head", script: "reset=after_headers" },
  { name: "cut before any content", script: "cut=0" },
  { name: "silence, a deadline for the first byte", script: "silence", only: "stream", policy: firstByte },
  { name: "silence, a rule on latency", script: "silence", limitMs: 300 },
  { name: "late first token", script: "ttft_ms=60000", only: "stream", policy: firstToken },
  { name: "late first token, a rule on latency", script: "ttft_ms=60000", limitMs: 300 },
  { name: "error event first in a 200", script: "error_event=0", only: "stream" },
  { name: "empty stream", script: "empty_stream", only: "stream" },
  { name: "HTML", script: "garbage" },
  { name: "bytes that are not HTTP", script: "garbage_http" },
  { name: "truncated JSON", script: "truncated_json", only: "plain" },
  { name: "an array", script: "wrong_type=array" },
  { name: "bad chunk size before content", script: "framing=chunked,bad_chunk=0" },
  { name: "shorter than its Content-Length", script: "bad_length", only: "plain" },
  { name: "headers over the limit", script: "huge_headers=1MiB" },
  { name: "two lengths in the head", script: "bad_head=two_lengths" },
  { name: "gzip that breaks at once", script: "bad_gzip" },
];
