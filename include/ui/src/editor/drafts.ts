/** What somebody has written and not saved; it outlives the page. */
export interface Draft {
  text: string;
  /** The revision that it started from; null for a rule that is new. */
  revision: number | null;
}

const PREFIX = "igny8.draft.";
const kept = new Map<string, Draft>();

const isDraft = (value: unknown): value is Draft =>
  typeof value === "object" &&
  value !== null &&
  typeof (value as Draft).text === "string" &&
  (typeof (value as Draft).revision === "number" || (value as Draft).revision === null);

/** The draft of a rule; an empty id is that of a new one. */
export const draftOf = (ruleId: string): Draft | undefined => {
  const found = kept.get(ruleId);
  if (found) return found;
  try {
    const value: unknown = JSON.parse(localStorage.getItem(PREFIX + ruleId) ?? "null");
    return isDraft(value) ? value : undefined;
  } catch {
    return undefined;
  }
};

export const keepDraft = (ruleId: string, draft: Draft) => {
  kept.set(ruleId, draft);
  try {
    localStorage.setItem(PREFIX + ruleId, JSON.stringify(draft));
  } catch {
    // A browser that keeps nothing still has it until its page is closed.
  }
};

export const dropDraft = (ruleId: string) => {
  kept.delete(ruleId);
  try {
    localStorage.removeItem(PREFIX + ruleId);
  } catch {
    // as above
  }
};
