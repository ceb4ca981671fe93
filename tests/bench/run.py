"""The benchmark of docs/benchmarks.md: direct, nginx and Pontage, interleaved, in one run.

    tests/bench/run.sh                 builds, measures (about ten minutes), prints the table, writes docs/benchmarks.md
    tests/bench/run.py --binary B --build DIR [--rounds N] [--seconds S] [--write docs/benchmarks.md]

Medians and ranges over the rounds, never a best run; every raw row is kept. CPU is user + system time of the process
under test from /proc over the requests it served.
"""
import argparse
import json
import re
import resource
import subprocess
import tempfile
from pathlib import Path

import processes
import report

HERE = Path(__file__).resolve().parent
LEGS = ("direct", "nginx", "pontage")


class Bench:
    def __init__(self, folder, arguments):
        self.folder, self.arguments = folder, arguments
        self.json_port, self.sse_port, self.nginx_port, self.nginx_sse_port, self.port, self.admin = (
            processes.free_ports(6))
        (folder / "body.json").write_text(processes.REQUEST)
        (folder / "stream.json").write_text(
            processes.REQUEST.replace('"gpt-4o"', '"stream-4o"')[:-1] + ',"stream":true}')
        self.mock = processes.start_nginx(folder, "mock", processes.mock_conf(folder / "mock", self.json_port), self.json_port)
        self.nginx = processes.start_nginx(
            folder, "nginx", processes.proxy_conf(folder / "nginx", self.nginx_port, self.json_port), self.nginx_port)
        self.nginx_sse = processes.start_nginx(
            folder, "nginx_sse", processes.proxy_conf(folder / "nginx_sse", self.nginx_sse_port, self.sse_port),
            self.nginx_sse_port)
        self.sse_mock = None
        self.pontage = processes.start_pontage(
            folder, arguments.binary, processes.pontage_conf(self.json_port, self.sse_port), self.port, self.admin)

    def stop(self):
        for child in (self.pontage, self.nginx, self.nginx_sse, self.mock, self.sse_mock):
            if child is not None:
                child.stop()

    def leg(self, name, sse=False):
        """(port, process whose CPU counts) of a leg."""
        if name == "direct":
            return (self.sse_port, self.sse_mock) if sse else (self.json_port, self.mock)
        if name == "nginx":
            return (self.nginx_sse_port, self.nginx_sse) if sse else (self.nginx_port, self.nginx)
        return self.port, self.pontage

    def use_sse_mock(self, events, interval_us):
        if self.sse_mock is not None:
            self.sse_mock.stop()
        self.sse_mock = processes.start_sse_mock(self.folder, self.arguments.build, self.sse_port, events, interval_us)

    def name_of(self, port):
        return {self.json_port: "direct", self.sse_port: "direct (SSE)", self.nginx_port: "nginx",
                self.nginx_sse_port: "nginx (SSE)", self.port: "pontage"}[port]

    def load_command(self, port, *options, body="body.json"):
        return [f"{self.arguments.build}/bench_load", "--name", self.name_of(port), "--port", str(port), "--body", str(self.folder / body),
                "--header", f"Authorization: Bearer {processes.KEY}", *map(str, options)]

    def load(self, port, *options, body="body.json"):
        done = subprocess.run(self.load_command(port, *options, body=body), capture_output=True, text=True, check=False,
                              timeout=120)
        if done.returncode != 0:
            raise RuntimeError(f"port {port} {options}: {done.stderr.strip()}")
        return json.loads(done.stdout)

    def measured(self, leg, what, run, sse=False):
        """One row: the leg's figures and its CPU per request (per event on streams), in microseconds."""
        port, process = self.leg(leg, sse)
        before = process.cpu_seconds()
        try:
            figures = run(port)
        except RuntimeError as error:
            raise RuntimeError(f"{leg}, {what}: {error}\n{process.log.read_text()[-2000:]}") from error
        spent = process.cpu_seconds() - before
        units = figures["event_delay_us"]["count"] if sse else figures["requests"]
        if figures["errors"]:
            raise RuntimeError(f"{leg} {what}: {figures['errors']} answers were not 200\n{process.log.read_text()[-2000:]}")
        if figures.get("reconnects"):
            print(f"{leg} {what}: the server closed {figures['reconnects']} connections between requests", flush=True)
        return {"leg": leg, "what": what, "units": units, "per_second": units / figures["seconds"],
                "cpu_us": spent * 1e6 / max(1, units), **{
                    key: value for key, value in figures.items() if key.endswith("_us") and isinstance(value, dict)}}

    def saturate(self, port):
        """wrk with 64 connections. Its own latency figures are of a closed loop and are not used."""
        done = subprocess.run(
            ["wrk", "-t1", "-c64", f"-d{self.arguments.seconds}s", "-s", str(HERE / "post.lua"),
             f"http://127.0.0.1:{port}/v1/chat/completions", "--", str(self.folder / "body.json"), processes.KEY],
            capture_output=True, text=True, check=True, timeout=120)
        found = re.search(r"^RESULT (\d+) (\d+) (\d+)$", done.stdout, re.MULTILINE)
        if found is None:
            raise RuntimeError(done.stdout + done.stderr)
        requests, errors, duration_us = map(int, found.groups())
        return {"requests": requests, "errors": errors, "seconds": duration_us / 1e6}


