// Which action of a draft waits for which, in the way of the rules: see docs/rules.md, "Do".
import type { ActionTypeView } from "../../api/schema";
import { isMapping, type Mapping } from "./text";

/** An action of a draft, as far as it can be read. */
export interface DraftAction {
  index: number;
  /** Its own id, or the one that it gets. */
  id: string;
  type: string;
  params: Mapping;
  needs: readonly string[] | undefined;
  when: unknown;
  elseOf: string | undefined;
  /** The indexes of the actions that it is written to wait for. */
  after: readonly number[];
}

const text = (value: unknown): string | undefined => (typeof value === "string" && value ? value : undefined);

/** Ids as the rules give them: an action's own, or its type with a number from the second of its type on. */
const idsOf = (actions: readonly Mapping[]): string[] => {
  const taken = new Set(actions.flatMap((action) => text(action.id) ?? []));
  return actions.map((action) => {
    const own = text(action.id);
    if (own) return own;
    const type = text(action.type) ?? "";
    let id = type;
    for (let number = 2; taken.has(id); number += 1) id = `${type}_${number}`;
    taken.add(id);
    return id;
  });
};

/** The actions of a draft with what each waits for. */
export const actionsOf = (rule: Mapping): readonly DraftAction[] => {
  const written = (Array.isArray(rule.actions) ? rule.actions : []).map((action) => (isMapping(action) ? action : {}));
  const ids = idsOf(written);
  const actions = written.map((action, index) => ({
    index,
    id: ids[index] ?? "",
    type: text(action.type) ?? "",
    params: isMapping(action.params) ? action.params : {},
    needs: Array.isArray(action.needs)
      ? action.needs.filter((need): need is string => typeof need === "string")
      : undefined,
    when: action.when,
    elseOf: text(action.else_of),
  }));
  const find = (id: string | undefined) => (id === undefined ? undefined : actions.find((action) => action.id === id));
  const above = (index: number): number[] => {
    const before = actions[index - 1];
    if (!before) return [];
    if (before.elseOf === undefined) return [before.index];
    const both = actions.slice(0, index).filter((each) => [each.elseOf, each.id].includes(before.elseOf));
    return both.map((each) => each.index);
  };
  const waits = (index: number, needs: readonly string[] | undefined) =>
    needs === undefined
      ? above(index)
      : needs.flatMap((need) => {
          const found = find(need);
          return found && found.index !== index ? [found.index] : [];
        });
  return actions.map((action) => {
    const other = find(action.elseOf);
    const place = other && other.index !== action.index ? other : action;
    return { ...action, after: waits(place.index, place.needs) };
  });
};

export const isSkippable = (action: DraftAction): boolean => {
  const { when } = action;
  return action.elseOf !== undefined || (Array.isArray(when) ? when.length > 0 : isMapping(when));
};

/** The actions that are over when one starts, the nearest first. */
export const beforeOf = (actions: readonly DraftAction[], index: number): readonly DraftAction[] => {
  const found = new Set<number>();
  const visit = (number: number) => {
    for (const before of actions[number]?.after ?? []) {
      if (found.has(before) || before === index) continue;
      found.add(before);
      visit(before);
    }
  };
  visit(index);
  return actions.filter((action) => found.has(action.index)).reverse();
};

/** Whether the one action is, directly or not, waited for by the other. */
export const runsBefore = (actions: readonly DraftAction[], earlier: number, later: number): boolean =>
  beforeOf(actions, later).some((action) => action.index === earlier);

export interface Reference {
  /** What a field of a condition is called: actions.<id>.<output>. */
  path: string;
  /** The same as a param has it. */
  text: string;
  description: string;
  collection: string | null;
}

export const referenceText = (path: string) => `{{ ${path} }}`;

/** The path of a reference; undefined for any other text. */
export const readReference = (value: unknown): string | undefined =>
  typeof value === "string" ? /^\s*\{\{\s*([A-Za-z0-9_.-]+)\s*\}\}\s*$/.exec(value)?.[1] : undefined;

/** What an action can take from those before it; of one collection, if it is given. */
export const referencesAt = (
  actions: readonly DraftAction[],
  index: number,
  catalogue: readonly ActionTypeView[],
  collection?: string,
): readonly Reference[] =>
  beforeOf(actions, index).flatMap((action) => {
    const outputs = catalogue.find((type) => type.type === action.type)?.outputs ?? [];
    return outputs
      .filter((output) => collection === undefined || output.collection === collection)
      .map((output) => {
        const path = `actions.${action.id}.${output.name}`;
        return { path, text: referenceText(path), description: output.description, collection: output.collection };
      });
  });

/** The nearest action that hands on what a param takes when it is left out. */
export const supplierAt = (
  actions: readonly DraftAction[],
  index: number,
  catalogue: readonly ActionTypeView[],
  names: readonly string[],
): DraftAction | undefined =>
  beforeOf(actions, index).find((action) =>
    catalogue.find((type) => type.type === action.type)?.outputs.some((output) => names.includes(output.name)),
  );
