"""What the OpenAI SDK does beside conversations: vectors, the older completions, files, images, speech."""
import io

import openai
import pytest
from openai import OpenAI


@pytest.fixture
def gateway(serve, primary, secondary):
    return serve(f"""
providers:
  primary: {{ kind: openai, base_url: "{primary.url}/v1", api_key: a }}
  secondary: {{ kind: openai, base_url: "{secondary.url}/v1", api_key: b }}
  claude: {{ kind: anthropic, base_url: "{secondary.url}/v1", api_key: c }}
routes:
  - match: {{ model: "claude-*" }}
    chain: [ {{ fallback: [ {{ provider: claude, model: m }} ] }} ]
  - chain: [ {{ fallback: [ {{ provider: primary }}, {{ provider: secondary }} ] }} ]
""")


@pytest.fixture
def client(gateway):
    return OpenAI(base_url=gateway.base_url, api_key="unused", max_retries=0, timeout=20)


def test_embeddings(client, primary):
    answer = client.embeddings.create(model="e", input=["one", "two"], dimensions=4)
    assert [len(row.embedding) for row in answer.data] == [4, 4]
    assert answer.usage.prompt_tokens == 2
    primary.fault("e", "status=503")
    raw = client.embeddings.with_raw_response.create(model="e", input="one")
    assert raw.headers["x-pontage-provider"] == "secondary"
    with pytest.raises(openai.BadRequestError) as refused:
        client.embeddings.create(model="e", input=[])
    assert refused.value.param == "input"


@pytest.mark.parametrize("model", ["any", "claude-x"])
def test_completions(client, model):
    whole = client.completions.create(model=model, prompt="Bridges", max_tokens=50)
    assert whole.choices[0].text and whole.choices[0].finish_reason in ("stop", "length")
    assert whole.usage.completion_tokens > 0
    chunks = list(client.completions.create(
        model=model, prompt="Bridges", max_tokens=50, stream=True, stream_options={"include_usage": True}))
    assert "".join(chunk.choices[0].text for chunk in chunks if chunk.choices) == whole.choices[0].text
    assert chunks[-1].usage.completion_tokens > 0


def test_files(client, primary):
    content = b"{}\n" * 500_000
    made = client.files.create(file=("batch.jsonl", io.BytesIO(content)), purpose="batch")
    assert made.bytes > len(content)
    assert client.files.content(made.id).read() == bytes(range(256))
    assert [each.id for each in client.files.list()] == ["file-simulated"]
    assert client.files.delete(made.id).deleted
    assert all(entry["status"] == 200 for entry in primary.ended(4))


def test_images_speech_and_moderation(client):
    assert client.images.generate(model="i", prompt="a bridge").data[0].b64_json
    with client.audio.speech.with_streaming_response.create(model="t", voice="alloy", input="Hello") as speech:
        assert speech.headers["content-type"] == "audio/mpeg"
        assert speech.read().endswith(b"Hello")
    heard = client.audio.transcriptions.create(model="w", file=("a.mp3", b"x" * 5000))
    assert heard.text == "three simulated words"
    assert not client.moderations.create(input="hello").results[0].flagged
