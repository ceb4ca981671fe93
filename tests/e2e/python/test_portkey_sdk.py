"""Portkey's SDK for Python, unmodified but for base_url: its configuration, its headers, its answers."""
import json

import pytest
from portkey_ai import AsyncPortkey, Portkey

from house import configs

MESSAGES = [{"role": "user", "content": "Tell me of bridges."}]


def house(primary, secondary, hosts=""):
    return configs.fallback(primary.url, secondary.url,
                            server=f"server: {{ auth: none, portkey_headers: {hosts or 'true'} }}")


def two(strategy, **more):
    return {"strategy": strategy, **more, "targets": [
        {"provider": "primary", "override_params": {"model": "first"}},
        {"provider": "secondary", "override_params": {"model": "second"}}]}


@pytest.fixture
def gateway(serve, primary, secondary):
    return serve(house(primary, secondary))


def client(gateway, **options):
    return Portkey(base_url=gateway.base_url, api_key="unused", **options)


def test_a_fallback_of_the_clients_own(gateway, primary, secondary):
    primary.fault("first", "status=400")
    asked = client(gateway, config=two({"mode": "fallback"}), trace_id="trace-1")
    answer = asked.chat.completions.create(model="any", messages=MESSAGES)
    assert answer.choices[0].message.content
    headers = answer.get_headers()
    assert headers["last-used-option-index"] == "config.targets[1]"
    assert headers["provider"] == "secondary"
    assert headers["trace-id"] == "trace-1"
    assert headers["cache-status"] == "DISABLED"
    assert json.loads(secondary.ended(1)[0]["body"])["model"] == "second"
    sent = dict(secondary.ended(1)[0]["headers"])
    assert not any(name.startswith("x-portkey") for name in sent)


def test_conditions_on_metadata(gateway, primary, secondary):
    config = two({"mode": "conditional", "default": "cheap", "conditions": [
        {"query": {"metadata.plan": {"$eq": "paid"}}, "then": "strong"}]})
    config["targets"][0]["name"] = "strong"
    config["targets"][1]["name"] = "cheap"
    for plan, provider in (("paid", "primary"), ("free", "secondary")):
        asked = client(gateway, config=config, metadata={"plan": plan})
        answer = asked.chat.completions.create(model="any", messages=MESSAGES)
        assert answer.get_headers()["provider"] == provider, plan


def test_streams(gateway, primary):
    asked = client(gateway, config=two({"mode": "fallback"}))
    chunks = list(asked.chat.completions.create(model="any", messages=MESSAGES, stream=True))
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    plain = asked.chat.completions.create(model="any", messages=MESSAGES)
    assert text == plain.choices[0].message.content


def test_loadbalance_reaches_both(gateway, primary, secondary):
    asked = client(gateway, config=two({"mode": "loadbalance"}))
    seen = {asked.chat.completions.create(model="any", messages=MESSAGES).get_headers()["provider"]
            for _ in range(40)}
    assert seen == {"primary", "secondary"}


def test_the_provider_header_with_the_clients_key(gateway, secondary):
    asked = client(gateway, provider="secondary", Authorization="Bearer sk-client")
    answer = asked.chat.completions.create(model="named", messages=MESSAGES)
    assert answer.get_headers()["provider"] == "secondary"
    assert secondary.ended(1)[0]["model"] == "named"


def test_a_custom_host_must_be_listed(serve, primary, secondary):
    gateway = serve(house(primary, secondary, f'{{ custom_hosts: [ "{secondary.url}" ] }}'))
    asked = client(gateway, provider="primary", custom_host=f"{secondary.url}/v1")
    asked.chat.completions.create(model="m", messages=MESSAGES)
    assert len(secondary.ended(1)) == 1
    refused = client(gateway, provider="primary", custom_host=f"{primary.url}/v1")
    with pytest.raises(Exception, match="custom_host"):
        refused.chat.completions.create(model="m", messages=MESSAGES)
    assert primary.requests() == []


def test_the_sdks_config_is_ignored_where_it_is_not_allowed(serve, primary, secondary):
    gateway = serve(configs.fallback(primary.url, secondary.url, server="server: { auth: none }"))
    asked = client(gateway, provider="secondary")
    answer = asked.chat.completions.create(model="any", messages=MESSAGES)
    assert answer.choices[0].message.content
    assert len(primary.ended(1)) == 1 and secondary.requests() == []


@pytest.mark.anyio
async def test_the_async_client(gateway):
    asked = AsyncPortkey(base_url=gateway.base_url, api_key="unused", config=two({"mode": "fallback"}))
    answer = await asked.chat.completions.create(model="any", messages=MESSAGES)
    assert answer.choices[0].message.content
