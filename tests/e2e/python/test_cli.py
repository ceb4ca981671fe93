"""The commands that need no server: check, explain, convert, version; and how serve refuses to start."""
import json
import re
import socket

import pytest

from house import configs
from house.process import run

GOOD = configs.single("http://127.0.0.1:1")


@pytest.fixture
def check(tmp_path):
    def call(text, *arguments, environment=None):
        file = tmp_path / "pontage.yaml"
        file.write_text(text)
        code, out, err = run(["check", *arguments, "-c", str(file)], tmp_path, environment)
        return code, out + err
    return call


def test_version_names_itself_and_its_libraries():
    code, out, _ = run(["version"])
    assert code == 0
    assert re.search(r"\d+\.\d+\.\d+", out)
    assert "Boost" in out or "boost" in out
    assert "OpenSSL" in out


def test_help_lists_the_commands():
    code, out, err = run(["--help"])
    assert code == 0
    for command in ("serve", "check", "explain", "providers", "models", "convert", "simulate", "drill", "version"):
        assert command in out + err


def test_the_configuration_reference_is_current():
    """docs/configuration.md is what the code's own tables print: a key cannot be added without its line there."""
    from pathlib import Path

    code, printed, _ = run(["docs"])
    assert code == 0
    document = Path(__file__).resolve().parents[3] / "docs" / "configuration.md"
    assert printed.strip() in document.read_text(), "run scripts/docs.py --binary BINARY"


def test_a_made_key_opens(tmp_path):
    code, out, err = run(["keys", "add", "search"], tmp_path)
    assert code == 0
    import hashlib

    found = re.search(r"sha256:([0-9a-f]{64})", out)
    secrets = re.findall(r"\bpk-[\w-]+", err)
    assert found and secrets, out + err
    assert hashlib.sha256(secrets[0].encode()).hexdigest() == found.group(1)


def test_an_unknown_command_is_an_error_of_one_line():
    code, out, err = run(["sevre"])
    assert code != 0
    assert out == ""
    assert err.strip()


def test_a_good_file_passes(check):
    code, text = check(GOOD)
    assert code == 0, text


def test_the_quickstart_file_passes(check):
    from pathlib import Path

    quickstart = Path(__file__).resolve().parents[3] / "config" / "quickstart.yaml"
    assert run(["check", "-c", str(quickstart)])[0] == 0


def test_the_readmes_configuration_passes(check):
    from pathlib import Path

    readme = (Path(__file__).resolve().parents[3] / "README.md").read_text()
    code, text = check(readme.split("```yaml\n")[1].split("```")[0])
    assert code == 0, text
    assert ": warning:" not in text


def test_the_images_configuration_passes():
    from pathlib import Path

    image = Path(__file__).resolve().parents[3] / "docker" / "pontage.yaml"
    code, out, err = run(["check", "-c", str(image)], environment={"PONTAGE_ADMIN_TOKEN": "a-token"})
    assert code == 0, out + err


def test_a_chain_without_a_floor_is_warned_of(check):
    code, text = check(GOOD)
    assert code == 0
    assert "floor" in text


