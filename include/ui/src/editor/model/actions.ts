import type { ActionTypeView, EventTypeView } from "../../api/schema";
import type { Known } from "./fields";
import { actionsOf, beforeOf, type DraftAction } from "./graph";
import type { Edit, Mapping } from "./text";

const number = (description: string): Known => ({ type: "number", description, options: [] });

/** What the event that starts a rule brings, as fields of conditions. */
export const eventFields = (rule: Mapping, events: readonly EventTypeView[]): Record<string, Known> => {
  const example = rule.trigger === "event" ? events.find((each) => each.type === rule.event)?.example : undefined;
  return Object.fromEntries(
    Object.entries(example ?? {}).map(([name, value]): [string, Known] => {
      const type = typeof value;
      return [
        `event.${name}`,
        {
          type:
            type === "number"
              ? "number"
              : type === "boolean"
                ? "boolean"
                : Array.isArray(value)
                  ? "list"
                  : type === "string"
                    ? "text"
                    : "anything",
          description: "",
          options: [],
        },
      ];
    }),
  );
};

/** What a `when` can ask of the actions before it. */
export const actionFields = (
  actions: readonly DraftAction[],
  index: number,
  catalogue: readonly ActionTypeView[],
): Record<string, Known> =>
  Object.fromEntries(
    beforeOf(actions, index).flatMap((action): [string, Known][] => [
      [`actions.${action.id}.count`, number("")],
      ...(catalogue.find((type) => type.type === action.type)?.outputs ?? []).map((output): [string, Known] => [
        `actions.${action.id}.${output.name}`,
        { type: "list", description: output.description, options: [] },
      ]),
    ]),
  );

/** A new action at a place of the list; what must be given is begun with nothing, so that it is told to be missing. */
export const insertAction = (at: number, type: string): Edit => ({
  kind: "insert",
  path: ["actions"],
  at,
  value: { type },
});

/** What changes when an action is taken out: those that name it in `needs` wait for what it waited for. */
export const removeAction = (rule: Mapping, index: number): Edit[] => {
  const actions = actionsOf(rule);
  const gone = actions[index];
  if (!gone) return [];
  const before = gone.after.flatMap((place) => actions[place]?.id ?? []);
  const mended = actions.flatMap((action): Edit[] => {
    if (!action.needs?.includes(gone.id)) return [];
    const needs = [...new Set(action.needs.flatMap((need) => (need === gone.id ? before : [need])))];
    return [{ kind: "set", path: ["actions", action.index, "needs"], value: needs }];
  });
  return [...mended, { kind: "remove", path: ["actions", index] }];
};

/** What changes when one action is to wait for another one too; undefined where they would wait for each other. */
export const connectActions = (rule: Mapping, earlier: number, later: number): Edit[] | undefined => {
  const actions = actionsOf(rule);
  const from = actions[earlier];
  const to = actions[later];
  if (!from || !to || earlier === later || to.elseOf !== undefined || to.after.includes(earlier)) return undefined;
  if (beforeOf(actions, earlier).some((action) => action.index === later)) return undefined;
  const needs = [...to.after.flatMap((place) => actions[place]?.id ?? []), from.id];
  return [{ kind: "set", path: ["actions", later, "needs"], value: needs }];
};

/** What changes when an action is no longer to wait for another one. */
export const disconnectActions = (rule: Mapping, earlier: number, later: number): Edit[] | undefined => {
  const actions = actionsOf(rule);
  const to = actions[later];
  if (!to || to.elseOf !== undefined || !to.after.includes(earlier)) return undefined;
  const needs = to.after.filter((place) => place !== earlier).flatMap((place) => actions[place]?.id ?? []);
  return [{ kind: "set", path: ["actions", later, "needs"], value: needs }];
};

/** What changes when a new action comes between two; null stands for the beginning. */
export const insertBetween = (rule: Mapping, earlier: number | null, later: number, type: string): Edit[] => {
  const actions = actionsOf(rule);
  const to = actions[later];
  const before = earlier === null ? undefined : actions[earlier];
  const above = later - 1 === (earlier ?? -1);
  if (!to || (to.needs === undefined && to.elseOf === undefined && (above || earlier === null))) {
    return [insertAction(later, type)];
  }
  const taken = new Set(actions.map((action) => action.id));
  let id = type;
  for (let count = 2; taken.has(id); count += 1) id = `${type}_${count}`;
  const waits = to.after.flatMap((place) => actions[place]?.id ?? []);
  const value = { id, type, needs: before ? [before.id] : [] };
  const needs = before ? waits.map((each) => (each === before.id ? id : each)) : [...waits, id];
  return [
    { kind: "insert", path: ["actions"], at: later, value },
    ...(to.elseOf === undefined ? [{ kind: "set" as const, path: ["actions", later + 1, "needs"], value: needs }] : []),
  ];
};
