"""Configurations of the tests: two simulated providers, the first one to be broken."""

RULES = '["status_code == 429", "status_code >= 500", "latency_ms > {limit}"]'


def providers(primary, secondary, kind="openai"):
    """`primary` speaks OpenAI; `secondary` speaks `kind`. Both are base addresses without a path."""
    second = f"{secondary}/v1" if kind == "openai" else secondary
    return f"""
providers:
  primary:
    kind: openai
    base_url: {primary}/v1
    api_key: sk-primary
  secondary:
    kind: {kind}
    base_url: {second}
    api_key: sk-secondary
"""


def fallback(primary, secondary, kind="openai", policies=(), limit_ms=None, floor=None, server=""):
    """One route over everything: the policies, then primary and secondary in this order."""
    steps = "".join(f"      - {policy}\n" for policy in policies)
    on = "" if limit_ms is None else f"on: {RULES.format(limit=limit_ms)}, "
    last = "" if floor is None else f"      - floor: [ {floor} ]\n"
    return f"""{server}
{providers(primary, secondary, kind)}
routes:
  - name: chat
    match: {{ path: /v1/chat }}
    chain:
{steps}      - fallback: {{ {on}targets: [ {{ provider: primary, model: first }}, {{ provider: secondary, model: second }} ] }}
{last}"""


def single(address, chain="", server=""):
    """One provider, one target; `chain` holds the entries before it, as YAML lines without indentation."""
    before = "".join(f"      {line}\n" for line in chain.splitlines())
    return f"""{server}
providers:
  only:
    kind: openai
    base_url: {address}/v1
    api_key: sk-only
routes:
  - name: chat
    match: {{ path: /v1/chat }}
    chain:
{before}      - fallback: [ {{ provider: only, model: single }} ]
"""


# OpenAI's own name, with key and address from the environment, so that the built-in prices hold.
CATALOGUE = """
routes:
  - name: chat
    match: { path: /v1/chat }
    chain:
      - fallback: [ { provider: openai, model: gpt-4o } ]
"""
