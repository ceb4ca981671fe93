// Turns the official CEL conformance tests into cases.jsonl, one case a line, for tests/unit/expr/cel_conformance_test.cpp.
//
//   npm pack @bufbuild/cel-spec@0.6.1 && tar xf bufbuild-cel-spec-0.6.1.tgz
//   node extract.mjs package > cases.jsonl
//
// Every case of every section is kept. Those that need what the subset leaves out get the reason: the test asserts that
// the compiler refuses them, so that none of them can be answered wrongly in silence.
import { pathToFileURL } from "node:url";
import { resolve } from "node:path";

const folder = resolve(process.argv[2] ?? "package");
const { tests } = await import(pathToFileURL(`${folder}/dist/esm/testdata/conformance.js`));

// Literals out of the way, so that what is looked for is code.
const bare = (expr) =>
  expr.replace(/[rRbB]{0,2}("""[^]*?"""|'''[^]*?'''|"(\\.|[^"\\])*"|'(\\.|[^'\\])*')/g, "''");

const messageSections = new Set(["proto2", "proto3", "proto2_ext", "enums", "wrappers", "dynamic"]);
const macros = /\.(all|exists|exists_one|existsOne|map|filter|transformList|transformMap|transformMapEntry)\(|\bcel\.(bind|block|index|iterVar|accuVar)\b/;
const time = /\b(timestamp|duration)\(|google\.protobuf\.(Timestamp|Duration)/;
const extension = /\b(math|base64|strings|proto)\.\w+\(|\.(charAt|indexOf|lastIndexOf|join|lowerAscii|upperAscii|replace|reverse|split|substring|trim|format|quote)\(|\bstrings\.quote\(/;
const optional = /\boptional\.|\.\?|\[\?|\.(or|orValue|hasValue|value|optMap|optFlatMap|or)\(|optional_type/;
const types = /\btype\(|^\s*(bool|int|uint|double|string|bytes|list|map|null_type|type)\s*$/;

// Not to be checked, says CEL, because its checker would refuse them; ours does not.
const acceptedAllTheSame = new Set([
  "not_eq_list_length", "eq_mixed_types", "eq_list_elem_mixed_types", "ne_mixed_types", "skip_check",
  "qualified_identifier_resolution_unchecked",
]);

function supported(type) {
  if (type === undefined) return false;
  if ("primitive" in type || "null" in type) return true;
  const map = type.mapType;
  return map !== undefined && map.keyType?.primitive === "STRING" && "primitive" in (map.valueType ?? {});
}

function reason(section, { original }) {
  const code = bare(original.expr);
  const env = original.typeEnv ?? [];
  const ident = new RegExp(`\\b(${env.map((d) => d.name).join("|") || "-"})\\b`);
  if (macros.test(code)) return "macros";
  if (optional.test(code) || section === "optionals") return "optional";
  if (extension.test(code)) return "extensions";
  if (time.test(code) || section === "timestamps") return "time";
  if (messageSections.has(section) || /[A-Za-z_]\s*\{/.test(code)) return "messages";
  if (code.includes("{")) return "maps";
  if (types.test(code) || original.value?.typeValue) return "types";
  if (original.container) return "containers";
  if (ident.test(code) && env.some((d) => d.function || !supported(d.ident?.type))) return "variables";
  if (original.disableCheck && original.evalError === undefined) {
    return acceptedAllTheSame.has(original.name) ? undefined : "unchecked";
  }
  return undefined;
}

function walk(suite, path) {
  for (const test of suite.tests ?? []) {
    const { original } = test;
    const line = { name: [...path, original.name].join("/"), expr: original.expr };
    const skip = reason(path[0], test);
    if (skip !== undefined) {
      line.skip = skip;
    } else {
      if (original.checkOnly) line.check = true;
      else if (original.evalError !== undefined) line.error = true;
      else line.value = original.value ?? original.typedResult?.result ?? { boolValue: true };
      for (const declaration of original.typeEnv ?? []) {
        (line.types ??= {})[declaration.name] = declaration.ident.type;
      }
      for (const [name, bound] of Object.entries(original.bindings ?? {})) {
        (line.bindings ??= {})[name] = bound.value;
      }
    }
    console.log(JSON.stringify(line));
  }
  for (const inner of suite.suites ?? []) walk(inner, [...path, inner.name]);
}

for (const section of tests.suites) walk(section, [section.name]);
