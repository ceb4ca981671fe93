"""Codex CLI, unmodified, against a gateway whose provider speaks another dialect. Skipped where it is not installed: a `codex` on
the path, or `npm install @openai/codex` under build/e2e/codex."""
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from house import configs

INSTALLED = Path(__file__).parents[3] / "build/e2e/codex/node_modules/.bin/codex"
CODEX = shutil.which("codex") or (str(INSTALLED) if INSTALLED.exists() else None)
pytestmark = pytest.mark.skipif(CODEX is None, reason="Codex CLI is not installed")


@pytest.fixture(params=["openai.chat", "anthropic.messages"])
def kind(request):
    return request.param


@pytest.fixture
def gateway(serve, primary, kind):
    config = configs.single(primary.url).replace("/v1/chat", "/v1/responses")
    if kind == "anthropic.messages":
        config = config.replace("kind: openai", "kind: anthropic").replace(f"{primary.url}/v1", primary.url)
    # Codex offers OpenAI's own web search by default; no other provider has it.
    return serve(config.replace("    api_key: sk-only", "    api_key: sk-only\n    drop_unsupported: true"))


def codex(gateway, folder, prompt):
    home = folder / "home"
    work = folder / "work"
    home.mkdir()
    work.mkdir()
    (home / "config.toml").write_text(f"""
model = "gpt-5"
model_provider = "pontage"
[model_providers.pontage]
name = "pontage"
base_url = "{gateway.base_url}"
env_key = "PONTAGE_KEY"
wire_api = "responses"
request_max_retries = 0
stream_max_retries = 0
""")
    environment = {**os.environ, "CODEX_HOME": str(home), "PONTAGE_KEY": "unused", "NO_PROXY": "*", "no_proxy": "*"}
    return subprocess.run([CODEX, "exec", "--skip-git-repo-check", "--json", prompt], cwd=work, env=environment,
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)


def test_codex_gets_its_answer(gateway, primary, tmp_path, kind):
    primary.fault("single", "content=echo")
    run = codex(gateway, tmp_path, "Say bridge")
    assert run.returncode == 0, run.stdout + run.stderr
    events = [json.loads(line) for line in run.stdout.splitlines() if line.startswith("{")]
    assert any("Say bridge" in json.dumps(event) for event in events if event.get("type") == "item.completed"), run.stdout
    sent = json.loads(primary.ended(1)[0]["body"])
    names = json.dumps(sent["tools"])
    assert "exec_command" in names or "shell" in names
    assert "web_search" not in names
