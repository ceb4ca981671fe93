"""What the catalogue knows beyond the fact files that scripts/catalogue.py reads: ids and aliases, addresses that the
facts leave to a vendor's SDK, quirks, rows of our own, tiers that the price alone would get wrong."""

SDK = "the vendor's SDK and API reference"

# Our id for a row of the facts, where ours is older or shorter. The facts' id stays as an alias.
IDS = {
    "amazon-bedrock": "bedrock", "fireworks-ai": "fireworks", "google": "gemini", "google-vertex": "vertex",
    "google-vertex-anthropic": "vertex-anthropic", "togetherai": "together",
}

# Further spellings: other gateways' names and what people write.
ALIASES = {
    "alibaba": ["dashscope"], "azure": ["azure-openai", "azure_openai", "azure-ai"],
    "bedrock": ["aws-bedrock"], "cloudflare-workers-ai": ["workers-ai", "cloudflare"],
    "deepinfra": ["deep-infra"], "fireworks": ["fireworks_ai"], "gemini": ["google-ai-studio", "google_ai_studio"],
    "github-models": ["github"], "huggingface": ["hf"], "llamacpp": ["llama.cpp", "llama-cpp"],
    "lmstudio": ["lm-studio", "lm_studio"], "mistral": ["mistral-ai", "mistralai", "mistral_ai"],
    "moonshotai": ["moonshot"], "nano-gpt": ["nanogpt"], "novita-ai": ["novita"],
    "nvidia": ["nvidia-nim", "nvidia_nim"], "ovhcloud": ["ovh"], "perplexity": ["perplexity-ai"],
    "qihang-ai": ["qihang"], "together": ["together-ai", "together_ai"], "vercel": ["vercel-ai-gateway"],
    "vertex": ["vertex-ai", "vertex_ai"], "xai": ["x-ai"], "zai": ["z-ai"], "zhipuai": ["zhipu"],
}

# The facts' dialect, and what we call its kind. A kind that no family answers to is shown as not served.
KINDS = {
    "openai.chat": "openai", "openai": "openai", "anthropic.messages": "anthropic", "gemini": "gemini",
    "gemini (vertex)": "vertex", "bedrock": "bedrock", "azure-openai": "azure",
    "@ai-sdk/google-vertex/anthropic": "vertex", "ai-gateway-provider": "cloudflare-gateway",
    "gitlab-ai-provider": "gitlab", "merge-gateway-ai-sdk-provider": "merge-gateway",
    "@jerome-benoit/sap-ai-provider-v2": "sap-ai-core",
}

# By our id: what the facts do not say, or say in a form that is not ours.
PROVIDERS = {
    "aihubmix": {"kind": "openai", "base_url": "https://aihubmix.com/v1"},
    "anthropic": {"base_url": "https://api.anthropic.com", "address": "ANTHROPIC_BASE_URL"},
    "azure": {"base_url": "https://${AZURE_RESOURCE_NAME}.openai.azure.com", "key": ["AZURE_OPENAI_API_KEY", "AZURE_API_KEY"],
              "address": "AZURE_OPENAI_ENDPOINT"},
    "azure-cognitive-services": {
        "base_url": "https://${AZURE_COGNITIVE_SERVICES_RESOURCE_NAME}.cognitiveservices.azure.com",
        "key": ["AZURE_COGNITIVE_SERVICES_API_KEY"]},
    "bailing": {"base_url": "https://api.tbox.cn/api/llm/v1"},
    "bedrock": {"base_url": "https://bedrock-runtime.${AWS_REGION}.amazonaws.com", "key": ["AWS_BEARER_TOKEN_BEDROCK"]},
    "cerebras": {"kind": "openai", "base_url": "https://api.cerebras.ai/v1"},
    "cloudflare-workers-ai": {"key": ["CLOUDFLARE_API_KEY"]},
    "cloudflare-ai-gateway": {"key": ["CLOUDFLARE_API_TOKEN"]},
    "cohere": {"kind": "openai", "base_url": "https://api.cohere.ai/compatibility/v1",
               "endpoints": ["openai.chat", "openai.embeddings"]},
    "databricks": {"key": ["DATABRICKS_TOKEN"]},
    "deepinfra": {"kind": "openai", "base_url": "https://api.deepinfra.com/v1/openai",
                  "endpoints": ["openai.chat", "openai.completions", "openai.embeddings"]},
    # api-docs.deepseek.com: chat takes response_format text and json_object only.
    "deepseek": {"base_url": "https://api.deepseek.com/v1", "quirks": ["no_json_schema"]},
    "fireworks": {"endpoints": ["openai.chat", "openai.completions", "openai.embeddings", "openai.responses"]},
    "gemini": {"base_url": "https://generativelanguage.googleapis.com/v1beta",
               "key": ["GEMINI_API_KEY", "GOOGLE_API_KEY", "GOOGLE_GENERATIVE_AI_API_KEY"]},
    "github-copilot": {"quirks": ["bare_path"]},
    "github-models": {"endpoints": ["openai.chat", "openai.embeddings"]},
    "groq": {"kind": "openai", "base_url": "https://api.groq.com/openai/v1", "endpoints": ["openai.chat", "openai.responses"]},
    "lmstudio": {"base_url": "http://localhost:1234", "key": [], "address": "LMSTUDIO_BASE_URL", "local": True,
                 "endpoints": ["openai.chat", "openai.completions", "openai.embeddings"]},
    # docs.mistral.ai: the request's schema forbids fields that it does not name; usage is in the last chunk anyway.
    "mistral": {"kind": "openai", "base_url": "https://api.mistral.ai/v1", "endpoints": ["openai.chat", "openai.embeddings"],
                "quirks": ["no_stream_options"]},
    "nebius": {"endpoints": ["openai.chat", "openai.completions", "openai.embeddings"]},
    "neon": {"key": ["NEON_AI_GATEWAY_TOKEN"]},
    "nvidia": {"endpoints": ["openai.chat", "openai.embeddings"]},
    "openai": {"base_url": "https://api.openai.com/v1", "address": "OPENAI_BASE_URL",
               "endpoints": ["openai.chat", "openai.completions", "openai.embeddings", "openai.responses"]},
    "openrouter": {"kind": "openai", "endpoints": ["openai.chat", "openai.completions", "openai.embeddings", "openai.responses"]},
    "perplexity": {"kind": "openai", "base_url": "https://api.perplexity.ai", "quirks": ["bare_path"]},
    "perplexity-agent": {"endpoints": ["openai.responses"]},
    "privatemode-ai": {"key": ["PRIVATEMODE_API_KEY"], "address": "PRIVATEMODE_ENDPOINT"},
    "snowflake-cortex": {"key": ["SNOWFLAKE_CORTEX_PAT"]},
    "together": {"kind": "openai", "base_url": "https://api.together.xyz/v1",
                 "endpoints": ["openai.chat", "openai.completions", "openai.embeddings"]},
    "v0": {"kind": "openai", "base_url": "https://api.v0.dev/v1"},
    "venice": {"kind": "openai", "base_url": "https://api.venice.ai/api/v1"},
    "vercel": {"kind": "openai", "base_url": "https://ai-gateway.vercel.sh/v1"},
    "vertex": {"base_url": "https://${GOOGLE_VERTEX_LOCATION}-aiplatform.googleapis.com",
               "key": ["GOOGLE_APPLICATION_CREDENTIALS"]},
    "vertex-anthropic": {"base_url": "https://${GOOGLE_VERTEX_LOCATION}-aiplatform.googleapis.com",
                         "key": ["GOOGLE_APPLICATION_CREDENTIALS"]},
    "xai": {"kind": "openai", "base_url": "https://api.x.ai/v1", "endpoints": ["openai.chat", "openai.responses"]},
}

