"""The goldens of whole answers and of requests (tests/golden/pairs/{answers,requests}), judged without our code: what one side
said in the vendor's documented example, read here, is what the other side gets, and each satisfies the published schema."""
import json
from pathlib import Path

import botocore.session
import botocore.validate
import pytest

from house.schemas import check

GOLDEN = Path(__file__).parents[2] / "golden"
FINISH = {"stop": "stop", "end_turn": "stop", "STOP": "stop", "completed": "stop", "length": "length", "max_tokens": "length",
          "MAX_TOKENS": "length", "incomplete": "length", "tool_calls": "tools", "tool_use": "tools"}


# Answers: (text, calls, end, tokens, sources, thinking).

def chat_answer(answer):
    choice, usage = answer["choices"][0], answer["usage"]
    message = choice["message"]
    calls = [(c["function"]["name"], json.loads(c["function"]["arguments"])) for c in message.get("tool_calls") or []]
    sources = [note["url_citation"]["url"] for note in message.get("annotations") or []]
    return (message["content"] or "", calls, FINISH[choice["finish_reason"]], (usage["prompt_tokens"], usage["completion_tokens"]),
            sources, message.get("reasoning_content") or "")


def completions_answer(answer):
    choice, usage = answer["choices"][0], answer["usage"]
    return choice["text"], [], FINISH[choice["finish_reason"]], (usage["prompt_tokens"], usage["completion_tokens"]), [], ""


def responses_answer(answer):
    text, calls, sources, thinking = "", [], [], ""
    for item in answer["output"]:
        for part in item.get("content") or []:
            if part["type"] == "output_text":
                text += part["text"]
                sources += [note["url"] for note in part["annotations"]]
        thinking += "".join(part["text"] for part in item.get("summary") or [])
        if item["type"] == "function_call":
            calls.append((item["name"], json.loads(item["arguments"])))
    return text, calls, FINISH[answer["status"]], (answer["usage"]["input_tokens"], answer["usage"]["output_tokens"]), sources, thinking


def messages_answer(answer):
    blocks, usage = answer["content"], answer["usage"]
    read = usage["input_tokens"] + (usage.get("cache_read_input_tokens") or 0) + (usage.get("cache_creation_input_tokens") or 0)
    texts = [block for block in blocks if block["type"] == "text"]
    sources = [note["url"] for block in texts for note in block.get("citations") or []]
    return ("".join(block["text"] for block in texts), [(b["name"], b["input"]) for b in blocks if b["type"] == "tool_use"],
            FINISH[answer["stop_reason"]], (read, usage["output_tokens"]), sources,
            "".join(block["thinking"] for block in blocks if block["type"] == "thinking"))


def gemini_answer(answer):
    candidate, usage = answer["candidates"][0], answer["usageMetadata"]
    parts = candidate["content"]["parts"]
    written = usage.get("candidatesTokenCount", 0) + usage.get("thoughtsTokenCount", 0)
    sources = [source["uri"] for source in candidate.get("citationMetadata", {}).get("citationSources", [])]
    sources += [chunk["web"]["uri"] for chunk in candidate.get("groundingMetadata", {}).get("groundingChunks", [])]
    return ("".join(p.get("text", "") for p in parts if not p.get("thought")),
            [(p["functionCall"]["name"], p["functionCall"].get("args", {})) for p in parts if "functionCall" in p],
            FINISH[candidate["finishReason"]], (usage["promptTokenCount"], written), sources,
            "".join(p["text"] for p in parts if p.get("thought")))


def bedrock_answer(answer):
    blocks, usage = answer["output"]["message"]["content"], answer["usage"]
    read = usage["inputTokens"] + usage.get("cacheReadInputTokens", 0) + usage.get("cacheWriteInputTokens", 0)
    return ("".join(block.get("text", "") for block in blocks),
            [(b["toolUse"]["name"], b["toolUse"]["input"]) for b in blocks if "toolUse" in b],
            FINISH[answer["stopReason"]], (read, usage["outputTokens"]), [], "")


ANSWERS = {"openai": chat_answer, "chat": chat_answer, "responses": responses_answer, "completions": completions_answer,
           "anthropic": messages_answer, "messages": messages_answer, "gemini": gemini_answer, "bedrock": bedrock_answer}
ANSWER_SCHEMAS = {"chat": ("openai", "CreateChatCompletionResponse"), "responses": ("openai", "Response"),
                  "completions": ("openai", "CreateCompletionResponse"), "messages": ("anthropic", "Message"),
                  "gemini": ("gemini", "GenerateContentResponse")}


def golden(path):
    return json.loads((GOLDEN / path).read_text())


