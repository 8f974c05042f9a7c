// What differs between two runs: in all, and action by action.
import type { ActionDetail, ExecutionDetail } from "../api/schema";

/** One action of two runs; undefined in a run that has none of that id. */
export interface ActionPair {
  id: string;
  one: ActionDetail | undefined;
  other: ActionDetail | undefined;
}

/** The actions of two runs by their ids: in the order of the first, what only the second has where it comes there. */
export const pairsOf = (one: readonly ActionDetail[], other: readonly ActionDetail[]): ActionPair[] => {
  const pairs = one.map((action): ActionPair => {
    return { id: action.id, one: action, other: other.find(({ id }) => id === action.id) };
  });
  for (const [place, action] of other.entries()) {
    if (one.some(({ id }) => id === action.id)) continue;
    const before = other[place - 1]?.id;
    const at = before === undefined ? 0 : pairs.findIndex(({ id }) => id === before) + 1;
    pairs.splice(at, 0, { id: action.id, one: undefined, other: action });
  }
  return pairs;
};

/** How much more the second value is, signed: "+30", "−5"; undefined where there is no telling, or no difference. */
export const changeOf = (
  one: number | null | undefined,
  other: number | null | undefined,
  format: (value: number) => string,
): string | undefined => {
  if (one === null || one === undefined || other === null || other === undefined) return undefined;
  const change = other - one;
  if (format(Math.abs(change)) === format(0)) return undefined;
  return `${change > 0 ? "+" : "−"}${format(Math.abs(change))}`;
};

/** How long an action took, in seconds; null while it goes on, or where it never began. */
export const tookOf = (action: ActionDetail | undefined): number | null =>
  action?.started_at && action.ended_at ? (Date.parse(action.ended_at) - Date.parse(action.started_at)) / 1000 : null;

/** The items of an action that two runs both had and that fared differently there. */
export const itemsApart = (pair: ActionPair): { label: string; one: string; other: string }[] => {
  const known = new Map((pair.one?.items ?? []).map((item) => [String(item.id), item]));
  return (pair.other?.items ?? []).flatMap((item) => {
    const before = known.get(String(item.id));
    return before && before.state !== item.state
      ? [{ label: item.label || String(item.id), one: before.state, other: item.state }]
      : [];
  });
};

/** The two revisions that runs of one rule differ in, the earlier first; undefined where they are the same, or unknown. */
export const revisionsApart = (one: ExecutionDetail, other: ExecutionDetail): [number, number] | undefined => {
  if (one.dag_id !== other.dag_id || one.revision === null || other.revision === null) return undefined;
  if (one.revision === other.revision) return undefined;
  return one.revision < other.revision ? [one.revision, other.revision] : [other.revision, one.revision];
};
