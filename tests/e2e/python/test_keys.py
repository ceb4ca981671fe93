"""Who may come in: client keys (stored hashed), the admin token, and what never leaks."""
import hashlib

import pytest

from house import configs
from house.process import run

SECRET = "pk-a-secret-of-the-search-team"


def keyed(url, secret=SECRET):
    digest = hashlib.sha256(secret.encode()).hexdigest()
    server = f"""server: {{ auth: keys }}
keys:
  - {{ name: search, secret_hash: "sha256:{digest}", tags: {{ team: search }}, models: ["allowed-*"] }}
admin: {{ token: an-admin-token }}"""
    return configs.single(url, server=server)


@pytest.fixture
def gateway(serve, primary):
    return serve(keyed(primary.url))


@pytest.mark.parametrize("header", [{"authorization": f"Bearer {SECRET}"}, {"x-api-key": SECRET}])
def test_a_key_opens(gateway, primary, header):
    assert gateway.chat(model="allowed-1", headers=header).status == 200
    sent = primary.ended(1)[0]["headers"]
    assert SECRET not in str(sent), "the client's key goes to no provider"


@pytest.mark.parametrize("header", [
    {}, {"authorization": "Bearer wrong"}, {"authorization": f"Basic {SECRET}"}, {"authorization": "Bearer "},
    {"x-api-key": SECRET + "x"}, {"authorization": "Bearer " + "a" * 5000},
])
def test_anything_else_is_401(gateway, primary, header):
    answer = gateway.chat(model="allowed-1", headers=header)
    assert answer.status == 401
    assert answer.json()["error"]["code"] == "invalid_api_key"
    assert primary.requests() == []


def test_a_model_that_the_key_may_not_use_is_403(gateway, primary):
    answer = gateway.chat(model="forbidden", headers={"authorization": f"Bearer {SECRET}"})
    assert answer.status == 403
    assert answer.json()["error"]["code"] == "permission_denied"
    assert primary.requests() == []


def test_health_needs_no_key(gateway):
    assert gateway.call("GET", "/healthz").status == 200
    assert gateway.call("GET", "/readyz").status == 200


def test_the_secret_is_nowhere(gateway):
    answer = gateway.chat(model="allowed-1", headers={"authorization": f"Bearer {SECRET}", "x-pontage-debug": "1"})
    gateway.logged(answer.headers["x-pontage-request-id"])
    metrics = gateway.admin("/metrics", {"authorization": "Bearer an-admin-token"}).text
    for text in (gateway.output(), gateway.errors(), answer.text, str(answer.headers), metrics):
        for secret in (SECRET, "sk-only", "an-admin-token"):
            assert secret not in text


def test_metrics_want_the_admin_token_when_one_is_set(gateway):
    assert gateway.admin("/metrics").status == 401
    assert gateway.admin("/metrics", {"authorization": "Bearer wrong"}).status == 401
    assert gateway.admin("/metrics", {"authorization": "Bearer an-admin-token"}).status == 200


def test_an_open_relay_refuses_to_start(tmp_path, primary):
    file = tmp_path / "pontage.yaml"
    file.write_text(configs.single(primary.url))
    code, out, err = run(["serve", "-c", str(file), "--listen", "0.0.0.0:0", "--admin-listen", "127.0.0.1:0"], tmp_path)
    assert code != 0
    assert "auth" in out + err
