"""`pontage drill`: the weak points of a chain in words, its exit code, JUnit, JSON, and the metric of the last success."""
import json
import time
import xml.etree.ElementTree as ElementTree

from house.process import eventually, run

PROVIDERS = """
providers:
  openai: { api_key: not-a-key }
  anthropic: { api_key: not-a-key }
"""
QUICK = "{ timeout: { first_byte: 1s, first_token: 1s, attempt: 1500ms, idle: 1s } }"
TARGETS = "{ provider: openai, model: gpt-4o }, { provider: anthropic, model: claude-sonnet-4-20250514 }"
METRIC = "pontage_drill_last_success_timestamp_seconds"


def routes(**chains):
    text = PROVIDERS + "routes:\n"
    for name, chain in chains.items():
        text += f"  - name: {name}\n    match: {{ model: {name} }}\n    chain:\n"
        text += "".join(f"      - {entry}\n" for entry in chain)
    return text


GOOD = [QUICK, "{ retry: { max: 1 } }", f"{{ fallback: [ {TARGETS} ] }}", "{ floor: { message: We are busy. } }"]
BROKEN = [QUICK, f'{{ fallback: {{ on: [ "status_code == 429" ], targets: [ {TARGETS} ] }} }}']


def drill(folder, config, *arguments):
    file = folder / "pontage.yaml"
    file.write_text(config)
    return run(["drill", "-c", str(file), *arguments], folder, {"PONTAGE_STATE_DIR": str(folder)})


def test_a_good_chain_passes_and_is_remembered(tmp_path):
    begun = int(time.time())
    code, out, err = drill(tmp_path, routes(chat=GOOD), "--all", "--junit", "drill.xml")
    assert code == 0, out + err
    assert " 0 failed, 0 skipped " in out
    suites = ElementTree.parse(tmp_path / "drill.xml").getroot()
    cases = suites.findall("testsuite/testcase")
    assert len(cases) > 80 and int(suites.get("tests")) == len(cases) and suites.get("failures") == "0"
    remembered = json.loads((tmp_path / "drills.json").read_text())["last_success"]
    assert remembered["chat"] >= begun


def test_a_broken_chain_is_found_and_named(tmp_path):
    code, out, err = drill(tmp_path, routes(good=GOOD, bad=BROKEN), "--json", "--junit", "drill.xml")
    assert code == 1, out + err
    report = json.loads(out)
    text = "\n".join(report["weak_points"])
    assert "route bad: when openai answers 500 or answers 503, the client gets an error although " \
        "anthropic/claude-sonnet-4-20250514 stands ready: look at what fallback.on covers" in text
    assert "route bad: when everything is down, the client gets an error: add a floor" in text
    assert "route good" not in text
    failures = ElementTree.parse(tmp_path / "drill.xml").getroot().findall("testsuite/testcase/failure")
    assert len(failures) == report["failed"]
    assert list(json.loads((tmp_path / "drills.json").read_text())["last_success"]) == ["good"]


def test_a_part_of_a_drill_is_no_drill(tmp_path):
    code, _, err = drill(tmp_path, routes(chat=GOOD), "--fault", "500")
    assert code == 0, err
    assert not (tmp_path / "drills.json").exists()
    code, out, err = drill(tmp_path, routes(chat=GOOD), "--fault", "earthquake")
    assert (code, out) == (2, "")
    assert "earthquake" in err and "silence" in err
    code, _, err = drill(tmp_path, routes(chat=GOOD), "--route", "chatt")
    assert code == 2 and "chatt" in err


def test_the_running_gateway_shows_the_last_success(serve):
    gateway = serve(routes(chat=GOOD, other=GOOD))
    series = f'{METRIC}{{route="chat"}}'
    assert gateway.metrics()[series] == 0
    code, out, err = run(["drill", "-c", str(gateway.config_path), "--route", "chat"], gateway.folder,
                         {"PONTAGE_STATE_DIR": str(gateway.folder)})
    assert code == 0, out + err
    remembered = json.loads((gateway.folder / "drills.json").read_text())["last_success"]["chat"]
    eventually(lambda: gateway.metrics()[series] == remembered, "the metric follows the file")
    assert gateway.metrics()[f'{METRIC}{{route="other"}}'] == 0
