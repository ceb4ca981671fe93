"""OpenRouter's request fields through the OpenAI SDK's extra_body, as OpenRouter documents it."""
import json

import openai
import pytest
from openai import OpenAI

MESSAGES = [{"role": "user", "content": "Tell me of bridges."}]


@pytest.fixture
def gateway(serve, primary, secondary):
    """No route: the model's name decides, and both have `shared`."""
    return serve(f"""
providers:
  primary: {{ kind: openai, base_url: "{primary.url}/v1", api_key: a, models: [ shared, one ] }}
  secondary: {{ kind: openai, base_url: "{secondary.url}/v1", api_key: b, models: [ shared, two ] }}
""")


@pytest.fixture
def client(gateway):
    return OpenAI(base_url=gateway.base_url, api_key="unused", max_retries=0, timeout=20)


def ask(client, model, **extra):
    raw = client.chat.completions.with_raw_response.create(model=model, messages=MESSAGES, extra_body=extra)
    return raw.headers["x-pontage-provider"], raw.parse()


def test_models_are_fallbacks(client, primary):
    primary.fault("one", "status=400")
    provider, answer = ask(client, "primary/one", models=["secondary/two"])
    assert provider == "secondary"
    assert answer.choices[0].message.content


def test_provider_preferences(client, primary):
    assert ask(client, "shared")[0] == "primary"
    assert ask(client, "shared", provider={"order": ["secondary"]})[0] == "secondary"
    assert ask(client, "shared", provider={"ignore": ["primary"]})[0] == "secondary"
    primary.fault("shared", "status=503")
    assert ask(client, "shared", provider={"order": ["primary", "secondary"]})[0] == "secondary"
    with pytest.raises(openai.InternalServerError):
        ask(client, "shared", provider={"order": ["primary"], "allow_fallbacks": False})


def test_upstreams_see_none_of_it(client, primary):
    ask(client, "one", provider={"sort": "price"}, plugins=[{"id": "web"}], usage={"include": True})
    assert set(json.loads(primary.ended(1)[0]["body"])) == {"model", "messages"}


def test_cost_comes_with_usage_for_its_clients_only(client):
    _, plain = ask(client, "one")
    assert "cost" not in plain.usage.model_dump()
    _, asked = ask(client, "one", usage={"include": True})
    assert "cost" in asked.usage.model_dump()
    chunks = list(client.chat.completions.create(
        model="one", messages=MESSAGES, stream=True, extra_body={"usage": {"include": True}}))
    assert "cost" in chunks[-1].usage.model_dump()


def test_a_broken_stream_ends_with_an_error_chunk(client, primary):
    primary.fault("one", "cut=3")
    with pytest.raises(openai.APIError):
        for _ in client.chat.completions.create(
                model="one", messages=MESSAGES, stream=True, extra_body={"models": ["two"]}):
            pass


def test_a_wrong_field_is_named(client):
    with pytest.raises(openai.BadRequestError) as caught:
        ask(client, "one", provider={"order": "primary"})
    assert caught.value.param == "provider.order"
