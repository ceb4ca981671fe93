"""The ledger over the real binary: what a client saw complete has exactly one record, whatever dies when."""
import json
import os
import random
import signal
import sqlite3
import subprocess
import threading

import pytest

from house.gateway import Gateway
from house.process import BINARY, clean_environment, eventually

ROUNDS = int(os.environ.get("PONTAGE_KILL_ROUNDS", "20"))


def config(*simulators, more=""):
    names = [f"p{i}" for i in range(len(simulators))]
    lines = ["server: { workers: 2, auth: none }", "providers:"]
    lines += [f'  {name}: {{ kind: openai, api_key: k, base_url: "{each.url}/v1" }}' for name, each in zip(names, simulators)]
    lines += ["models:"]
    lines += [f'  "{name}/gpt-4o": {{ price: {{ source: a contract, as_of: 2026-01-01, input: 2.5, output: 10 }} }}' for name in names]
    targets = ", ".join(f"{{ provider: {name}, model: gpt-4o }}" for name in names)
    lines += ["routes:", "  - name: chat", f"    chain: [ {{ fallback: [ {targets} ] }} ]", more]
    return "\n".join(lines) + "\n"


def run(gateway, *arguments):
    return subprocess.run([BINARY, *arguments, "-c", str(gateway.config_path)], capture_output=True, text=True, timeout=60,
                          cwd=gateway.folder, env=clean_environment({"PONTAGE_STATE_DIR": str(gateway.folder)}))


def audit(gateway):
    return run(gateway, "audit", "--admin", gateway.admin_address)


def stored(gateway):
    """{id: record} of all that the ledger has."""
    rows, cursor = {}, ""
    while cursor is not None:
        page = gateway.admin(f"/api/v1/requests?limit=1000&cursor={cursor}").json()
        for row in page["requests"]:
            assert row["id"] not in rows
            rows[row["id"]] = row
        cursor = page["next_cursor"]
    return rows


def test_reports_audit_and_api_say_the_same(serve, primary, secondary):
    gateway = serve(config(primary, secondary))
    tags = {"x-pontage-tags": "team=search,client==acme", "x-pontage-user": "anna"}
    answers = [gateway.chat(headers=tags) for _ in range(3)]
    stream = gateway.chat(headers=tags, stream=True)
    assert "[DONE]" in stream.text
    assert gateway.call("POST", "/v1/chat/completions", "no json").status == 400
    ids = [answer.headers["x-pontage-request-id"] for answer in [*answers, stream]]
    rows = eventually(lambda: (found := stored(gateway)) and len(found) == 4 and found, "four records")
    assert set(rows) == set(ids)
    assert {row["tags"]["team"] for row in rows.values()} == {"search"}
    whole = gateway.admin(f"/api/v1/requests/{ids[0]}").json()
    assert [attempt["provider"] for attempt in whole["attempts"]] == ["p0"]
    assert whole["decision"] == answers[0].headers["x-pontage-decision"]
    assert whole["cost_nanousd"] == sum(line["nanousd"] for line in whole["cost_lines"])
    assert whole["output_tokens"] == answers[0].json()["usage"]["completion_tokens"]
    assert gateway.admin("/api/v1/requests/none").status == 404
    assert len(gateway.admin("/api/v1/requests?user=bert").json()["requests"]) == 0
    assert gateway.admin("/api/v1/requests?usr=anna").status == 400
    spent = gateway.admin("/api/v1/spend?by=tag:team&since=1d").json()["spend"]
    assert [(row["value"], row["requests"]) for row in spent] == [("search", 4)]
    report = run(gateway, "report", "--by", "user", "--since", "1d", "--json")
    assert [(row["value"], row["requests"]) for row in json.loads(report.stdout)["spend"]] == [("anna", 4)]
    assert "anna" in run(gateway, "report", "--by", "user").stdout
    assert run(gateway, "report", "--by", "user", "--format", "csv").stdout.splitlines()[1].startswith('"anna",4,')
    assert run(gateway, "report", "--by", "colour").returncode == 1
    result = audit(gateway)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "4 records" in result.stdout and "counters were compared" in result.stdout
    assert gateway.metric("pontage_ledger_records_total") == 4
    assert gateway.metric("pontage_requests_unrecorded_total") == 1


def test_a_second_daemon_is_refused(serve, primary):
    gateway = serve(config(primary))
    second = subprocess.run([BINARY, "serve", "-c", str(gateway.config_path), "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"],
                            capture_output=True, text=True, timeout=60, cwd=gateway.folder,
                            env=clean_environment({"PONTAGE_STATE_DIR": str(gateway.folder)}))
    assert second.returncode == 1
    assert "another pontage keeps" in second.stderr


def test_ledger_off_and_unknown_stores(serve, primary, tmp_path):
    gateway = serve(config(primary, more="ledger: off\n"))
    assert gateway.chat().status == 200
    assert gateway.admin("/api/v1/requests").status == 404
    assert not list(gateway.folder.glob("*.db*"))
    bad = tmp_path / "bad.yaml"
    bad.write_text(config(primary, more="ledger: { store: 'postgres://db/ledger' }\n"))
    checked = subprocess.run([BINARY, "check", "-c", str(bad)], capture_output=True, text=True, timeout=60)
    assert checked.returncode == 1
    assert "PostgreSQL is not in this version" in checked.stderr