@pytest.mark.parametrize("file", sorted((GOLDEN / "pairs/answers").glob("*.json")), ids=lambda file: file.stem)
def test_the_client_gets_what_the_provider_answered(file):
    provider, name, client = file.stem.split(".")
    given, got = golden(f"answers/{provider}.{name}.json"), json.loads(file.read_text())
    wanted = list(ANSWERS[provider](given))
    check(*ANSWER_SCHEMAS[client], got)
    seen = list(ANSWERS[client](got))
    if wanted[1] and wanted[2] == "stop":
        wanted[2] = "tools"  # Google's and the Responses API's ends do not tell calls
    if seen[1] and seen[2] == "stop":
        seen[2] = "tools"
    if client == "completions":  # words; their clients offer no tools, so no provider calls any
        wanted[1], wanted[2], wanted[4], wanted[5] = [], {"tools": "stop"}.get(wanted[2], wanted[2]), [], ""
    assert seen == wanted


# Requests: what is said in order, the tools, and what bounds the answer.

def value_of(text):
    """Results are text in some dialects and objects in others."""
    try:
        found = json.loads(text) if isinstance(text, str) else text
    except json.JSONDecodeError:
        return text
    if isinstance(found, dict) and len(found) == 1 and next(iter(found)) in ("output", "result", "content", "text"):
        return value_of(next(iter(found.values())))
    return found


def chat_request(request):
    said = []
    for message in request["messages"]:
        role = {"developer": "system"}.get(message["role"], message["role"])
        content = message.get("content")
        if role == "tool":
            said.append(("result", value_of(content if isinstance(content, str) else "".join(p["text"] for p in content))))
            continue
        for part in [{"type": "text", "text": content}] if isinstance(content, str) else content or []:
            said.append((role, part["text"]) if part["type"] == "text" else ("image", part["image_url"]["url"]))
        for call in message.get("tool_calls") or []:
            said.append(("call", call["function"]["name"], json.loads(call["function"]["arguments"])))
    tools = [tool["function"] for tool in request.get("tools", [])]
    choice = request.get("tool_choice")
    choice = choice["function"]["name"] if isinstance(choice, dict) else {"required": "any"}.get(choice, choice)
    return (said, [(t["name"], t.get("description"), t["parameters"]) for t in tools], choice,
            request.get("max_completion_tokens", request.get("max_tokens")), request.get("temperature"), request.get("stop") or [])


def responses_request(request):
    said = [("system", request["instructions"])] if request.get("instructions") else []
    items = request["input"]
    for item in [{"role": "user", "content": items}] if isinstance(items, str) else items:
        if item.get("type") == "function_call":
            said.append(("call", item["name"], json.loads(item["arguments"])))
        elif item.get("type") == "function_call_output":
            output = item["output"]
            said.append(("result", value_of(output if isinstance(output, str) else "".join(p["text"] for p in output))))
        else:
            role = {"developer": "system"}.get(item["role"], item["role"])
            content = item["content"]
            for part in [{"type": "input_text", "text": content}] if isinstance(content, str) else content:
                said.append(("image", part["image_url"]) if part["type"] == "input_image" else (role, part["text"]))
    choice = request.get("tool_choice")
    choice = choice["name"] if isinstance(choice, dict) else {"required": "any"}.get(choice, choice)
    return (said, [(t["name"], t.get("description"), t["parameters"]) for t in request.get("tools", [])], choice,
            request.get("max_output_tokens"), request.get("temperature"), [])


def completions_request(request):
    return [("user", request["prompt"])], [], None, request["max_tokens"], request["temperature"], []


def data_url(kind, data):
    return f"data:{kind};base64,{data}"


def messages_request(request):
    system = request.get("system") or []
    said = [("system", part["text"]) for part in ([{"text": system}] if isinstance(system, str) else system)]
    for message in request["messages"]:
        content = message["content"]
        for block in [{"type": "text", "text": content}] if isinstance(content, str) else content:
            if block["type"] == "text":
                said.append((message["role"], block["text"]))
            elif block["type"] == "image":
                source = block["source"]
                said.append(("image", source["url"] if source["type"] == "url" else data_url(source["media_type"], source["data"])))
            elif block["type"] == "tool_use":
                said.append(("call", block["name"], block["input"]))
            else:
                inner = block["content"]
                said.append(("result", value_of(inner if isinstance(inner, str) else "".join(p["text"] for p in inner))))
    choice = request.get("tool_choice") or {"type": None}
    return (said, [(t["name"], t.get("description"), t["input_schema"]) for t in request.get("tools", [])],
            choice.get("name", choice["type"]), request.get("max_tokens"), request.get("temperature"), request.get("stop_sequences") or [])


def plain_schema(schema):
    """Google spells types in capitals in its older form."""
    if isinstance(schema, dict):
        return {key: value.lower() if key == "type" and isinstance(value, str) else plain_schema(value) for key, value in schema.items()}
    return [plain_schema(each) for each in schema] if isinstance(schema, list) else schema


