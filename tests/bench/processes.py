"""The processes of a benchmark: nginx as the fixed-answer mock, nginx as the yardstick proxy, the SSE mock, and Pontage
as users run it. Each runs as a child with its own configuration in a scratch folder; no service of the machine is used."""
import hashlib
import json
import os
import shutil
import signal
import socket
import subprocess
import threading
from pathlib import Path

NGINX = shutil.which("nginx") or "/usr/sbin/nginx"
TICKS = os.sysconf("SC_CLK_TCK")
KEY = "pk-benchmark"
_never = threading.Event()

ANSWER = json.dumps({
    "id": "chatcmpl-benchmark00000000000000000", "object": "chat.completion", "created": 1700000000,
    "model": "gpt-4o-2024-08-06",
    "choices": [{"index": 0, "message": {
        "role": "assistant", "content": "A bridge carries what would otherwise have to stop. " * 9,
        "refusal": None, "annotations": []}, "logprobs": None, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 108, "completion_tokens": 100, "total_tokens": 208,
              "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0}},
    "service_tier": "default", "system_fingerprint": "fp_benchmark"}, separators=(",", ":"))

REQUEST = json.dumps({
    "model": "gpt-4o", "temperature": 0.2, "max_tokens": 256,
    "messages": [
        {"role": "system", "content": "You are a careful assistant of a company that builds and keeps bridges."},
        {"role": "user", "content": "Write one paragraph about what a bridge is for. " * 9}]},
    separators=(",", ":"))


def nginx_conf(folder, body):
    return f"""daemon off;
worker_processes 1;
worker_rlimit_nofile 65536;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
events {{ worker_connections 20000; }}
http {{
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  client_max_body_size 64m; client_body_buffer_size 2m;
  keepalive_requests 1000000000; keepalive_timeout 600s; tcp_nodelay on;
  default_type application/json;
{body}
}}
"""


def mock_conf(folder, port):
    # A body has to be read before the answer: `return` alone would discard it lazily and count the same.
    return nginx_conf(folder, f"""
  access_log off;
  server {{ listen 127.0.0.1:{port} backlog=4096; location / {{ return 200 '{ANSWER}'; }} }}""")


def proxy_conf(folder, port, upstream):
    return nginx_conf(folder, f"""
  access_log {folder}/access.log;
  upstream provider {{ server 127.0.0.1:{upstream}; keepalive 256; keepalive_requests 1000000000; keepalive_timeout 600s; }}
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    location / {{
      proxy_pass http://provider; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_buffering off; proxy_read_timeout 600s;
    }}
  }}""")


def pontage_conf(json_port, sse_port):
    """What is measured is what users run: keys, retry, conditional, fallback, metrics, access log, all on."""
    digest = hashlib.sha256(KEY.encode()).hexdigest()
    return f"""
server: {{ workers: 1, auth: keys }}
keys:
  - {{ name: benchmark, secret_hash: "sha256:{digest}", tags: {{ team: bench }} }}
providers:
  mock:   {{ kind: openai, base_url: "http://127.0.0.1:{json_port}/v1", api_key: sk-mock }}
  stream: {{ kind: openai, base_url: "http://127.0.0.1:{sse_port}/v1", api_key: sk-mock }}
routes:
  - name: streams
    match: {{ path: /v1/chat, model: "stream-*" }}
    chain:
      - retry: {{ max: 2, backoff: exponential }}
      - fallback: [ {{ provider: stream, model: gpt-4o }}, {{ provider: mock, model: gpt-4o }} ]
      - floor: [ {{ message: "We are busy; please try again." }} ]
  - name: chat
    match: {{ path: /v1/chat }}
    chain:
      - retry: {{ max: 2, backoff: exponential }}
      - conditional:
          - {{ if: "request.metadata.contains_pii == true", then: {{ provider: stream, model: local }} }}
          - {{ if: "request.max_tokens > 8000", then: {{ provider: stream, model: gpt-4o }} }}
          - else: {{ provider: mock, model: gpt-4o }}
      - fallback: [ {{ provider: mock, model: gpt-4o }}, {{ provider: stream, model: gpt-4o }} ]
      - floor: [ {{ message: "We are busy; please try again." }} ]
observability:
  metrics: {{ export: prometheus, endpoint: /metrics }}
"""


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def wait_listening(port, child):
    for _ in range(500):
        if child.poll() is not None:
            raise RuntimeError(f"{child.args[0]} ended with {child.returncode}")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        _never.wait(0.02)
    raise RuntimeError(f"nobody listens on port {port}")


class Child:
    """A process under measurement. `workers` are the pids whose CPU time counts."""

    def __init__(self, folder, name, command, port):
        self.log = folder / f"{name}.log"
        with open(self.log, "wb") as log:
            self.child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=folder,
                                          env={**os.environ, "PONTAGE_STATE_DIR": str(folder)})
        self.port = port
        wait_listening(port, self.child)
        children = Path(f"/proc/{self.child.pid}/task/{self.child.pid}/children").read_text().split()
        self.workers = [int(pid) for pid in children] or [self.child.pid]

    def cpu_seconds(self):
        total = 0
        for pid in self.workers:
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            total += int(fields[11]) + int(fields[12])
        return total / TICKS

    def rss_kib(self):
        """Resident memory of the workers, and of nginx's master, which is part of the price."""
        total = 0
        for pid in {*self.workers, self.child.pid}:
            for line in Path(f"/proc/{pid}/status").read_text().splitlines():
                if line.startswith("VmRSS:"):
                    total += int(line.split()[1])
        return total

    def stop(self):
        self.child.send_signal(signal.SIGTERM)
        try:
            self.child.wait(20)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()


def start_nginx(folder, name, conf, port):
    (folder / name).mkdir()
    file = folder / f"{name}.conf"
    file.write_text(conf)
    return Child(folder, name, [NGINX, "-p", str(folder / name), "-c", str(file)], port)


def start_pontage(folder, binary, config, port, admin_port):
    file = folder / "pontage.yaml"
    # The ledger, as users have it, in this folder: PONTAGE_STATE_DIR is not what is measured.
    file.write_text(config if "ledger:" in config else f"{config}\nledger: {{ store: '{folder}/ledger.db' }}\n")
    return Child(folder, "pontage", [
        str(Path(binary).resolve()), "serve", "-c", str(file), "--listen", f"127.0.0.1:{port}",
        "--admin-listen", f"127.0.0.1:{admin_port}"], port)


def start_sse_mock(folder, build, port, events, interval_us):
    return Child(folder, f"sse_mock_{interval_us}", [f"{build}/bench_sse_mock", str(port), str(events), str(interval_us)], port)
