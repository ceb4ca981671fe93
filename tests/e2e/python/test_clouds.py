"""Cloud providers behind the gateway: official SDKs as clients, simulated providers as Bedrock and Azure, botocore as the
independent judge of signatures."""
import http.client
import json

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import botocore.eventstream
import botocore.session
import pytest
from anthropic import Anthropic
from openai import OpenAI

ASK = {"model": "any", "max_tokens": 256, "messages": [{"role": "user", "content": "Tell me of bridges."}]}
MODEL = "eu.anthropic.claude-x-v1:0"
KEYS = ("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "session/token==")


def config(entry, model):
    return f"""
providers:
  cloud: {{ {entry} }}
routes:
  - name: all
    chain:
      - fallback: [ {{ provider: cloud, model: "{model}" }} ]
"""


def bedrock(url):
    return (f'kind: bedrock, region: eu-west-1, base_url: "{url}", aws_access_key_id: {KEYS[0]}, '
            f'aws_secret_access_key: "{KEYS[1]}", aws_session_token: "{KEYS[2]}"')


def clients(gateway):
    return (OpenAI(base_url=gateway.base_url, api_key="unused", max_retries=0, timeout=20),
            Anthropic(base_url=f"http://{gateway.address}", api_key="unused", max_retries=0, timeout=20))


def signature_by_botocore(row, url):
    """The Authorization that AWS's own SDK computes for what the provider got."""
    request = botocore.awsrequest.AWSRequest(method=row["method"], url=url + row["path"], data=row["body"].encode())
    for name in ("content-type", "host"):
        request.headers[name] = row["headers"][name]
    signer = botocore.auth.SigV4Auth(botocore.credentials.Credentials(*KEYS), "bedrock", "eu-west-1")
    request.context["timestamp"] = row["headers"]["x-amz-date"]
    request.headers["X-Amz-Date"] = row["headers"]["x-amz-date"]
    request.headers["X-Amz-Security-Token"] = KEYS[2]
    to_sign = signer.string_to_sign(request, signer.canonical_request(request))
    scope = signer.scope(request)
    names = signer.signed_headers(signer.headers_to_sign(request))
    return (f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders={names}, "
            f"Signature={signer.signature(to_sign, request)}")


@pytest.fixture
def gateway(serve, primary):
    return serve(config(bedrock(primary.url), MODEL))


def test_an_anthropic_client_over_bedrock(gateway, primary):
    _, client = clients(gateway)
    answer = client.messages.create(**ASK, system="Be brief.")
    assert answer.content[0].text
    assert answer.stop_reason == "end_turn"
    assert answer.usage.input_tokens > 0
    with client.messages.stream(**ASK, system="Be brief.") as stream:
        assert stream.get_final_message().content[0].text == answer.content[0].text
    plain, streamed = primary.ended(2)
    assert plain["path"] == "/model/eu.anthropic.claude-x-v1%3A0/converse"
    assert streamed["path"] == "/model/eu.anthropic.claude-x-v1%3A0/converse-stream"
    sent = json.loads(plain["body"])
    assert sent["system"] == [{"text": "Be brief."}]
    assert sent["inferenceConfig"] == {"maxTokens": 256}


def test_botocore_agrees_with_every_signature(gateway, primary):
    _, client = clients(gateway)
    client.messages.create(**ASK)
    with client.messages.stream(**ASK) as stream:
        stream.get_final_message()
    for row in primary.ended(2):
        assert row["headers"]["authorization"] == signature_by_botocore(row, primary.url)


def test_what_is_sent_fits_the_service_model(gateway, primary):
    """AWS's own description of Converse knows every member that is sent."""
    _, client = clients(gateway)
    client.messages.create(
        **{**ASK, "messages": [
            {"role": "user", "content": [
                {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="}},
                {"type": "document", "title": "Plan", "source": {"type": "text", "media_type": "text/plain", "data": "x"}},
                {"type": "text", "text": "Look.", "cache_control": {"type": "ephemeral"}}]},
            {"role": "assistant", "content": [{"type": "tool_use", "id": "t1", "name": "f", "input": {"a": 1}}]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1", "content": "done"}]}]},
        tools=[{"name": "f", "description": "Does.", "input_schema": {"type": "object", "properties": {}}}],
        stop_sequences=["END"], extra_body={"temperature": 0.5})
    sent = json.loads(primary.ended(1)[0]["body"])
    model = botocore.session.get_session().get_service_model("bedrock-runtime").operation_model("Converse").input_shape
    unknown = list(unknown_members(sent, model, "body"))
    assert not unknown


def unknown_members(value, shape, where):
    if shape.type_name == "structure" and isinstance(value, dict) and shape.members:
        for name, member in value.items():
            if name not in shape.members:
                yield f"{where}.{name}"
            else:
                yield from unknown_members(member, shape.members[name], f"{where}.{name}")
    elif shape.type_name == "list":
        assert isinstance(value, list), where
        for index, member in enumerate(value):
            yield from unknown_members(member, shape.member, f"{where}[{index}]")


def test_the_simulated_stream_is_one_that_botocore_reads(primary):
    """The double is judged too: its frames by AWS's own decoder."""
    body = json.dumps({"messages": [{"role": "user", "content": [{"text": "hi"}]}]})
    connection = http.client.HTTPConnection(primary.address, timeout=10)
    connection.request("POST", "/model/m/converse-stream", body, {"content-type": "application/json"})
    buffer = botocore.eventstream.EventStreamBuffer()
    buffer.add_data(connection.getresponse().read())
    connection.close()
    names = [message.headers[":event-type"] for message in buffer]
    assert names[0] == "messageStart"
    assert names[-2:] == ["messageStop", "metadata"]


def test_tools_over_bedrock(gateway, primary):
    primary.fault(MODEL, "tools=2")
    _, client = clients(gateway)
    with client.messages.stream(**ASK, tools=[{"name": "f", "input_schema": {
            "type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}}]) as stream:
        answer = stream.get_final_message()
    calls = [block for block in answer.content if block.type == "tool_use"]
    assert len(calls) == 2
    assert all(call.input["city"] for call in calls)
    assert answer.stop_reason == "tool_use"


def test_an_openai_client_over_azure(serve, primary):
    gateway = serve(config(f'kind: azure, api_key: k, base_url: "{primary.url}"', "my-gpt"))
    client, _ = clients(gateway)
    answer = client.chat.completions.create(model="any", messages=ASK["messages"])
    assert answer.choices[0].message.content
    text = "".join(chunk.choices[0].delta.content or "" for chunk in
                   client.chat.completions.create(model="any", messages=ASK["messages"], stream=True) if chunk.choices)
    assert text == answer.choices[0].message.content
    for row in primary.ended(2):
        assert row["path"] == "/openai/deployments/my-gpt/chat/completions?api-version=2024-10-21"
        assert row["headers"]["api-key"].startswith("sha256:")
