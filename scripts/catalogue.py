"""Makes config/providers.yaml and config/models.yaml from two fact files; the next refresh is this one command:

    scripts/catalogue.py PROVIDER_FACTS.json PRICE_FACTS.json

The fact files hold {"about": "… Source: NAME, MONTH YEAR.", "rows": [ … ]}. What we know beyond them stands in
catalogue_own.py. The two YAML files are ours: one row a line, sorted, exact decimals, so that the binary can look a row
up in the text without reading the rest. scripts/docs.py reads the first one through `flow_rows` for docs/providers.md.
"""
import json
import re
import sys
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path

import catalogue_own as own

CONFIG = Path(__file__).resolve().parents[1] / "config"
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
          "December")
CHEAP_AT_MOST, STRONG_AT_LEAST = Decimal(2), Decimal(5)
RATES = {"input": "input", "cache_read": "cache_read", "cache_write": "cache_write_5m", "input_audio": "input_audio",
         "output": "output", "reasoning": "reasoning", "output_audio": "output_audio"}

PROVIDERS_HEAD = """\
# The vendors: who they are, where they are, what they speak. Compiled in; `catalogue: { providers: FILE }` puts rows of the
# same form over these, by id. Written by scripts/catalogue.py; one row a line, sorted by id.
#
# kind       the family that addresses and signs; a kind that this version has not is listed, and skipped with that reason
# key        environment variables that may hold the key, the first that is set is taken; [] needs none
# address    the variable by which the vendor's own SDK is sent elsewhere
# ${NAME}    in base_url: an environment variable of the account; while it is not set, the provider is not configured
# endpoints  the dialects that it is known to speak, the first is what others are translated into; else the family's usual ones
# quirks     bare_path: no /v1 before the path; no_stream_options: refuses that field; no_json_schema: response_format
#            takes json_object, no schema
# local      run by its user: what is sent there stays in the house
# maker      its models are its own: asked first where several vendors have a model of the same name
vendors:
"""
MODELS_HEAD = """\
# What models cost, hold and can do. Compiled in; `catalogue: { models: FILE }` puts rows of the same form over these, by
# provider and model, and top-level `models` of the configuration go before both. Written by scripts/catalogue.py; one row
# a line, sorted by provider and model, `provider` and `model` first: the binary finds a row in this text when it is asked for.
#
# Rates are US dollars for a million tokens, exact decimals of at most nine digits after the point, never read as floating
# point. A change of price is a new entry under `prices` with `effective_from`, and `effective_until` on the one before it.
# A class of tokens without a rate is charged at its nearest relative (cache_read: input; reasoning: output; …) and flagged.
#
# tier       from the price of three input tokens and one output token, divided by four: cheap up to 2, strong from 5,
#            standard between; not stated for what is free. Makers' first models are strong at any price.
# can        what the model is known to do; cannot: what it is known not to do; what stands in neither is not known and
#            is tried
version: 1
currency: USD
unit: per_million_tokens
models:
"""


def as_of(facts):
    month, year = re.search(r"(%s) (\d{4})" % "|".join(MONTHS), facts["about"]).groups()
    return f"{year}-{MONTHS.index(month) + 1:02}-01"


def source(facts):
    return re.search(r"Source: ([\w.]+)", facts["about"]).group(1)


def decimal(value):
    exact = Decimal(repr(value)).quantize(Decimal("1e-9"), ROUND_HALF_EVEN).normalize()
    return format(exact, "f")


def plain(text):
    """Whether YAML takes it for a text without quotes, in flow style too."""
    return (re.fullmatch(r"[A-Za-z][\w./+-]*( [\w./+-]+)*", text) is not None and
            text.lower() not in ("true", "false", "yes", "no", "null", "on", "off", "y", "n"))


def flow(value):
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key}: {flow(each)}" for key, each in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(flow(each) for each in value) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) or re.fullmatch(r"\d+(\.\d+)?|\d{4}-\d\d-\d\d", value) or plain(value):
        return str(value)
    if '"' in value or "\\" in value:
        raise ValueError(f"no form for {value!r}")
    return f'"{value}"'


def flow_rows(text):
    """The rows of a file in our form, as dictionaries; scalars are texts, but for true and false."""
    return [_read(line.strip()[2:], 0)[0] for line in text.splitlines() if line.startswith("  - {")]


def _read(text, at):
    at = _blank(text, at)
    if text[at] == "{":
        out, at = {}, _blank(text, at + 1)
        while text[at] != "}":
            colon = text.index(":", at)
            out[text[at:colon]], at = _read(text, colon + 1)
            at = _blank(text, at)
            at = _blank(text, at + 1) if text[at] == "," else at
        return out, at + 1
    if text[at] == "[":
        out, at = [], _blank(text, at + 1)
        while text[at] != "]":
            value, at = _read(text, at)
            out.append(value)
            at = _blank(text, at)
            at = _blank(text, at + 1) if text[at] == "," else at
        return out, at + 1
    if text[at] == '"':
        end = text.index('"', at + 1)
        return text[at + 1:end], end + 1
    end = re.compile(r"[,\]}]").search(text, at).start()
    value = text[at:end].strip()
    return {"true": True, "false": False}.get(value, value), end


def _blank(text, at):
    while text[at] == " ":
        at += 1
    return at


