"""LangChain's OpenAI and Anthropic classes, unmodified, over providers of every dialect."""
import pytest
from langchain_anthropic import ChatAnthropic
from langchain_core.messages import HumanMessage, ToolMessage
from langchain_openai import ChatOpenAI, OpenAIEmbeddings
from pydantic import BaseModel

ADDRESSES = {"openai": "/v1", "anthropic": "", "gemini": "/v1beta"}
TOOL = {"name": "get_weather", "description": "The weather of a place.",
        "parameters": {"type": "object", "properties": {"place": {"type": "string"}}, "required": ["place"]}}


class Answer(BaseModel):
    title: str
    year: int


@pytest.fixture(params=sorted(ADDRESSES))
def gateway(request, serve, primary):
    kind = request.param
    return serve(f"""
providers:
  only: {{ kind: {kind}, base_url: "{primary.url}{ADDRESSES[kind]}", api_key: k }}
routes: [ {{ chain: [ {{ fallback: [ {{ provider: only, model: some-model }} ] }} ] }} ]
""")


@pytest.fixture(params=[ChatOpenAI, ChatAnthropic])
def model(request, gateway):
    if request.param is ChatOpenAI:
        return ChatOpenAI(model="any", base_url=gateway.base_url, api_key="unused", max_retries=0)
    return ChatAnthropic(model="any", base_url=gateway.base_url.removesuffix("/v1"), api_key="unused", max_retries=0)


def test_answers_and_streams(model):
    whole = model.invoke("Tell me of bridges.")
    assert whole.text
    assert whole.usage_metadata["output_tokens"] > 0
    assert "".join(piece.text for piece in model.stream("Tell me of bridges.")) == whole.text


def test_tools_round_trip(model):
    bound = model.bind_tools([TOOL], tool_choice="any")
    question = HumanMessage("What is the weather in Ghent?")
    called = bound.invoke([question])
    assert [call["name"] for call in called.tool_calls] == ["get_weather"]
    result = ToolMessage("mild", tool_call_id=called.tool_calls[0]["id"])
    assert model.bind_tools([TOOL]).invoke([question, called, result]) is not None


def test_structured_answers(model):
    method = {} if isinstance(model, ChatOpenAI) else {"method": "function_calling"}
    answer = model.with_structured_output(Answer, **method).invoke("A book about bridges, please.")
    assert isinstance(answer, Answer)


def test_embeddings(serve, primary):
    gateway = serve(f"""
providers: {{ only: {{ kind: openai, base_url: "{primary.url}/v1", api_key: k }} }}
routes: [ {{ chain: [ {{ fallback: [ {{ provider: only }} ] }} ] }} ]
""")
    made = OpenAIEmbeddings(model="e", base_url=gateway.base_url, api_key="unused", check_embedding_ctx_length=False)
    assert len(made.embed_query("bridges")) == 8
