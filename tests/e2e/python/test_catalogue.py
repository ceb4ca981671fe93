"""The catalogue: a vendor that only a file knows answers, the list of models is what clients read, and the commands that
print it."""
import json

import pytest
from openai import OpenAI

from house.process import eventually, run

VENDORS = """
vendors:
  - {{ id: acme, name: Acme, aliases: [acme-ai], kind: openai, base_url: "{url}/v1", key: [ACME_API_KEY] }}
"""
MODELS = """
version: 1
currency: USD
unit: per_million_tokens
models:
  - provider: acme
    model: acme-large
    tier: standard
    context: 128000
    max_output: 8192
    can: [tools, temperature]
    prices: [ { source: acme.example, as_of: 2026-07-01, input: 2.00, output: 4.00 } ]
"""


@pytest.fixture
def files(tmp_path, primary):
    vendors, models = tmp_path / "vendors.yaml", tmp_path / "models.yaml"
    vendors.write_text(VENDORS.format(url=primary.url))
    models.write_text(MODELS)
    return vendors, models


@pytest.fixture
def catalogue(files):
    vendors, models = files
    return f"catalogue: {{ providers: {vendors}, models: {models} }}\n"


@pytest.mark.parametrize("model", ["acme/acme-large", "acme-ai/acme-large", "acme-large"])
def test_a_vendor_is_a_row_and_no_code(serve, primary, catalogue, model):
    gateway = serve(catalogue, {"ACME_API_KEY": "ak-1"})
    primary.fault("acme-large", "prompt_tokens=1000,completion_tokens=500")
    client = OpenAI(base_url=gateway.base_url, api_key="any", max_retries=0)
    answer = client.chat.completions.with_raw_response.create(
        model=model, messages=[{"role": "user", "content": "Hello"}])
    assert answer.parse().choices[0].message.content
    assert answer.headers["x-pontage-provider"] == "acme"
    assert float(answer.headers["x-pontage-cost-usd"]) == pytest.approx(0.004)
    sent = primary.requests()[-1]
    assert sent["model"] == "acme-large"


def test_without_its_key_it_is_skipped_with_that_reason(serve, catalogue):
    gateway = serve(catalogue)
    answer = gateway.chat(model="acme/acme-large")
    assert answer.status >= 400
    assert "ACME_API_KEY is not set" in answer.text + answer.headers["x-pontage-decision"]


def test_a_reload_reads_the_files_again(serve, files, catalogue, primary):
    gateway = serve(catalogue, {"ACME_API_KEY": "ak-1"})
    _, models = files
    primary.fault("acme-large", "prompt_tokens=1000,completion_tokens=500")
    models.write_text(MODELS.replace("2.00", "4.00").replace("4.00 } ]", "8.00 } ]"))
    gateway.reload(catalogue + "# touched\n")
    eventually(lambda: gateway.chat(model="acme-large").headers["x-pontage-cost-usd"] == "0.008", "the new price holds")


def test_the_sdk_reads_the_list(serve, catalogue):
    gateway = serve(catalogue + "models: { fast: acme/acme-large }\n", {"ACME_API_KEY": "ak-1"})
    client = OpenAI(base_url=gateway.base_url, api_key="any", max_retries=0)
    listed = {model.id: model for model in client.models.list()}
    assert {"fast", "acme-large"} <= set(listed)
    fast = client.models.retrieve("fast").model_dump()
    assert fast["pricing"] == {"prompt": "0.000002", "completion": "0.000004"}
    assert fast["context_length"] == 128000
    assert client.models.retrieve("acme/acme-large").id == "acme/acme-large"


def test_providers_lists_what_is_configured(tmp_path):
    code, out, err = run(["providers", "--json"], tmp_path, {"GROQ_API_KEY": "gk-secret"})
    assert code == 0, err
    rows = {row["id"]: row for row in json.loads(out)}
    assert len(rows) > 140
    assert rows["groq"]["configured"] and rows["groq"]["served"]
    assert rows["openai"]["reason"] == "OPENAI_API_KEY is not set"
    assert not rows["gitlab"]["served"] and "gitlab" in rows["gitlab"]["reason"]
    assert "gk-secret" not in out, "no key is printed"
    code, out, _ = run(["providers"], tmp_path)
    assert code == 0 and "https://api.groq.com" in out


def test_models_lists_one_providers(tmp_path, files, catalogue):
    config = tmp_path / "pontage.yaml"
    config.write_text(catalogue)
    code, out, err = run(["models", "--json", "--provider", "acme-ai", "-c", str(config)], tmp_path)
    assert code == 0, err
    (row,) = json.loads(out)
    assert (row["provider"], row["model"], row["price"]["input"]) == ("acme", "acme-large", "2.00")
    code, out, _ = run(["models"], tmp_path)
    assert code == 0 and len(out.splitlines()) > 1700
    code, _, err = run(["models", "--provider", "gorq"], tmp_path)
    assert code == 1 and 'did you mean "groq"' in err
