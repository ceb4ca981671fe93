"""The official OpenAI SDK's responses.*, unmodified but for base_url, over providers of other dialects and of its own."""
import json

import openai
import pytest
from openai import OpenAI
from pydantic import BaseModel

from house import configs

INPUT = "Tell me of bridges."
WEATHER = {"type": "function", "name": "get_weather", "description": "The weather of a city.", "strict": False,
           "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}}


class Bridge(BaseModel):
    name: str
    length: int


@pytest.fixture(params=["openai.chat", "openai.responses", "anthropic.messages"])
def kind(request):
    return request.param


@pytest.fixture
def gateway(serve, primary, kind):
    config = configs.single(primary.url).replace("/v1/chat", "/v1/responses")
    if kind == "anthropic.messages":
        config = config.replace("kind: openai", "kind: anthropic").replace(f"{primary.url}/v1", primary.url)
    return serve(config.replace("    api_key: sk-only", f"    api_key: sk-only\n    endpoints: [ {kind} ]"))


@pytest.fixture
def client(gateway):
    return OpenAI(base_url=gateway.base_url, api_key="unused", max_retries=0, timeout=20)


def test_create(client, primary, kind):
    answer = client.responses.create(model="any", input=INPUT, max_output_tokens=50)
    assert answer.object == "response" and answer.id.startswith("resp_")
    assert answer.status == "completed" and answer.error is None
    assert answer.output_text
    assert answer.usage.total_tokens == answer.usage.input_tokens + answer.usage.output_tokens > 0
    sent = primary.ended(1)[0]
    assert json.loads(sent["body"])["model"] == "single"
    assert sent["dialect"] == kind


def test_an_answer_is_the_same_streamed_and_plain(client):
    plain = client.responses.create(model="any", input=INPUT).output_text
    events = list(client.responses.create(model="any", input=INPUT, stream=True))
    assert "".join(event.delta for event in events if event.type == "response.output_text.delta") == plain
    assert [event.sequence_number for event in events] == list(range(len(events)))
    assert events[0].type == "response.created" and events[-1].type == "response.completed"
    assert events[-1].response.output_text == plain
    with client.responses.stream(model="any", input=INPUT) as stream:
        for _ in stream:
            pass
        assert stream.get_final_response().output_text == plain


def test_structured(client):
    answer = client.responses.parse(model="any", input=INPUT, text_format=Bridge)
    assert isinstance(answer.output_parsed, Bridge)
    with client.responses.stream(model="any", input=INPUT, text_format=Bridge) as stream:
        for _ in stream:
            pass
        assert isinstance(stream.get_final_response().output_parsed, Bridge)


@pytest.mark.parametrize("streamed", [False, True])
def test_tools_make_the_round_trip(client, primary, streamed):
    primary.fault("single", "tools=2,interleave")

    def ask(**extra):
        if not streamed:
            return client.responses.create(model="any", tools=[WEATHER], **extra)
        with client.responses.stream(model="any", tools=[WEATHER], **extra) as stream:
            for _ in stream:
                pass
            return stream.get_final_response()

    said = [{"role": "user", "content": "Paris and Rome?"}]
    answer = ask(input=said)
    calls = [item for item in answer.output if item.type == "function_call"]
    assert len(calls) == 2 and all("city" in json.loads(call.arguments) for call in calls)
    primary.clear()
    said += [item.to_dict() for item in answer.output]
    said += [{"type": "function_call_output", "call_id": call.call_id, "output": "sunny"} for call in calls]
    assert ask(input=said).output_text


def test_reasoning_comes_and_goes_back(client, primary, kind):
    primary.fault("single", "reasoning=4")
    answer = client.responses.create(model="any", input=INPUT, reasoning={"effort": "low"})
    thinking = answer.output[0]
    assert thinking.type == "reasoning" and thinking.summary[0].text
    assert thinking.encrypted_content
    if kind != "anthropic.messages":  # which counts thinking as output
        assert answer.usage.output_tokens_details.reasoning_tokens == 4
    again = [{"role": "user", "content": INPUT}] + [item.to_dict() for item in answer.output]
    again += [{"role": "user", "content": "And?"}]
    assert client.responses.create(model="any", input=again, reasoning={"effort": "low"}).output_text
    if kind == "anthropic.messages":
        sent = json.loads(primary.ended(2)[1]["body"])["messages"][1]["content"][0]
        assert sent["type"] == "thinking" and sent["thinking"] == thinking.summary[0].text
        assert "pontage" not in sent["signature"], "the maker's own"


def test_images(client, primary, kind):
    image = {"type": "input_image", "image_url": "data:image/png;base64,iVBORw0KGgo=", "detail": "auto"}
    client.responses.create(model="any", input=[{"role": "user", "content": [image, {"type": "input_text", "text": "?"}]}])
    sent = primary.ended(1)[0]["body"]
    assert ("iVBORw0KGgo=" if kind == "anthropic.messages" else "data:image/png;base64,iVBORw0KGgo=") in sent


def test_cut_by_the_limit(client):
    answer = client.responses.create(model="any", input=INPUT, max_output_tokens=3)
    assert answer.status == "incomplete"
    assert answer.incomplete_details.reason == "max_output_tokens"


@pytest.mark.parametrize("fault,error", [("status=429", openai.RateLimitError), ("status=500", openai.InternalServerError),
                                         ("error=context_length", openai.BadRequestError)])
def test_typed_errors(client, primary, fault, error):
    primary.fault("single", fault)
    with pytest.raises(error):
        client.responses.create(model="any", input=INPUT)
    with pytest.raises(error):
        client.responses.create(model="any", input=INPUT, stream=True)


def test_a_wrong_field_is_named(client):
    with pytest.raises(openai.BadRequestError) as caught:
        client.responses.create(model="any", input=7)
    assert caught.value.param == "input"


def test_an_error_inside_a_stream_is_raised(client, primary):
    primary.fault("single", "error_event=3")
    with pytest.raises(openai.APIError):
        for _ in client.responses.create(model="any", input=INPUT, stream=True):
            pass


def test_a_stored_conversation_is_its_keepers(client, primary, kind):
    ask = dict(model="any", input=INPUT, previous_response_id="resp_elsewhere")
    if kind == "openai.responses":
        assert client.responses.create(**ask).output_text
        assert json.loads(primary.ended(1)[0]["body"])["previous_response_id"] == "resp_elsewhere"
        return
    with pytest.raises(openai.BadRequestError) as caught:
        client.responses.create(**ask)
    assert caught.value.code == "unsupported_parameter"
    assert caught.value.param == "previous_response_id"


def test_leaving_stops_the_provider(client, primary):
    primary.fault("single", "stall=3")
    stream = client.responses.create(model="any", input=INPUT, stream=True)
    for event in stream:
        if event.type == "response.output_text.delta":
            break
    stream.close()
    assert primary.ended(1)[0]["closed_by_client_after_ms"] >= 0