class Load:
    """Clients that ask without a pause, and remember which answers they saw whole."""

    def __init__(self, gateway, clients=6):
        self.gateway = gateway
        self.complete = []
        self.stopping = threading.Event()
        self.threads = [threading.Thread(target=self._run, args=(i,)) for i in range(clients)]
        for thread in self.threads:
            thread.start()

    def _run(self, number):
        streamed = number % 2 == 0
        while not self.stopping.is_set():
            try:
                answer = self.gateway.chat(stream=True) if streamed else self.gateway.chat()
            except (OSError, ValueError, AttributeError):
                continue
            except Exception:  # http.client's own, of a connection that broke
                continue
            if answer.status == 200 and (not streamed or "[DONE]" in answer.text):
                self.complete.append(answer.headers["x-pontage-request-id"])

    def stop(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join()


def test_killed_at_random_moments_nothing_is_lost_or_doubled(tmp_path, primary, secondary):
    text = config(primary, secondary)
    complete = []
    rolls = random.Random(7)
    for _ in range(ROUNDS):
        gateway = Gateway(tmp_path, text, name="gateway")
        load = Load(gateway)
        wanted = rolls.randint(1, 120)
        try:
            eventually(lambda: len(load.complete) >= wanted, f"{wanted} answers", 60)
        finally:
            gateway.child.send_signal(signal.SIGKILL)
            load.stop()
        gateway.child.wait()
        complete += load.complete
    gateway = Gateway(tmp_path, text, name="gateway")
    try:
        result = audit(gateway)
        assert result.returncode == 0, result.stdout + result.stderr
        rows = stored(gateway)  # each id once, or it fails
        missing = [each for each in complete if each not in rows]
        assert not missing, f"{len(missing)} of {len(complete)} answers have no record"
        assert {rows[each]["outcome"] for each in complete} == {"ok"}
        assert all(row.get("estimated") for row in rows.values() if row["outcome"] == "lost")
        left = [path for path in tmp_path.glob("pontage.db.journal/*.journal") if path.name.count("-") == 2]
        assert len({path.name.split("-")[0] for path in left}) <= 1, "only this boot has segments"
    finally:
        assert gateway.stop() == 0


def test_what_was_in_flight_when_it_died_is_lost_and_estimated(tmp_path, primary):
    text = config(primary)
    gateway = Gateway(tmp_path, text, name="gateway")
    primary.fault("*", "ttft_ms=60000")
    try:
        asked = threading.Thread(target=lambda: pytest.raises(Exception, gateway.chat, "any", "Hello " * 400,
                                                              {"x-pontage-user": "anna"}, stream=True, max_tokens=100))
        asked.start()
        eventually(lambda: len(primary.requests()) == 1, "the provider has the request")
        gateway.child.send_signal(signal.SIGKILL)
        asked.join()
        gateway.child.wait()
    finally:
        primary.fault("*", "")
    gateway = Gateway(tmp_path, text, name="gateway")
    try:
        assert audit(gateway).returncode == 0
        (row,) = stored(gateway).values()
        assert row["outcome"] == "lost" and row["estimated"]
        assert (row["user"], row["provider"], row["model"]) == ("anna", "p0", "gpt-4o")
        assert row["output_tokens"] == 100, "what had been reserved"
        assert row["input_tokens"] > 400
        assert row["cost_nanousd"] == row["input_tokens"] * 2500 + 100 * 10000
    finally:
        assert gateway.stop() == 0


def test_a_backup_taken_while_it_runs_can_be_restored(serve, tmp_path, primary):
    gateway = serve(config(primary))
    ids = {gateway.chat().headers["x-pontage-request-id"] for _ in range(3)}
    eventually(lambda: len(stored(gateway)) == 3, "three records")
    folder = tmp_path / "restored"
    folder.mkdir()
    source, copy = sqlite3.connect(gateway.folder / "pontage.db"), sqlite3.connect(folder / "pontage.db")
    source.backup(copy)
    source.close()
    copy.close()
    with Gateway(folder, config(primary), name="gateway") as restored:
        assert restored.chat().status == 200
        eventually(lambda: len(stored(restored)) == 4, "the old ones and a new one")
        assert ids < set(stored(restored))
        assert audit(restored).returncode == 0


@pytest.mark.parametrize("damage", ["rollup", "record"])
def test_audit_finds_what_was_tampered_with(serve, primary, damage):
    gateway = serve(config(primary))
    assert gateway.chat().status == 200
    eventually(lambda: stored(gateway), "the record")
    with sqlite3.connect(gateway.folder / "pontage.db") as book:
        if damage == "rollup":
            book.execute("UPDATE rollups SET cost=cost+1 WHERE dimension='model' AND span=1")
        else:
            book.execute("DELETE FROM records")
    result = audit(gateway)
    assert result.returncode == 1
    assert "the records say" in result.stderr
