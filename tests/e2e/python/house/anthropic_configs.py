"""Configurations of the Anthropic client's tests: providers of both dialects behind /v1/messages."""
from house.configs import RULES


def provider(name, kind, address):
    base = f"{address}/v1" if kind == "openai" else address
    return f"""
  {name}:
    kind: {kind}
    base_url: {base}
    api_key: sk-{name}"""


def single(address, kind, more="", chain=""):
    """One provider of this dialect, one target; `more` are further keys of the provider, `chain` entries before it."""
    before = "".join(f"      {line}\n" for line in chain.splitlines())
    extra = "".join(f"\n    {line}" for line in more.splitlines())
    return f"""
providers:{provider("only", kind, address)}{extra}
    models: [ single ]
routes:
  - name: messages
    match: {{ path: /v1/messages }}
    chain:
{before}      - fallback: [ {{ provider: only, model: single }} ]
"""


def fallback(primary, secondary, kinds=("anthropic", "openai"), policies=(), limit_ms=None, floor=None):
    """The primary speaks the first of `kinds`, the secondary the second."""
    steps = "".join(f"      - {policy}\n" for policy in policies)
    on = "" if limit_ms is None else f"on: {RULES.format(limit=limit_ms)}, "
    last = "" if floor is None else f"      - floor: [ {floor} ]\n"
    return f"""
providers:{provider("primary", kinds[0], primary)}{provider("secondary", kinds[1], secondary)}
routes:
  - name: messages
    match: {{ path: /v1/messages }}
    chain:
{steps}      - fallback: {{ {on}targets: [ {{ provider: primary, model: first }}, {{ provider: secondary, model: second }} ] }}
{last}"""