# text, what the message must say
BROKEN = {
    "an unknown key": (GOOD.replace("routes:", "rotues:"), r"pontage\.yaml:\d+:\d+: .*rotues.*did you mean.*routes"),
    "an unknown middleware": (GOOD.replace("fallback:", "falback:"), r":\d+:\d+: .*falback.*did you mean.*fallback"),
    "an unknown provider": (GOOD.replace("provider: only", "provider: onyl"), r":\d+:\d+: .*onyl.*did you mean.*only"),
    "an unknown fact": (
        configs.single("http://127.0.0.1:1", 'conditional: [ { if: "request.tokns < 5", then: { provider: only, model: a } } ]'
                       ).replace("      conditional", "      - conditional"),
        r":\d+:\d+: .*tokns.*did you mean.*tokens"),
    "a comparison of a string with a number": (
        configs.single("http://127.0.0.1:1", 'conditional: [ { if: "request.model > 5", then: { provider: only, model: a } } ]'
                       ).replace("      conditional", "      - conditional"),
        r":\d+:\d+: "),
    "a wrong type": (GOOD.replace("path: /v1/chat", "path: [1]"), r":\d+:\d+: "),
    "a bad duration": (
        configs.single("http://127.0.0.1:1", "- timeout: { total: 5 parsecs }"), r":\d+:\d+: .*parsecs"),
    "no YAML": ("routes: [", r":\d+:\d+: "),
    "a key twice": (GOOD + "routes: []\n", r":\d+:\d+: .*routes"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_told_by_line_and_column(check, name):
    text, pattern = BROKEN[name]
    code, said = check(text)
    assert code == 1, said
    assert re.search(pattern, said, re.IGNORECASE), said


def test_all_errors_come_at_once(check):
    text = GOOD.replace("path: /v1/chat", "pahth: /v1/chat").replace("provider: only", "provider: onyl") + "extra: 1\n"
    code, said = check(text)
    assert code == 1
    for word in ("pahth", "onyl", "extra"):
        assert word in said


def test_a_missing_file_is_an_error_of_one_line(tmp_path):
    code, _, err = run(["check", "-c", str(tmp_path / "nothing.yaml")])
    assert code == 1
    assert "nothing.yaml" in err
    assert len(err.strip().splitlines()) == 1


def test_json_output(check):
    code, text = check(GOOD.replace("provider: only", "provider: onyl"), "--json")
    assert code == 1
    found = json.loads(text)
    assert "onyl" in json.dumps(found)


CONDITIONAL = """
providers:
  openai: { kind: simulated }
  ollama: { kind: simulated }
routes:
  - match: { path: /v1/chat }
    chain:
      - conditional:
          - { if: "request.metadata.contains_pii == true", then: { provider: ollama, model: local } }
          - { if: "request.tokens < 500", then: { provider: openai, model: small } }
          - else: { provider: openai, model: large }
"""


@pytest.mark.parametrize(("request_body", "target"), [
    ({"messages": [{"role": "user", "content": "Hi"}]}, "small"),
    ({"messages": [{"role": "user", "content": "word " * 600}]}, "large"),
    ({"messages": [{"role": "user", "content": "Hi"}], "metadata": {"contains_pii": "true"}}, "local"),
])
def test_explain_says_where_a_request_goes_and_sends_nothing(tmp_path, request_body, target):
    config, request = tmp_path / "pontage.yaml", tmp_path / "request.json"
    config.write_text(CONDITIONAL)
    request.write_text(json.dumps({"model": "gpt-4o", **request_body}))
    code, out, err = run(["explain", "-c", str(config), "--request", str(request)], tmp_path)
    assert code == 0, err
    assert target in out
    assert "request." in out, "the rules that were looked at"


def test_serve_says_what_to_do_when_the_address_is_taken(tmp_path):
    config = tmp_path / "pontage.yaml"
    config.write_text(GOOD)
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        address = f"127.0.0.1:{holder.getsockname()[1]}"
        code, out, err = run(["serve", "-c", str(config), "--listen", address, "--admin-listen", "127.0.0.1:0"], tmp_path)
    assert code != 0
    assert address in out + err


def test_serve_refuses_a_bad_file(tmp_path):
    config = tmp_path / "pontage.yaml"
    config.write_text(GOOD.replace("provider: only", "provider: onyl"))
    code, out, err = run(["serve", "-c", str(config), "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"], tmp_path)
    assert code == 1
    assert "onyl" in out + err


def test_the_configuration_is_found_by_its_variable(tmp_path):
    config = tmp_path / "elsewhere.yaml"
    config.write_text(GOOD.replace("provider: only", "provider: onyl"))
    code, out, err = run(["check"], tmp_path, {"PONTAGE_CONFIG": str(config)})
    assert code == 1
    assert "elsewhere.yaml" in out + err
