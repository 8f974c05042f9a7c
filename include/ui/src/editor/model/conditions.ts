// Conditions as a tree that is edited: comparisons, and all, any and not around them.
import type { LedgerFinding } from "../../api/schema";
import type { Known, ValueType } from "./fields";
import { isMapping, type Mapping, type Path } from "./text";

export type Group = "all" | "any" | "not";
export const GROUPS: readonly Group[] = ["all", "any", "not"];

export const OPERATORS = ["equals", "not_equals", "greater_than", "less_than", "contains", "in", "not_in"] as const;
export type Operator = (typeof OPERATORS)[number];

/** Those that look whether something is one of certain values. */
export const SAME: readonly Operator[] = ["equals", "not_equals", "in", "not_in"];
/** Those that look which of two is more. */
export const ORDER: readonly Operator[] = ["greater_than", "less_than"];
// As docs/rules.md has it, and as the server checks it again.
const FITTING: Record<ValueType, readonly Operator[]> = {
  number: [...SAME, ...ORDER],
  "date-time": [...SAME, ...ORDER],
  text: [...SAME, ...ORDER, "contains"],
  boolean: SAME,
  list: ["equals", "not_equals", "contains"],
  anything: OPERATORS,
};

/** The operators that fit a field, in the order in which they are offered. */
export const operatorsFor = (known: Known | undefined): readonly Operator[] =>
  OPERATORS.filter((operator) => FITTING[known?.type ?? "anything"].includes(operator));

export const takesList = (operator: unknown) => operator === "in" || operator === "not_in";

/** The group that a node is; undefined for a comparison. */
export const groupOf = (node: unknown): Group | undefined =>
  isMapping(node) ? GROUPS.find((group) => group in node) : undefined;

/** The conditions of a list, or the only one, each with its place. */
export const placed = (value: unknown, path: Path): readonly { node: unknown; path: Path }[] => {
  if (Array.isArray(value)) return value.map((node, index) => ({ node, path: [...path, index] }));
  return value === undefined || value === null ? [] : [{ node: value, path }];
};

/** A group of another kind with the same conditions in it. */
export const regroup = (node: Mapping, to: Group): Mapping => {
  const from = groupOf(node);
  if (from === undefined || from === to) return node;
  const within = from === "not" ? [node.not] : placed(node[from], []).map((each) => each.node);
  if (to !== "not") return { [to]: within };
  return { not: within.length === 1 ? within[0] : { [from]: within } };
};

/** A comparison to begin with, of the first field that there is. */
export const comparison = (fields: Readonly<Record<string, Known>>): Mapping => {
  const [field = "keywords.new", known] = Object.entries(fields)[0] ?? [];
  return known?.type === "text" || known?.type === "boolean" || known?.values
    ? { field, operator: "equals", value: known.options[0] ?? (known.type === "boolean" ? true : "") }
    : { field, operator: "greater_than", value: 0 };
};

const scalar = (text: string, type: ValueType): unknown => {
  const trimmed = text.trim();
  if (type === "text" || type === "date-time") return text;
  if (trimmed === "true" || trimmed === "false") return type === "number" ? text : trimmed === "true";
  if (/^[-+]?(\d+\.?\d*|\.\d+)$/.test(trimmed)) return Number(trimmed);
  return text;
};

/** What a comparison's value is by what stands in its field; what does not fit stays a text, for the server to tell. */
export const readValue = (text: string, known: Known | undefined, operator: unknown): unknown => {
  const type = known?.type ?? "anything";
  if (!takesList(operator)) return scalar(text, type === "list" ? "anything" : type);
  const parts = text.split(",").map((part) => part.trim());
  return parts.filter(Boolean).map((part) => scalar(part, type));
};

/** What stands in the field of a comparison's value. */
export const valueText = (value: unknown): string => {
  if (value === undefined || value === null) return "";
  if (Array.isArray(value)) return value.map(valueText).join(", ");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
};

/** What is looked for while the text of a value is typed: in a list, what stands after the last comma. */
export const wanted = (text: string, many: boolean): string =>
  (many ? text.slice(text.lastIndexOf(",") + 1) : text).trim();

/** The text once a value is chosen: in a list it takes the place of what was being typed, and another may follow. */
export const withChosen = (text: string, value: unknown, many: boolean): string => {
  if (!many) return valueText(value);
  const before = text
    .split(",")
    .slice(0, -1)
    .map((part) => part.trim())
    .filter((part) => part && part !== valueText(value));
  return [...before, valueText(value), ""].join(", ");
};

/** The value as the operator takes it: a list for in and not_in, one thing for the others. */
export const refit = (value: unknown, operator: Operator): unknown => {
  if (takesList(operator)) return Array.isArray(value) ? value : value === "" || value === undefined ? [] : [value];
  return Array.isArray(value) ? (value[0] ?? "") : value;
};

/** Where the API tells of a condition in its findings: `1.any.0` for conditions[1].any[0]. */
export const findingPath = (path: Path, root: Path): string => {
  const [first, ...rest] = path.slice(root.length);
  return (typeof first === "number" ? [first, ...rest] : [0, ...(first === undefined ? [] : [first, ...rest])]).join(
    ".",
  );
};

/** What was found of a comparison; undefined where it has been changed since. */
export const findingOf = (node: Mapping, path: string, findings: readonly LedgerFinding[]): LedgerFinding | undefined =>
  findings.find(
    (finding) =>
      finding.path === path &&
      finding.field === node.field &&
      finding.operator === node.operator &&
      JSON.stringify(finding.value) === JSON.stringify(node.value),
  );