def gemini_request(request):
    said = [("system", part["text"]) for part in request.get("systemInstruction", {}).get("parts", [])]
    for content in request["contents"]:
        role = {"model": "assistant"}.get(content["role"], content["role"])
        for part in content["parts"]:
            if "text" in part:
                said.append((role, part["text"]))
            elif "functionCall" in part:
                said.append(("call", part["functionCall"]["name"], part["functionCall"]["args"]))
            elif "functionResponse" in part:
                said.append(("result", value_of(part["functionResponse"]["response"])))
            elif "fileData" in part:
                said.append(("image", part["fileData"]["fileUri"]))
            else:
                said.append(("image", data_url(part["inlineData"]["mimeType"], part["inlineData"]["data"])))
    tools = [each for tool in request.get("tools", []) for each in tool["functionDeclarations"]]
    calling = request.get("toolConfig", {}).get("functionCallingConfig", {})
    choice = (calling.get("allowedFunctionNames") or [{"ANY": "any", "AUTO": "auto", "NONE": "none"}.get(calling.get("mode"))])[0]
    bounds = request.get("generationConfig", {})
    return (said, [(t["name"], t.get("description"), plain_schema(t.get("parameters", t.get("parametersJsonSchema")))) for t in tools],
            choice, bounds.get("maxOutputTokens"), bounds.get("temperature"), bounds.get("stopSequences") or [])


def bedrock_request(request):
    said = [("system", part["text"]) for part in request.get("system", [])]
    for message in request["messages"]:
        for block in message["content"]:
            if "text" in block:
                said.append((message["role"], block["text"]))
            elif "image" in block:
                said.append(("image", data_url("image/" + block["image"]["format"], block["image"]["source"]["bytes"])))
            elif "toolUse" in block:
                said.append(("call", block["toolUse"]["name"], block["toolUse"]["input"]))
            else:
                said.append(("result", value_of("".join(p.get("text") or json.dumps(p["json"]) for p in block["toolResult"]["content"]))))
    config = request.get("toolConfig", {})
    tools = [tool["toolSpec"] for tool in config.get("tools", [])]
    choice = next(iter(config.get("toolChoice", {None: {}}).items()))
    bounds = request.get("inferenceConfig", {})
    return (said, [(t["name"], t.get("description"), t["inputSchema"]["json"]) for t in tools], choice[1].get("name", choice[0]),
            bounds.get("maxTokens"), bounds.get("temperature"), bounds.get("stopSequences") or [])


REQUESTS = {"chat": chat_request, "openai": chat_request, "responses": responses_request, "completions": completions_request,
            "messages": messages_request, "anthropic": messages_request, "gemini": gemini_request, "bedrock": bedrock_request}
REQUEST_SCHEMAS = {"openai": ("openai", "CreateChatCompletionRequest"), "responses": ("openai", "CreateResponse"),
                   "anthropic": ("anthropic", "CreateMessageParams"), "gemini": ("gemini", "GenerateContentRequest")}
# What the provider's API has no way to say; the refusal names the client's own field.
REFUSED = {("chat.image_by_url", "bedrock"): "messages[0].content[1].image_url.url",
           ("responses.image_by_url", "bedrock"): "input[0].content[1]",
           ("chat.results", "responses"): "stop", ("messages.results", "responses"): "stop_sequences"}


def judge(provider, request):
    if provider != "bedrock":
        check(*REQUEST_SCHEMAS[provider], request)
        return
    shape = botocore.session.get_session().get_service_model("bedrock-runtime").operation_model("Converse").input_shape
    report = botocore.validate.ParamValidator().validate({"modelId": "m", **request}, shape)
    assert not report.has_errors(), report.generate_report()


@pytest.mark.parametrize("file", sorted((GOLDEN / "pairs/requests").glob("*.json")), ids=lambda file: file.stem)
def test_the_provider_is_asked_what_the_client_asked(file):
    client, name, provider = file.stem.split(".")
    given, sent = golden(f"requests/{client}.{name}.json"), json.loads(file.read_text())
    if (f"{client}.{name}", provider) in REFUSED:
        assert sent["param"] == REFUSED[f"{client}.{name}", provider]
        return
    judge(provider, sent)
    wanted, got = list(REQUESTS[client](given)), list(REQUESTS[provider](sent))
    if wanted[2] == "auto" or got[2] == "auto":
        wanted[2] = got[2] = {None: "auto"}.get(got[2], got[2])  # the default, said or not
    if wanted[3] is None and provider == "anthropic":
        assert got[3], "Anthropic requires it"
        got[3] = None
    if provider == "responses" and wanted[3] is not None:
        wanted[3] = max(wanted[3], 16)  # OpenAI refuses less
    assert got == wanted


def test_every_pair_has_its_goldens():
    clients, providers = ("chat", "responses", "completions", "messages", "gemini"), ("openai", "responses", "anthropic", "gemini", "bedrock")
    same = {("chat", "openai"), ("responses", "responses"), ("messages", "anthropic"), ("gemini", "gemini")}
    pairs = {(client, provider) for client in clients for provider in providers} - same
    asked = {(file.name.split(".")[0], file.name.split(".")[2]) for file in (GOLDEN / "pairs/requests").glob("*.json")}
    answered = {(file.name.split(".")[2], file.name.split(".")[0]) for file in (GOLDEN / "pairs/answers").glob("*.json")}
    assert asked == pairs
    assert answered == pairs
