"""What translation costs a request as users have it, over sockets: CPU of the gateway per request at saturation, passing byte
for byte and translated, interleaved in one run; then the codecs by themselves (bench_translate).

    tests/bench/translate.py --binary build/bench/pontage --build build/bench [--rounds N] [--seconds S] [--write docs/benchmarks.md]
"""
import argparse
import json
import re
import statistics
import subprocess
import tempfile
from pathlib import Path

import processes

HERE = Path(__file__).resolve().parent
SIZES = {"1 KB": 1024, "100 KB": 102_400}
MARK = re.compile(r"<!-- translation:begin -->.*<!-- translation:end -->", re.DOTALL)


def words(size):
    return ("A bridge carries what would otherwise have to stop. " * (size // 52 + 1))[:size]


def answers(size):
    chat = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "gpt-4o", "choices": [{
        "index": 0, "message": {"role": "assistant", "content": words(size), "refusal": None}, "logprobs": None,
        "finish_reason": "stop"}], "usage": {"prompt_tokens": 108, "completion_tokens": 100, "total_tokens": 208}}
    message = {"id": "msg_1", "type": "message", "role": "assistant", "model": "claude", "content": [
        {"type": "text", "text": words(size)}], "stop_reason": "end_turn", "stop_sequence": None,
        "usage": {"input_tokens": 108, "output_tokens": 100}}
    return json.dumps(chat), json.dumps(message)


def mock_conf(folder, port):
    locations = ""
    for name, size in SIZES.items():
        for kind, text in zip(("openai", "anthropic"), answers(size)):
            file = folder / f"{kind}-{size}.json"
            file.parent.mkdir(exist_ok=True)
            file.write_text(text)
            path = "v1/chat/completions" if kind == "openai" else "v1/messages"
            # A file as the answer to a POST: nginx serves those for error pages of 405.
            locations += f"""
    location = /{size}/{path} {{ error_page 405 =200 /{kind}-{size}.json; return 405; }}
    location = /{kind}-{size}.json {{ root {folder}; }}"""
    return processes.nginx_conf(folder, f"  access_log off;\n  server {{ listen 127.0.0.1:{port} backlog=4096; {locations} }}")


def pontage_conf(port):
    digest = processes.hashlib.sha256(processes.KEY.encode()).hexdigest()
    text = f"""
server: {{ workers: 1, auth: keys }}
keys: [ {{ name: benchmark, secret_hash: "sha256:{digest}" }} ]
providers:
"""
    routes = "routes:\n"
    for size in SIZES.values():
        text += f"""  o{size}: {{ kind: openai, base_url: "http://127.0.0.1:{port}/{size}/v1", api_key: k }}
  a{size}: {{ kind: anthropic, base_url: "http://127.0.0.1:{port}/{size}/v1", api_key: k }}
"""
        for kind in "oa":
            routes += f"""  - match: {{ model: "{kind}{size}" }}
    name: {kind}{size}
    chain: [ {{ retry: {{ max: 2 }} }}, {{ fallback: [ {{ provider: {kind}{size}, model: another }} ] }}, {{ floor: [ {{ message: "Busy." }} ] }} ]
"""
    return text + routes


def run_leg(pontage, folder, port, leg, seconds):
    path, model, size = leg
    body = {"model": model, "max_tokens": 256, "messages": [{"role": "user", "content": words(size)}]}
    file = folder / f"{model}.json"
    file.write_text(json.dumps(body))
    before = pontage.cpu_seconds()
    done = subprocess.run(["wrk", "-t1", "-c32", f"-d{seconds}s", "-s", str(HERE / "post.lua"), f"http://127.0.0.1:{port}{path}",
                           "--", str(file), processes.KEY], capture_output=True, text=True, check=True, timeout=120)
    requests, errors, _ = map(int, re.search(r"^RESULT (\d+) (\d+) (\d+)$", done.stdout, re.MULTILINE).groups())
    if errors:
        raise RuntimeError(f"{leg}: {errors} answers were not 200\n{pontage.log.read_text()[-2000:]}")
    return (pontage.cpu_seconds() - before) * 1e6 / requests


def measure(arguments, folder):
    mock_port, port, admin = processes.free_ports(3)
    mock = processes.start_nginx(folder, "mock", mock_conf(folder / "files", mock_port), mock_port)
    pontage = processes.start_pontage(folder, arguments.binary, pontage_conf(mock_port), port, admin)
    legs = {(client, name, kind): (path, f"{kind}{size}", size)
            for name, size in SIZES.items()
            for client, path in (("OpenAI", "/v1/chat/completions"), ("Anthropic", "/v1/messages")) for kind in "oa"}
    figures = {key: [] for key in legs}
    try:
        for leg in legs.values():
            run_leg(pontage, folder, port, leg, 1)
        for number in range(arguments.rounds):
            print(f"round {number + 1} of {arguments.rounds}", flush=True)
            for key, leg in legs.items():
                figures[key].append(run_leg(pontage, folder, port, leg, arguments.seconds))
    finally:
        pontage.stop()
        mock.stop()
    return figures


def table(figures, codecs, arguments):
    lines = [f"{arguments.rounds} rounds of {arguments.seconds} s a leg, interleaved, 32 connections, saturation; medians, ranges in brackets.", "",
             "| client, size of prompt and of answer | byte for byte: CPU µs | translated: CPU µs | translated / byte for byte |", "|---|---|---|---|"]
    for client, own, other in (("OpenAI", "o", "a"), ("Anthropic", "a", "o")):
        for name in SIZES:
            same, translated = figures[client, name, own], figures[client, name, other]
            ratios = [b / a for a, b in zip(same, translated)]
            lines.append(f"| {client}, {name} | {statistics.median(same):.1f} ({min(same):.1f} to {max(same):.1f}) | "
                         f"{statistics.median(translated):.1f} ({min(translated):.1f} to {max(translated):.1f}) | "
                         f"**{statistics.median(ratios):.2f}** ({min(ratios):.2f} to {max(ratios):.2f}) |")
    lines += ["", "The codecs by themselves, without sockets (`bench_translate`), CPU µs, medians of 15 rounds:", "",
              "| work | byte for byte | translated |", "|---|---|---|"]
    for row in codecs:
        if "translated_us" in row:
            lines.append(f"| {row['what']}: request and answer | {row['same_us']} | {row['translated_us']} |")
        else:
            lines.append(f"| {row['what']}, cut and decoded | {row['same_us']} | {row['anthropic_to_openai_us']} (Anthropic for OpenAI clients), "
                         f"{row['openai_to_anthropic_us']} (OpenAI for Anthropic clients) |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--build", required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--write")
    arguments = parser.parse_args()
    codecs = json.loads(subprocess.run([f"{arguments.build}/bench_translate"], capture_output=True, text=True, check=True).stdout)
    with tempfile.TemporaryDirectory(prefix="pontage-bench-") as name:
        Path(name).chmod(0o755)
        figures = measure(arguments, Path(name))
    text = table(figures, codecs["codecs"], arguments)
    print(text)
    if arguments.write:
        document = Path(arguments.write)
        document.write_text(MARK.sub(lambda _: f"<!-- translation:begin -->\n{text}\n<!-- translation:end -->", document.read_text()))


if __name__ == "__main__":
    main()
