// Where an action can be put in a rule, and what changes when it goes there.
import { insertAction, insertBetween } from "./actions";
import { actionsOf, beforeOf, type DraftAction } from "./graph";
import type { Edit, Mapping } from "./text";

/** A place for an action: after one and before another, each by its index; null for the beginning, and for the end. */
export interface Spot {
  earlier: number | null;
  later: number | null;
}

/** Why something cannot be drawn. */
export type Hindrance =
  /** The two would wait for each other. */
  | "circle"
  /** One runs instead of another, and so waits for what that one waits for. */
  | "branch"
  /** They are connected already, or one would be connected with itself. */
  | "same"
  /** One of them is no action. */
  | "start";

/** Why one action cannot wait for another one; undefined where it can. */
export const hindersConnecting = (
  rule: Mapping,
  earlier: number | undefined,
  later: number | undefined,
): Hindrance | undefined => {
  const actions = actionsOf(rule);
  const from = earlier === undefined ? undefined : actions[earlier];
  const to = later === undefined ? undefined : actions[later];
  if (!from || !to) return "start";
  if (from === to || to.after.includes(from.index)) return "same";
  if (to.elseOf !== undefined) return "branch";
  return beforeOf(actions, from.index).includes(to) ? "circle" : undefined;
};

const isBranch = (actions: readonly DraftAction[], action: DraftAction | undefined): boolean =>
  action !== undefined && (action.elseOf !== undefined || actions.some((other) => other.elseOf === action.id));

/** Whether an action can be put there: not before one that runs instead of another. */
export const canPut = (rule: Mapping, { later }: Spot): boolean =>
  later === null || actionsOf(rule)[later]?.elseOf === undefined;

/** Whether an action can be moved: not one that runs instead of another, and not the one that it stands in for. */
export const canMove = (rule: Mapping, index: number): boolean => {
  const actions = actionsOf(rule);
  return actions[index] !== undefined && !isBranch(actions, actions[index]);
};

/** The places that nothing comes after: below every action that none waits for. */
export const endsOf = (rule: Mapping): readonly Spot[] => {
  const actions = actionsOf(rule);
  if (actions.length === 0) return [{ earlier: null, later: null }];
  const waitedFor = new Set(actions.flatMap((action) => action.after));
  return actions.filter(({ index }) => !waitedFor.has(index)).map(({ index }) => ({ earlier: index, later: null }));
};

/** What changes when a new action is put somewhere. */
export const putAction = (rule: Mapping, type: string, spot: Spot): Edit[] => {
  const actions = actionsOf(rule);
  if (spot.later !== null) return canPut(rule, spot) ? insertBetween(rule, spot.earlier, spot.later, type) : [];
  const at = actions.length;
  const plain = insertAction(at, type);
  const after = actionsOf({ actions: [...list(rule), { type }] })[at]?.after ?? [];
  const wanted = spot.earlier === null ? [] : [spot.earlier];
  if (same(after, wanted)) return [plain];
  const needs = wanted.map((place) => actions[place]?.id ?? "");
  return [{ kind: "insert", path: ["actions"], at, value: { type, needs } }];
};

const list = (rule: Mapping): readonly unknown[] => (Array.isArray(rule.actions) ? rule.actions : []);

const same = (one: readonly number[], other: readonly number[]) =>
  one.length === other.length && one.every((place) => other.includes(place));

/** What each action is to wait for once one of them has gone to another place; those before it close the gap. */
const wanted = (actions: readonly DraftAction[], moved: DraftAction, { earlier, later }: Spot) =>
  actions.map(({ index, after }) => {
    if (index === moved.index) return earlier === null ? [] : [earlier];
    const closed = after.flatMap((place) => (place === moved.index ? moved.after : [place]));
    const through =
      index !== later
        ? closed
        : earlier === null
          ? [...closed, moved.index]
          : closed.map((place) => (place === earlier ? moved.index : place));
    return [...new Set(through)];
  });

/**
 * What changes when an action goes to another place; undefined where it cannot, or is there already.
 *
 * Its place in the list changes with it, so that what waits for the one above it mostly need not be told so.
 */
export const moveAction = (rule: Mapping, index: number, spot: Spot): { edits: Edit[]; to: number } | undefined => {
  const actions = actionsOf(rule);
  const moved = actions[index];
  const { earlier, later } = spot;
  if (!moved || earlier === index || later === index || !canMove(rule, index) || !canPut(rule, spot)) return undefined;
  if (later === null && earlier === null) return undefined;
  const waits = wanted(actions, moved, spot);
  const to = later === null ? actions.length - 1 : index < later ? later - 1 : later;
  const order = actions.map((action) => action.index);
  order.splice(to, 0, ...order.splice(index, 1));
  const after = actionsOf({ actions: order.map((place) => list(rule)[place]) });
  const edits = after.flatMap((action, place): Edit[] => {
    const wish = waits[order[place] ?? -1] ?? [];
    const has = action.after.map((each) => order[each] ?? -1);
    if (action.elseOf !== undefined || same(has, wish)) return [];
    const needs = wish.map((each) => after[order.indexOf(each)]?.id ?? "");
    return [{ kind: "set", path: ["actions", place, "needs"], value: needs }];
  });
  const move: Edit[] = to === index ? [] : [{ kind: "move", path: ["actions"], from: index, to }];
  return { edits: [...move, ...edits], to };
};

/** The place one step earlier, or later, along the lines of the chart; undefined where there is none. */
export const stepOf = (rule: Mapping, index: number, way: "earlier" | "later"): Spot | undefined => {
  const actions = actionsOf(rule);
  const moved = actions[index];
  if (!moved || !canMove(rule, index)) return undefined;
  if (way === "earlier") {
    const before = moved.after.find((place) => actions[place]?.elseOf === undefined);
    return before === undefined ? undefined : { earlier: actions[before]?.after[0] ?? null, later: before };
  }
  const next = actions.find((action) => action.after.includes(index));
  if (!next || isBranch(actions, next)) return undefined;
  const beyond = actions.find((action) => action.after.includes(next.index) && action.elseOf === undefined);
  return { earlier: next.index, later: beyond?.index ?? null };
};