# Whose models are its own: where several vendors have a model of the same name, its maker is asked first.
MAKERS = {
    "alibaba", "anthropic", "cohere", "deepseek", "gemini", "inception", "llama", "minimax", "mistral", "moonshotai",
    "morph", "nova", "openai", "perplexity", "poolside", "sarvam", "stepfun", "upstage", "v0", "xai", "xiaomi", "zai",
}

LOCAL_ENDPOINTS = ["openai.chat", "openai.completions", "openai.embeddings"]
OWN_PROVIDERS = [
    {"id": "llamacpp", "name": "llama.cpp", "kind": "openai", "base_url": "http://localhost:8080", "key": [],
     "address": "LLAMACPP_BASE_URL", "local": True, "endpoints": LOCAL_ENDPOINTS},
    {"id": "ollama", "name": "Ollama", "kind": "openai", "base_url": "http://localhost:11434", "key": [],
     "address": "OLLAMA_HOST", "local": True, "endpoints": LOCAL_ENDPOINTS},
    {"id": "simulated", "name": "Simulated provider", "kind": "simulated", "base_url": "", "key": [], "local": True},
    {"id": "vllm", "name": "vLLM", "kind": "openai", "base_url": "http://localhost:8000", "key": [],
     "address": "VLLM_BASE_URL", "local": True, "endpoints": LOCAL_ENDPOINTS},
]

# Other names of the same model at its provider.
MODEL_ALIASES = {
    ("openai", "gpt-4.1"): ["gpt-4.1-2025-04-14"],
    ("openai", "gpt-4.1-mini"): ["gpt-4.1-mini-2025-04-14"],
    ("openai", "gpt-4o-mini"): ["gpt-4o-mini-2024-07-18"],
}

# The first model of its maker, whatever it costs. Names as after the last slash.
STRONG = {
    "claude-sonnet-5", "gemini-2.5-pro", "gemini-3-pro-preview", "gemini-3.1-pro-preview", "gpt-5", "gpt-5.1",
    "gpt-5.2", "gpt-5.2-codex", "gpt-5.3-codex", "o3",
}

# Claude 4.6 and later refuse an answer that the client has begun: docs.anthropic.com, "Prefill".
NO_PREFILL = ("claude-opus-4-6", "claude-opus-4-7", "claude-opus-4-8", "claude-sonnet-4-6", "claude-sonnet-5",
              "claude-fable-5")
# Where reasoning models want `max_completion_tokens`: platform.openai.com, "Chat completions".
NEWER_LIMIT_NAME = ("openai", "azure", "azure-cognitive-services", "github-models")
NEWER_LIMIT_MODELS = r"(^|/)(o[134]($|-)|gpt-5(?!-chat))"

LOCAL_PRICE = {"source": "own hardware", "local": True}
OWN_MODELS = [
    {"provider": "llamacpp", "model": "*", "prices": [LOCAL_PRICE]},
    {"provider": "lmstudio", "model": "*", "prices": [LOCAL_PRICE]},
    {"provider": "ollama", "model": "*", "prices": [LOCAL_PRICE]},
    {"provider": "ollama", "model": "llama3.1:70b", "aliases": ["llama3.1:70b-*"], "tier": "standard",
     "context": 131072, "prices": [LOCAL_PRICE]},
    {"provider": "simulated", "model": "sim-1", "aliases": ["*"], "tier": "cheap", "context": 128000,
     "max_output": 16384,
     "prices": [{"source": "made up", "nominal": True, "input": "0.1", "cache_read": "0.05", "output": "0.4"}]},
    {"provider": "vllm", "model": "*", "prices": [LOCAL_PRICE]},
]