def json_round(bench, seconds):
    rows = []
    for what, run in (
        ("saturation, 64 connections", bench.saturate),
        ("1,000/s, 32 connections", lambda port: bench.load(port, "--rate", 1000, "--connections", 32, "--seconds", seconds)),
        ("3,000/s, 32 connections", lambda port: bench.load(port, "--rate", 3000, "--connections", 32, "--seconds", seconds)),
        ("concurrency 1", lambda port: bench.load(port, "--connections", 1, "--seconds", seconds)),
    ):
        for leg in LEGS:
            rows.append(bench.measured(leg, what, run))
    return rows


def sse_round(bench, seconds):
    """100 streams, an event each 10 ms: 10,000 events a second."""
    rows = []
    for leg in LEGS:
        rows.append(bench.measured(leg, "SSE, 100 streams, 10,000 events/s", lambda port: bench.load(
            port, "--sse", "--connections", 100, "--seconds", seconds, body="stream.json"), sse=True))
    return rows


def open_streams(bench, leg, count):
    """KiB of memory for each of `count` open streams."""
    port, process = bench.leg(leg, sse=True)
    before = process.rss_kib()
    child = subprocess.Popen(bench.load_command(port, "--hold", "--connections", count, body="stream.json"),
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    line = child.stdout.readline().strip()
    if line != "open":
        raise RuntimeError(f"{leg}: {count} streams did not open: {line}")
    during = process.rss_kib()
    child.communicate()
    return {"leg": leg, "what": f"{count} open streams", "kib_per_stream": (during - before) / count, "rss_kib": during}


def memory_of(bench, when):
    return [{"leg": leg, "what": f"RSS {when}", "rss_kib": bench.leg(leg)[1].rss_kib()} for leg in ("nginx", "pontage")]


def burst(bench):
    """200 requests with a body of 1 MiB, 8 at a time."""
    body = json.loads(processes.REQUEST)
    body["messages"][1]["content"] = "x" * (1 << 20)
    (bench.folder / "large.json").write_text(json.dumps(body))
    for leg in ("nginx", "pontage"):
        bench.load(bench.leg(leg)[0], "--rate", 50, "--connections", 8, "--seconds", 4, body="large.json")


def measure(bench, arguments):
    rows = memory_of(bench, "idle")
    bench.use_sse_mock(100, 10_000)
    for leg in LEGS:  # warm-up
        bench.load(bench.leg(leg)[0], "--connections", 64, "--seconds", 2)
        bench.load(bench.leg(leg, sse=True)[0], "--sse", "--connections", 20, "--seconds", 1, body="stream.json")
    for number in range(arguments.rounds):
        print(f"round {number + 1} of {arguments.rounds}", flush=True)
        rows += json_round(bench, arguments.seconds)
        rows += sse_round(bench, arguments.seconds)
    rows += memory_of(bench, "after the load")
    burst(bench)
    rows += memory_of(bench, "after a burst of 1 MiB bodies")
    bench.use_sse_mock(100_000, 1_000_000)
    for leg in ("nginx", "pontage"):
        rows.append(open_streams(bench, leg, 2000))
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--build", required=True, help="folder of bench_load and bench_sse_mock")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=6)
    parser.add_argument("--write", help="the document to write the table into")
    parser.add_argument("--raw", help="a file for the raw rows, one JSON object a line")
    arguments = parser.parse_args()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with tempfile.TemporaryDirectory(prefix="pontage-bench-") as name:
        Path(name).chmod(0o755)
        bench = Bench(Path(name), arguments)
        try:
            rows = measure(bench, arguments)
        finally:
            bench.stop()
    if arguments.raw:
        Path(arguments.raw).write_text("".join(json.dumps(row) + "\n" for row in rows))
    table = report.markdown(rows, arguments)
    print(table)
    if arguments.write:
        report.write(arguments.write, table)


if __name__ == "__main__":
    main()
