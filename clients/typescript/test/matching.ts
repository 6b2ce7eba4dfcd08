/** Expectations and variables of the behaviour scenarios; see clients/behaviour/README.md. */
import { isDeepStrictEqual } from "node:util";

export type Json = unknown;
export type JsonObject = Readonly<Record<string, Json>>;

/** What does not match, in words; empty: all does. `undefined` is what is not there. */
export function mismatch(expected: Json, actual: Json, where = "answer"): string {
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual) || actual.length !== expected.length) {
      return `${where} is ${shown(actual)}, not a list of ${expected.length}`;
    }
    return first(expected.map((each, at) => mismatch(each, actual[at], `${where}.${at}`)));
  }
  if (isObject(expected)) {
    const [name, ...others] = Object.keys(expected);
    if (name?.startsWith("$") && others.length === 0) {
      return matches(name, expected[name], actual)
        ? ""
        : `${where} is ${shown(actual)}, not ${name} ${shown(expected[name])}`;
    }
    if (!isObject(actual)) {
      return `${where} is ${shown(actual)}, not an object`;
    }
    return first(
      Object.entries(expected).map(([key, each]) => mismatch(each, actual[key], `${where}.${key}`)),
    );
  }
  return isDeepStrictEqual(expected, actual)
    ? ""
    : `${where} is ${shown(actual)}, not ${shown(expected)}`;
}

function matches(name: string, argument: Json, actual: Json): boolean {
  switch (name) {
    case "$any":
      return Array.isArray(actual) ? actual.length > 0 : Boolean(actual);
    case "$absent":
      return actual === undefined;
    case "$count":
      return Array.isArray(actual) && actual.length === argument;
    case "$min":
      return typeof actual === "number" && actual >= (argument as number);
    case "$max":
      return typeof actual === "number" && actual <= (argument as number);
    case "$contains":
      return typeof actual === "string"
        ? actual.includes(argument as string)
        : Array.isArray(actual) && actual.some((each) => mismatch(argument, each) === "");
    default:
      throw new Error(`no expectation is called ${name}`);
  }
}

/** A value with what stands for variables in its texts, and for zeros. */
export function substituted(value: Json, variables: ReadonlyMap<string, string>): Json {
  if (Array.isArray(value)) {
    return value.map((each) => substituted(each, variables));
  }
  if (isObject(value)) {
    if (typeof value.$zeros === "number") {
      return Buffer.alloc(value.$zeros).toString("base64");
    }
    return Object.fromEntries(
      Object.entries(value).map(([key, each]) => [key, substituted(each, variables)]),
    );
  }
  return typeof value === "string"
    ? value.replace(/\$\{(\w+)\}/g, (_, name: string) => variables.get(name) ?? "")
    : value;
}

/** The value at a path such as `told.0.fact_id`; the answer itself if it is empty. */
export function captured(answer: Json, path: string): string {
  let value = answer;
  for (const step of path.split(".").filter((each) => each !== "")) {
    value = (value as JsonObject)[step];
  }
  return String(value);
}

function isObject(value: Json): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function first(differences: string[]): string {
  return differences.find((each) => each !== "") ?? "";
}

function shown(value: Json): string {
  return (JSON.stringify(value) ?? "absent").slice(0, 500);
}