def provider_row(fact, said):
    known = own.PROVIDERS.get(own.IDS.get(fact["id"], fact["id"]), {})
    id_ = own.IDS.get(fact["id"], fact["id"])
    aliases = ([fact["id"]] if id_ != fact["id"] else []) + own.ALIASES.get(id_, [])
    row = {"id": id_, "name": fact["name"], "aliases": aliases,
           "kind": known.get("kind") or own.KINDS[fact["dialect"]],
           "base_url": known.get("base_url", fact["base_url"] or "").rstrip("/"),
           "key": known.get("key", fact["env"])}
    for key in ("address", "endpoints", "quirks", "local"):
        row[key] = known.get(key)
    row["maker"] = id_ in own.MAKERS
    if not fact["base_url"] and not known.get("base_url") and row["kind"] in ("openai", "anthropic"):
        raise ValueError(f"{id_}: no address is known")
    filled = fact["base_url"] is None or "quirks" in known or "endpoints" in known
    return {**{key: value for key, value in row.items() if value or key in ("key", "base_url")},
            "source": f"{said['source']}, {own.SDK}" if filled else said["source"], "as_of": said["as_of"]}


def providers(facts):
    said = {"source": source(facts), "as_of": as_of(facts)}
    rows = [provider_row(fact, said) for fact in facts["rows"]]
    for each in own.OWN_PROVIDERS:
        row = dict(each)
        aliases = own.ALIASES.get(row["id"], [])
        row = {"id": row.pop("id"), "name": row.pop("name"), **({"aliases": aliases} if aliases else {}), **row}
        rows.append({**row, "source": own.SDK if row["base_url"] else "this project", "as_of": said["as_of"]})
    names = [name for row in rows for name in [row["id"], *row.get("aliases", [])]]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise ValueError(f"two vendors are called {sorted(twice)}")
    return sorted(rows, key=lambda row: row["id"])


def tier_of(fact):
    if fact["model"].rsplit("/", 1)[-1] in own.STRONG:
        return "strong"
    mixed = (3 * Decimal(repr(fact["input"])) + Decimal(repr(fact["output"]))) / 4
    if mixed == 0:
        return None
    return "cheap" if mixed <= CHEAP_AT_MOST else "strong" if mixed >= STRONG_AT_LEAST else "standard"


def abilities(fact, provider):
    """(can, cannot). That a list of inputs lacks PDF is no proof: such lists are often behind."""
    can, cannot = [], []
    inputs = fact["input_modalities"]
    known = {"tools": fact.get("can_tool_call"), "images": "image" in inputs, "audio": "audio" in inputs,
             "documents": True if "pdf" in inputs else None, "temperature": fact.get("can_temperature"),
             "reasoning": fact.get("is_reasoning"), "structured_output": fact.get("can_structured_output")}
    if any(name in fact["model"] for name in own.NO_PREFILL):
        known["prefill"] = False
    for name, value in known.items():
        if value is not None:
            (can if value else cannot).append(name)
    if provider in own.NEWER_LIMIT_NAME and re.search(own.NEWER_LIMIT_MODELS, fact["model"]):
        can.append("max_completion_tokens")
    return can, cannot


def rates(fact):
    return {ours: decimal(fact[theirs]) for theirs, ours in RATES.items() if theirs in fact}


def price(fact, provider, said):
    out = {**said, **rates(fact)}
    if provider == "anthropic" and "cache_write" in fact:  # Anthropic's price page: an hour costs twice the input rate
        out["cache_write_1h"] = decimal(2 * fact["input"])
    tiers = [{"above": each["tier"]["size"], **({"inclusive": True} if provider == "xai" else {}), **rates(each)}
             for each in fact.get("tiers", [])]
    if tiers:
        out["context_tiers"] = sorted(tiers, key=lambda each: each["above"])
    return out


def model_row(fact, said):
    provider = own.IDS.get(fact["provider"], fact["provider"])
    can, cannot = abilities(fact, provider)
    row = {"provider": provider, "model": fact["model"],
           "aliases": own.MODEL_ALIASES.get((provider, fact["model"])), "tier": tier_of(fact),
           "status": fact.get("status"), "context": fact.get("context"), "max_output": fact.get("max_output"),
           "can": can, "cannot": cannot, "prices": [price(fact, provider, said)]}
    return {key: value for key, value in row.items() if value}


def models(facts):
    said = {"source": source(facts), "as_of": as_of(facts)}
    rows = [model_row(fact, said) for fact in facts["rows"]]
    for each in own.OWN_MODELS:
        dated = [{"source": entry["source"], "as_of": said["as_of"],
                  **{key: value for key, value in entry.items() if key != "source"}} for entry in each["prices"]]
        rows.append({**each, "prices": dated})
    return sorted(rows, key=lambda row: (row["provider"].encode(), row["model"].encode()))


def written(head, rows):
    return head + "".join(f"  - {flow(row)}\n" for row in rows)


def main(arguments):
    if len(arguments) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    provider_facts, price_facts = (json.loads(Path(each).read_text(encoding="utf-8")) for each in arguments)
    made = {"providers.yaml": written(PROVIDERS_HEAD, providers(provider_facts)),
            "models.yaml": written(MODELS_HEAD, models(price_facts))}
    for name, text in made.items():
        (CONFIG / name).write_text(text, encoding="utf-8")
        print(f"config/{name}: {text.count(chr(10) + '  - {')} rows, {len(text.encode())} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
