import { actionsOf } from "./graph";
import { type Edit, isMapping, type Mapping, type Path } from "./text";

/** The same text with an action's id changed wherever it points at that action. */
const renamed = (text: string, from: string, to: string): string => {
  if (text === `actions.${from}` || text.startsWith(`actions.${from}.`))
    return `actions.${to}${text.slice(8 + from.length)}`;
  const mark = `actions.${from}.`;
  return text.includes("{{") ? text.replaceAll(mark, `actions.${to}.`) : text;
};

const within = (value: unknown, path: Path, from: string, to: string): Edit[] => {
  if (typeof value === "string") {
    const after = renamed(value, from, to);
    return after === value ? [] : [{ kind: "set", path, value: after }];
  }
  if (Array.isArray(value)) return value.flatMap((each, index) => within(each, [...path, index], from, to));
  return isMapping(value)
    ? Object.entries(value).flatMap(([name, each]) => within(each, [...path, name], from, to))
    : [];
};

/** What changes in a rule when an action gets another id: the id, and everything that names it. */
export const renameEdits = (rule: Mapping, index: number, to: string): Edit[] => {
  const actions = actionsOf(rule);
  const from = actions[index]?.id;
  if (from === undefined || from === to) return [];
  const others = actions.flatMap((action): Edit[] => {
    const path = ["actions", action.index];
    const needs = action.needs ?? [];
    return [
      ...within(action.params, [...path, "params"], from, to),
      ...within(action.when, [...path, "when"], from, to),
      ...needs.flatMap((need, place): Edit[] =>
        need === from ? [{ kind: "set", path: [...path, "needs", place], value: to }] : [],
      ),
      ...(action.elseOf === from ? [{ kind: "set" as const, path: [...path, "else_of"], value: to }] : []),
    ];
  });
  return [{ kind: "set", path: ["actions", index, "id"], value: to }, ...others];
};
