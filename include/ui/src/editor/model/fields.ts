// From the JSON schema of what a rule may say to the field of a form that it is given in.
import { labelOf } from "../../names";
import { isMapping, type Mapping } from "./text";

export interface Field {
  name: string;
  label: string;
  description: string;
  required: boolean;
  /** Whether a reference may stand in the place of a value. */
  referable: boolean;
  fallback: unknown;
  input: Input;
}

export type Input =
  | { kind: "items"; collection: string; suppliedBy: readonly string[]; fields: Readonly<Record<string, Known>> }
  | { kind: "choice"; options: readonly (string | number)[] }
  | { kind: "number"; whole: boolean; least?: number; most?: number }
  | { kind: "switch" }
  | { kind: "text"; long: boolean; time: boolean }
  | { kind: "list"; numbers: boolean }
  | { kind: "several"; options: readonly string[] }
  | { kind: "fields"; fields: readonly Field[] }
  | { kind: "entries"; fields: readonly Field[] }
  | { kind: "ways"; options: readonly string[]; others: readonly Way[] }
  | { kind: "actions" }
  | { kind: "yaml" };

/** One of several forms that a value can have, with fields of its own. */
export interface Way {
  name: string;
  fields: readonly Field[];
}

/** What is known of a field that a condition can look at. */
export interface Known {
  type: ValueType;
  description: string;
  options: readonly string[];
  /** Where the values that there are can be asked for. */
  values?: Values;
}
/** The values that the items of a collection have in a field. */
export interface Values {
  collection: string;
  field: string;
  /** Whether they are numbers of what has a name. */
  named: boolean;
}
export type ValueType = "number" | "text" | "date-time" | "boolean" | "list" | "anything";

const LONG = 300;
const list = (value: unknown): Mapping[] => (Array.isArray(value) ? value.filter(isMapping) : []);
const texts = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((each): each is string => typeof each === "string") : [];
const number = (value: unknown) => (typeof value === "number" ? value : undefined);
const REFERENCE = "\\{\\{";
/** How deep fields stand in fields; what is deeper is given as YAML. */
const DEEPEST = 3;

/** Whether a reference may stand there, and whether nothing else may. */
const refers = (schema: Mapping): { may: boolean; must: boolean } => {
  const pattern = schema.type === "string" ? String(schema.pattern ?? "") : "";
  return { may: pattern.includes(REFERENCE), must: pattern.startsWith(`^\\s*${REFERENCE}`) };
};

/** What a schema says, with what it refers to in its place. */
const resolved = (schema: Mapping, shared: Mapping): Mapping => {
  const name = /^#\/\$defs\/(.+)$/.exec(String(schema.$ref ?? ""))?.[1];
  const found = name === undefined ? undefined : shared[name];
  return isMapping(found) ? { ...found, ...schema } : schema;
};

/** The ways in which a value may be given, without the empty one and without a reference. */
const shapes = (given: Mapping, shared: Mapping): { shapes: Mapping[]; referable: boolean } => {
  const schema = resolved(given, shared);
  const choices = [...list(schema.anyOf), ...list(schema.oneOf)];
  if (choices.length === 0) {
    const { may, must } = refers(schema);
    return { shapes: must || schema.type === "null" ? [] : [schema], referable: may };
  }
  const found = choices.map((choice) => shapes(choice, shared));
  return { shapes: found.flatMap((each) => each.shapes), referable: found.some((each) => each.referable) };
};

export const valueType = (schema: Mapping): ValueType => {
  if (schema.format === "date-time") return "date-time";
  switch (schema.type) {
    case "integer":
    case "number":
      return "number";
    case "string":
      return "text";
    case "boolean":
      return "boolean";
    case "array":
      return "list";
    default:
      return "anything";
  }
};

const valuesOf = (schema: Mapping, collection: string | undefined, field: string): Pick<Known, "values"> => {
  const of = schema["x-values"];
  return collection === undefined || of === undefined ? {} : { values: { collection, field, named: of !== "text" } };
};

/** The fields that a schema's properties describe; those of a collection's items know where their values are. */
export const knownFields = (properties: unknown, collection?: string): Readonly<Record<string, Known>> =>
  isMapping(properties)
    ? Object.fromEntries(
        Object.entries(properties).flatMap(([name, schema]) =>
          isMapping(schema)
            ? [
                [
                  name,
                  {
                    type: valueType(schema),
                    description: String(schema.description ?? ""),
                    options: texts(schema.enum),
                    ...valuesOf(schema, collection, name),
                  },
                ],
              ]
            : [],
        ),
      )
    : {};

