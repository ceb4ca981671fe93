"""Running it: health, metrics, the access log, reload, drain."""
import json
import re
import signal
import subprocess
import threading

import pytest

from house import configs
from house.process import eventually
from house.raw import Raw, post

CHAT = "/v1/chat/completions"


def test_health_and_readiness(serve, primary):
    gateway = serve(configs.single(primary.url))
    assert gateway.call("GET", "/healthz").status == 200
    assert gateway.call("GET", "/readyz").status == 200
    assert primary.requests() == []


def test_the_headers_of_an_answer(serve, primary):
    gateway = serve(configs.single(primary.url))
    answer = gateway.chat()
    assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{26}", answer.headers["x-pontage-request-id"])
    assert answer.headers["x-pontage-provider"] == "only"
    assert answer.headers["x-pontage-model"] == "single"
    assert answer.headers["x-pontage-attempts"] == "1"
    assert answer.headers["x-pontage-cost-usd"] == "unknown", "no price is not a price of zero"
    assert int(answer.headers["x-pontage-overhead-us"]) >= 0
    assert "only" in answer.headers["x-pontage-decision"]
    assert "set-cookie" not in answer.headers


def test_a_priced_answer_says_its_cost(serve, primary):
    """gpt-4o costs 2.50 and 10.00 USD a million tokens in config/models.yaml."""
    environment = {"OPENAI_API_KEY": "sk-x", "OPENAI_BASE_URL": f"{primary.url}/v1"}
    gateway = serve(configs.CATALOGUE, environment)
    primary.fault("gpt-4o", "prompt_tokens=1000,completion_tokens=500")
    answer = gateway.chat()
    assert float(answer.headers["x-pontage-cost-usd"]) == pytest.approx(0.0075)
    assert gateway.metric("pontage_cost_usd_total", provider="openai", model="gpt-4o") == pytest.approx(0.0075)
    gateway.chat(stream=True)
    eventually(lambda: gateway.metric("pontage_cost_usd_total") == pytest.approx(0.015), "a stream costs the same")
    assert gateway.metric("pontage_unpriced_requests_total") == 0


def test_debug_adds_the_decision(serve, primary, secondary):
    primary.fault("first", "status=500")
    gateway = serve(configs.fallback(primary.url, secondary.url))
    answer = gateway.chat(headers={"x-pontage-debug": "1"}).json()["pontage"]
    said = json.dumps(answer)
    assert "first" in said
    assert "second" in said
    assert "500" in said
    assert "pontage" not in gateway.chat().json()
    stream = gateway.chat(headers={"x-pontage-debug": "1"}, stream=True).text
    comments = [line for line in stream.splitlines() if line.startswith(":")]
    assert "second" in comments[-1]


def test_credentials_and_cookies_go_to_no_provider(serve, primary):
    gateway = serve(configs.single(primary.url))
    gateway.chat(headers={"authorization": "Bearer client-secret", "cookie": "a=b", "openai-organization": "org-1",
                          "x-forwarded-for": "10.0.0.1"})
    row = primary.ended(1)[0]
    sent = dict(row["headers"]) if isinstance(row["headers"], list) else row["headers"]
    assert not {"cookie", "openai-organization", "x-forwarded-for"} & set(sent)
    assert "client-secret" not in json.dumps(row)
    assert row["credential"] == "bearer"


