// From the JSON schema of an action's param to the field of a form that it is given in.
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
  | { kind: "yaml" };

/** What is known of a field that a condition can look at. */
export interface Known {
  type: ValueType;
  description: string;
  options: readonly string[];
}
export type ValueType = "number" | "text" | "date-time" | "boolean" | "list" | "anything";

const LONG = 300;
const list = (value: unknown): Mapping[] => (Array.isArray(value) ? value.filter(isMapping) : []);
const texts = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((each): each is string => typeof each === "string") : [];
const number = (value: unknown) => (typeof value === "number" ? value : undefined);
const isReference = (schema: Mapping) => schema.type === "string" && String(schema.pattern ?? "").includes("\\{\\{");

/** A name as people read it: keyword_ids is "Keyword ids". */
export const labelOf = (name: string): string => {
  const spaced = name.replaceAll("_", " ");
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
};

/** The ways in which a value may be given, without the empty one and without a reference. */
const shapes = (schema: Mapping): { shapes: Mapping[]; referable: boolean } => {
  const choices = [...list(schema.anyOf), ...list(schema.oneOf)];
  if (choices.length === 0) {
    if (isReference(schema)) return { shapes: [], referable: true };
    return { shapes: schema.type === "null" ? [] : [schema], referable: false };
  }
  const found = choices.map(shapes);
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

/** The fields that a schema's properties describe. */
export const knownFields = (properties: unknown): Readonly<Record<string, Known>> =>
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
                  },
                ],
              ]
            : [],
        ),
      )
    : {};

const inputOf = (schema: Mapping, found: readonly Mapping[]): Input => {
  if (typeof schema["x-collection"] === "string") {
    return {
      kind: "items",
      collection: schema["x-collection"],
      suppliedBy: texts(schema["x-supplied-by"]),
      fields: knownFields(schema["x-fields"]),
    };
  }
  const [shape] = found;
  if (!shape || found.length > 1) return { kind: "yaml" };
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
    case "array": {
      const items = isMapping(shape.items) ? shape.items.type : undefined;
      if (items === "string" || items === "integer" || items === "number") {
        return { kind: "list", numbers: items !== "string" };
      }
      return { kind: "yaml" };
    }
    default:
      return { kind: "yaml" };
  }
};

/** The fields of a form for an action's params. */
export const fieldsOf = (schemas: Readonly<Record<string, Mapping>>, required: readonly string[]): readonly Field[] =>
  Object.entries(schemas).map(([name, schema]) => {
    const { shapes: found, referable } = shapes(schema);
    const input = inputOf(schema, found);
    return {
      name,
      label: labelOf(name),
      description: String(schema.description ?? ""),
      required: required.includes(name),
      referable: referable && input.kind !== "items",
      fallback: schema.default ?? undefined,
      input,
    };
  });