/** The fields of an object, where each has a name that is a name and no path. */
const within = (schema: Mapping, shared: Mapping, depth: number): readonly Field[] | undefined => {
  const { properties } = schema;
  if (depth > DEEPEST || schema.type !== "object" || !isMapping(properties)) return undefined;
  const named = Object.entries(properties).filter((entry): entry is [string, Mapping] => isMapping(entry[1]));
  if (named.length === 0 || named.some(([name]) => name.includes("."))) return undefined;
  return fieldsAt(Object.fromEntries(named), texts(schema.required), shared, depth);
};

const listOf = (given: Mapping, shared: Mapping, depth: number): Input => {
  if (isMapping(given.discriminator)) return { kind: "actions" };
  const items = resolved(given, shared);
  const options = texts(items.enum);
  if (options.length > 0) return { kind: "several", options };
  if (items.type === "string" || items.type === "integer" || items.type === "number") {
    return { kind: "list", numbers: items.type !== "string" };
  }
  const fields = within(items, shared, depth + 1);
  return fields ? { kind: "entries", fields } : { kind: "yaml" };
};

/** Where a value is one of a few words or something with fields of its own. */
const waysOf = (found: readonly Mapping[], shared: Mapping, depth: number): Input => {
  const words = found.filter((shape) => Array.isArray(shape.enum));
  const others = found.flatMap((shape): Way[] => {
    const fields = within(shape, shared, depth + 1);
    return fields ? [{ name: String(shape.title ?? fields[0]?.label), fields }] : [];
  });
  if (others.length === 0 || words.length + others.length !== found.length) return { kind: "yaml" };
  return { kind: "ways", options: words.flatMap((shape) => texts(shape.enum)), others };
};

const inputOf = (schema: Mapping, found: readonly Mapping[], shared: Mapping, depth: number): Input => {
  if (typeof schema["x-collection"] === "string") {
    return {
      kind: "items",
      collection: schema["x-collection"],
      suppliedBy: texts(schema["x-supplied-by"]),
      fields: knownFields(schema["x-fields"], schema["x-collection"]),
    };
  }
  const [shape] = found;
  if (!shape) return { kind: "yaml" };
  if (found.length > 1) return waysOf(found, shared, depth);
  if (Array.isArray(shape.enum)) {
    return {
      kind: "choice",
      options: shape.enum.filter((each) => typeof each === "string" || typeof each === "number"),
    };
  }
  switch (shape.type) {
    case "integer":
    case "number": {
      const least = number(shape.minimum);
      const most = number(shape.maximum);
      return {
        kind: "number",
        whole: shape.type === "integer",
        ...(least === undefined ? {} : { least }),
        ...(most === undefined ? {} : { most }),
      };
    }
    case "boolean":
      return { kind: "switch" };
    case "string": {
      const most = number(shape.maxLength);
      return {
        kind: "text",
        long: most !== undefined && most > LONG && !String(shape.pattern ?? "").startsWith("^https?"),
        time: String(shape.pattern ?? "").startsWith("^\\d{4}-") || shape.format === "date-time",
      };
    }
    case "array":
      return isMapping(shape.items) ? listOf(shape.items, shared, depth) : { kind: "yaml" };
    default: {
      const fields = within(shape, shared, depth + 1);
      return fields ? { kind: "fields", fields } : { kind: "yaml" };
    }
  }
};

const fieldsAt = (
  schemas: Readonly<Record<string, Mapping>>,
  required: readonly string[],
  definitions: Mapping,
  depth: number,
): readonly Field[] =>
  Object.entries(schemas).map(([name, schema]) => {
    const shared = isMapping(schema.$defs) ? schema.$defs : definitions;
    const { shapes: found, referable } = shapes(schema, shared);
    const input = inputOf(schema, found, shared, depth);
    return {
      name,
      label: labelOf(input.kind === "items" ? input.collection : name),
      description: String(schema.description ?? ""),
      required: required.includes(name),
      referable: referable && input.kind !== "items",
      fallback: schema.default ?? undefined,
      input,
    };
  });

/** The fields of a form for what these schemas describe, such as an action's params. */
export const fieldsOf = (
  schemas: Readonly<Record<string, Mapping>>,
  required: readonly string[],
  definitions: Mapping = {},
): readonly Field[] => fieldsAt(schemas, required, definitions, 0);