def test_metrics_are_what_prometheus_wants(serve, primary, secondary):
    primary.fault("first", "times=1,status=500")
    gateway = serve(configs.fallback(primary.url, secondary.url))
    gateway.chat()
    gateway.chat()
    gateway.chat(stream=True)
    answer = gateway.admin("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    checked = subprocess.run(["promtool", "check", "metrics"], input=answer.body, capture_output=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert gateway.metric("pontage_requests_total", outcome="ok") == 3
    assert gateway.metric("pontage_requests_total", provider="secondary", outcome="ok") == 1
    assert gateway.metric("pontage_attempts_total", provider="primary") == 3
    assert gateway.metric("pontage_attempts_total", provider="secondary") == 1
    assert gateway.metric("pontage_fallbacks_total", from_provider="primary", to_provider="secondary") == 1
    assert gateway.metric("pontage_requests_rerouted_total") == 1
    assert gateway.metric("pontage_tokens_total") > 0
    assert gateway.metric("gen_ai_client_token_usage_count") > 0
    assert gateway.metric("gen_ai_server_request_duration_seconds_count") == 3
    assert gateway.metric("gen_ai_server_time_to_first_token_seconds_count") >= 1
    assert gateway.metric("pontage_overhead_seconds_count") == 3
    assert gateway.metric("pontage_inflight") == 0
    assert gateway.metric("pontage_streams_open") == 0
    assert gateway.metric("pontage_config_info") == 1
    assert gateway.metric("pontage_config_reload_success") == 1


def test_a_model_without_a_price_is_counted(serve, primary):
    gateway = serve(configs.single(primary.url))
    gateway.chat()
    assert gateway.metric("pontage_unpriced_requests_total", provider="only") == 1


def test_open_streams_are_counted_while_they_are_open(serve, primary):
    primary.fault("single", "stall=2")
    gateway = serve(configs.single(primary.url))
    body = json.dumps({"model": "any", "stream": True, "messages": [{"role": "user", "content": "Hi"}]}).encode()
    with Raw(gateway.address) as raw:
        raw.send(post(CHAT, body))
        assert raw.read_head()[0] == 200
        assert gateway.metric("pontage_streams_open") == 1
        assert gateway.metric("pontage_inflight", provider="only") == 1
    eventually(lambda: gateway.metric("pontage_streams_open") == 0, "the stream is closed")
    eventually(lambda: gateway.metric("pontage_inflight") == 0, "nothing is in flight")


def test_each_request_has_one_log_line(serve, primary, secondary):
    primary.fault("first", "status=500")
    gateway = serve(configs.fallback(primary.url, secondary.url))
    for stream in (False, True):
        answer = gateway.chat(stream=stream)
        row = gateway.logged(answer.headers["x-pontage-request-id"])
        said = json.dumps(row)
        for word in ("secondary", "second", "/v1/chat/completions"):
            assert word in said
        assert "Hello" not in said, "prompts are not stored"
    refused = gateway.call("POST", CHAT, "{")
    assert gateway.logged(refused.headers["x-pontage-request-id"])


@pytest.mark.parametrize("how", ["SIGHUP", "file"])
def test_reload(serve, primary, secondary, how):
    gateway = serve(configs.single(primary.url))
    assert gateway.chat().headers["x-pontage-provider"] == "only"
    text = configs.single(secondary.url).replace("only", "other")
    gateway.write_config(text)
    if how == "SIGHUP":
        gateway.signal(signal.SIGHUP)
    eventually(lambda: gateway.chat().headers["x-pontage-provider"] == "other", "the new version serves")
    assert gateway.metric("pontage_config_reload_success") == 1


def test_a_bad_file_keeps_the_old_one_serving(serve, primary):
    gateway = serve(configs.single(primary.url))
    good = gateway.config_path.read_text()
    gateway.reload(good.replace("provider: only", "provider: onyl"))
    eventually(lambda: gateway.metric("pontage_config_reload_success") == 0, "the metric says so")
    assert gateway.chat().headers["x-pontage-provider"] == "only"
    assert "onyl" in gateway.errors() + gateway.output()
    gateway.reload(good)
    eventually(lambda: gateway.metric("pontage_config_reload_success") == 1, "the good file is taken")


def test_a_request_in_flight_finishes_on_its_version(serve, primary, secondary):
    primary.fault("single", "tps=20,tokens=20")
    gateway = serve(configs.single(primary.url))
    answers = []
    thread = threading.Thread(target=lambda: answers.append(gateway.chat(stream=True)))
    thread.start()
    eventually(primary.requests, "the request is at the provider")
    gateway.reload(configs.single(secondary.url).replace("only", "other"))
    eventually(lambda: gateway.chat().headers["x-pontage-provider"] == "other", "the new version serves")
    thread.join(20)
    assert answers[0].headers["x-pontage-provider"] == "only"
    assert answers[0].text.rstrip().endswith("data: [DONE]")


def test_sigterm_finishes_streams_and_takes_no_more(serve, primary):
    primary.fault("single", "tps=20,tokens=20")
    gateway = serve(configs.single(primary.url))
    answers = []
    thread = threading.Thread(target=lambda: answers.append(gateway.chat(stream=True)))
    thread.start()
    eventually(primary.requests, "the request is at the provider")
    gateway.signal(signal.SIGTERM)

    def refused():
        try:
            return gateway.call("GET", "/readyz").status == 503
        except (ConnectionError, OSError):
            return True

    eventually(refused, "no new request is taken")
    thread.join(20)
    assert answers[0].status == 200
    assert answers[0].text.rstrip().endswith("data: [DONE]")
    assert gateway.wait() == 0


def test_sigterm_cuts_what_outlasts_the_deadline(serve, primary):
    primary.fault("single", "stall=2")
    gateway = serve(configs.single(primary.url, server="server: { drain: 300ms }"))
    body = json.dumps({"model": "any", "stream": True, "messages": [{"role": "user", "content": "Hi"}]}).encode()
    with Raw(gateway.address) as raw:
        raw.send(post(CHAT, body))
        assert raw.read_head()[0] == 200
        gateway.signal(signal.SIGTERM)
        assert gateway.wait() == 0
        assert raw.closed()
        assert b"[DONE]" not in raw.buffer, "a cut answer is never passed off as whole"


def test_a_second_daemon_cannot_take_the_port(serve, tmp_path, primary):
    from house.process import run

    gateway = serve(configs.single(primary.url))
    file = tmp_path / "second.yaml"
    file.write_text(configs.single(primary.url))
    code, _, _ = run(["serve", "-c", str(file), "--listen", gateway.address, "--admin-listen", "127.0.0.1:0"], tmp_path)
    assert code != 0
    assert gateway.chat().status == 200
