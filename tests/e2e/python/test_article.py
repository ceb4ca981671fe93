"""The article's five configuration snippets as they stand, with keys and addresses from the environment: they load, and
the three chains behave as it says."""
from pathlib import Path

import pytest

from house.process import run

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "article"
SNIPPETS = ["agentgateway.yaml", "agentgateway-observability.yaml", "claude-code-router.json",
            "portkey-conditional.yaml", "portkey-fallback.yaml"]
LONG_WORD = "bridge "  # one token each


@pytest.fixture
def environment(primary, secondary, local):
    """OpenAI is `primary`, Anthropic `secondary`, Ollama `local`."""
    return {
        "OPENAI_API_KEY": "sk-openai", "OPENAI_BASE_URL": f"{primary.url}/v1",
        "ANTHROPIC_API_KEY": "sk-ant", "ANTHROPIC_BASE_URL": secondary.url,
        "OLLAMA_HOST": local.url,
    }


def models(simulator):
    return [row["model"] for row in simulator.requests()]


@pytest.mark.parametrize("name", SNIPPETS)
def test_a_snippet_passes_check(name, tmp_path, environment):
    code, out, err = run(["check", str(FIXTURES / name)], tmp_path, environment)
    assert code == 0, out + err


@pytest.mark.parametrize("name", SNIPPETS)
def test_a_snippet_loads_without_any_key(name, tmp_path):
    code, out, err = run(["check", str(FIXTURES / name)], tmp_path)
    assert code == 0, out + err


@pytest.mark.parametrize("name", SNIPPETS)
def test_a_converted_snippet_is_a_native_file_that_passes(name, tmp_path, environment):
    code, native, err = run(["convert", str(FIXTURES / name)], tmp_path, environment)
    assert code == 0, err
    assert "sk-openai" not in native
    converted = tmp_path / "native.yaml"
    converted.write_text(native)
    code, out, err = run(["check", "-c", str(converted)], tmp_path, environment)
    assert code == 0, native + out + err


@pytest.mark.parametrize("name", SNIPPETS)
def test_a_snippet_serves(name, serve, environment):
    gateway = serve(FIXTURES / name, environment)
    answer = gateway.chat(model="gpt-4o")
    assert answer.status == 200
    assert answer.json()["choices"][0]["message"]["content"]


@pytest.mark.parametrize("addresses", ["their own", "from the environment"])
def test_the_shadowed_rule_is_named(tmp_path, environment, addresses):
    """A short request with PII goes to a cloud model before the PII rule is reached: check says exactly that."""
    given = environment if addresses == "from the environment" else None
    _, out, err = run(["check", str(FIXTURES / "portkey-conditional.yaml")], tmp_path, given)
    warning = next(line for line in (out + err).splitlines() if "contains_pii" in line)
    assert "warning" in warning
    assert "request.tokens < 500" in warning


def test_a_part_that_is_not_live_is_named(tmp_path, environment):
    _, out, err = run(["check", str(FIXTURES / "agentgateway-observability.yaml")], tmp_path, environment)
    assert "otlp" in (out + err).lower()
    assert "warning" in (out + err).lower()


def test_chain_1_retries_each_target_and_takes_the_next(serve, environment, primary, secondary, local):
    gateway = serve(FIXTURES / "agentgateway.yaml", environment)
    assert gateway.chat().headers["x-pontage-provider"] == "openai"
    assert models(primary) == ["gpt-4o"]
    primary.fault("gpt-4o", "status=503")
    answer = gateway.chat()
    assert answer.headers["x-pontage-provider"] == "anthropic"
    assert models(primary) == ["gpt-4o"] * 4, "one, and then the first try and two retries"
    assert models(secondary) == ["claude-sonnet-4-20250514"]


def test_chain_1_ends_in_the_local_model(serve, environment, primary, secondary, local):
    primary.fault("gpt-4o", "status=500")
    secondary.fault("claude-sonnet-4-20250514", "status=529")
    gateway = serve(FIXTURES / "agentgateway.yaml", environment)
    answer = gateway.chat(stream=True)
    assert answer.headers["x-pontage-provider"] == "ollama"
    assert models(local) == ["llama3.1:70b"]
    assert primary.requests()
    assert secondary.requests()


def test_chain_1_skips_what_has_no_key(serve, environment, primary, secondary, local):
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY"):
        del environment[name]
    gateway = serve(FIXTURES / "agentgateway.yaml", environment)
    answer = gateway.chat()
    assert answer.headers["x-pontage-provider"] == "ollama"
    assert "not configured" in answer.headers["x-pontage-decision"]
    assert primary.requests() == secondary.requests() == []


@pytest.mark.parametrize(("words", "pii", "model"), [
    (10, False, "gpt-4o-mini"), (1000, False, "gpt-4o"), (6000, False, "gpt-4o-mini"),
    (10, True, "gpt-4o-mini"), (1000, True, "gpt-4o"), (6000, True, "llama3.1:70b"),
])
def test_chain_2_routes_by_tokens_and_then_by_metadata(serve, environment, primary, local, words, pii, model):
    gateway = serve(FIXTURES / "portkey-conditional.yaml", environment)
    fields = {"metadata": {"contains_pii": "true"}} if pii else {}
    answer = gateway.chat(model="gpt-4o", text=LONG_WORD * words, **fields)
    assert answer.headers["x-pontage-model"] == model
    assert models(local if model.startswith("llama") else primary) == [model]


@pytest.mark.parametrize("script", ["status=429", "status=500", "status=503", "refuse"])
def test_chain_3_jumps_to_the_next(serve, environment, primary, secondary, script):
    primary.fault("gpt-4o", script)
    gateway = serve(FIXTURES / "portkey-fallback.yaml", environment)
    assert gateway.chat().headers["x-pontage-model"] == "gpt-4o-mini"
    assert "gpt-4o" in models(primary)
    primary.fault("gpt-4o-mini", script)
    assert gateway.chat().headers["x-pontage-model"] == "claude-sonnet-4-20250514"
    assert models(secondary) == ["claude-sonnet-4-20250514"]


def test_chain_3_cuts_what_takes_longer_than_5_seconds(serve, environment, primary):
    primary.fault("gpt-4o", "slow_headers_ms=60000")
    gateway = serve(FIXTURES / "portkey-fallback.yaml", environment)
    answer = gateway.chat()
    assert answer.headers["x-pontage-model"] == "gpt-4o-mini"
    slow = next(row for row in primary.ended(2) if row["model"] == "gpt-4o")
    assert 4_500 <= slow["closed_by_client_after_ms"] <= 8_000


def test_claude_code_router_sends_to_its_default(serve, environment, secondary):
    gateway = serve(FIXTURES / "claude-code-router.json", environment)
    answer = gateway.chat(model="claude-sonnet-4-20250514")
    assert answer.headers["x-pontage-provider"] == "anthropic"
    assert models(secondary) == ["claude-sonnet-4-20250514"]
