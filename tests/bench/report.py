"""Turns the raw rows of a benchmark into tables: the median of the rounds, with the range beside it."""
import datetime
import json
import platform
import re
import subprocess
from pathlib import Path
from statistics import median

BEGIN, END = "<!-- results:begin -->", "<!-- results:end -->"


def spread(values, digits=1):
    """`12.3 (11.9 to 13.0)`."""
    if not values:
        return "-"
    return f"{median(values):,.{digits}f} ({min(values):,.{digits}f} to {max(values):,.{digits}f})"


def rows_of(rows, what, leg):
    return [row for row in rows if row["what"] == what and row["leg"] == leg]


def ratios(rows, what, key):
    """Pontage over nginx, round by round: what the machine did to both in the same minute cancels out."""
    return [ours[key] / theirs[key] for ours, theirs in
            zip(rows_of(rows, what, "pontage"), rows_of(rows, what, "nginx"), strict=True)]


def added(rows, what, leg, figure, share):
    """Latency over direct's, round by round."""
    return [row[figure][share] - base[figure][share] for row, base in
            zip(rows_of(rows, what, leg), rows_of(rows, what, "direct"), strict=True)]


def cpu_table(rows, whats):
    lines = ["| work | nginx: CPU µs | Pontage: CPU µs | Pontage / nginx | nginx: a second | Pontage: a second |",
             "|---|---|---|---|---|---|"]
    for what in whats:
        nginx, pontage = rows_of(rows, what, "nginx"), rows_of(rows, what, "pontage")
        lines.append(
            f"| {what} | {spread([row['cpu_us'] for row in nginx])} | {spread([row['cpu_us'] for row in pontage])} "
            f"| **{spread(ratios(rows, what, 'cpu_us'), 2)}** | {median(row['per_second'] for row in nginx):,.0f} "
            f"| {median(row['per_second'] for row in pontage):,.0f} |")
    return lines


def latency_table(rows, whats):
    lines = ["| work | direct p50 µs | nginx: added p50 | Pontage: added p50 | nginx: added p99 | Pontage: added p99 "
             "| nginx: added p99.9 | Pontage: added p99.9 |", "|---|---|---|---|---|---|---|---|"]
    for what, figure, name in whats:
        direct = [row[figure]["p50"] for row in rows_of(rows, what, "direct")]
        cells = [spread(added(rows, what, leg, figure, share))
                 for share in ("p50", "p99", "p999") for leg in ("nginx", "pontage")]
        lines.append(f"| {name} | {spread(direct)} | {cells[0]} | **{cells[1]}** | " + " | ".join(cells[2:]) + " |")
    return lines


def memory_table(rows):
    lines = ["| moment | nginx | Pontage |", "|---|---|---|"]
    for what in dict.fromkeys(row["what"] for row in rows if "rss_kib" in row):
        cells = []
        for leg in ("nginx", "pontage"):
            row = rows_of(rows, what, leg)[0]
            per = f", {row['kib_per_stream']:.1f} KiB a stream" if "kib_per_stream" in row else ""
            cells.append(f"{row['rss_kib'] / 1024:.1f} MiB{per}")
        lines.append(f"| {what} | {cells[0]} | {cells[1]} |")
    return lines


def output_of(*command):
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return (done.stdout + done.stderr).strip()
    except OSError:
        return "?"


def machine():
    model = re.search(r"^model name\s*:\s*(.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    cores = len(re.findall(r"^processor\s*:", Path("/proc/cpuinfo").read_text(), re.MULTILINE))
    return f"{cores} cores of {model.group(1) if model else platform.machine()}, Linux {platform.release()}"


def versions(binary):
    nginx = re.search(r"nginx/\S+", output_of("/usr/sbin/nginx", "-v"))
    pontage = output_of(binary, "version").splitlines()
    wrk = re.search(r"wrk \S+", output_of("wrk", "-v"))
    return ", ".join(part for part in (pontage[0] if pontage else "pontage", nginx and nginx.group(),
                                       wrk and wrk.group()) if part)


def markdown(rows, arguments):
    whats = list(dict.fromkeys(row["what"] for row in rows if "cpu_us" in row))
    latencies = []
    for what in whats:
        if what.startswith("SSE"):
            latencies.append((what, "first_event_us", "SSE: time to the first event"))
            latencies.append((what, "event_delay_us", "SSE: each event"))
        elif not what.startswith("saturation"):
            latencies.append((what, "latency_us", what))
    today = datetime.datetime.now(datetime.timezone.utc).date().isoformat()
    lines = [
        f"{today}; {machine()}; {versions(arguments.binary)}. {arguments.rounds} rounds of {arguments.seconds} s a leg,",
        "legs interleaved; median and, in brackets, the range over the rounds.", "",
        "**CPU** of the proxy per request (per event on streams), user and system:", "", *cpu_table(rows, whats), "",
        "**Added latency** in µs, over the direct leg of the same round:", "", *latency_table(rows, latencies), "",
        "**Memory** (nginx: master and worker):", "", *memory_table(rows), "",
        "<details><summary>Raw rows</summary>", "", "```json", *(json.dumps(compact(row)) for row in rows), "```", "",
        "</details>",
    ]
    return "\n".join(lines)


def compact(row):
    return {key: round(value, 2) if isinstance(value, float) else value for key, value in row.items()}


def write(path, table):
    text = Path(path).read_text(encoding="utf-8")
    head, rest = text.split(BEGIN, 1)
    tail = rest.split(END, 1)[1]
    Path(path).write_text(f"{head}{BEGIN}\n{table}\n{END}{tail}", encoding="utf-8")
