// A rule while it is edited: its text and the document that it says, kept in step whichever of them is changed.
import { replaceEqualDeep } from "@tanstack/react-query";
import type { Document } from "yaml";
import type { Draft } from "../drafts";
import { applyEdits, dataOf, type Edit, type Mapping, readText, writeText } from "./text";

export interface DraftState extends Draft {
  /** What the text says; while it cannot be read, what it said last. */
  rule: Mapping;
  /** Whether the text can be read, so that the form may change it. */
  readable: boolean;
}

const TYPING = 200;

/** A draft that components watch; `keep` is told of every change. */
export const makeDraft = (start: Draft, keep: (draft: Draft) => void) => {
  let document: Document | undefined;
  let state: DraftState = { ...start, rule: {}, readable: false };
  let parsing: ReturnType<typeof setTimeout> | undefined;
  const watching = new Set<() => void>();
  const typing = new Set<() => void>();

  const set = (changes: Partial<DraftState>) => {
    state = { ...state, ...changes };
    for (const tell of watching) tell();
  };
  const read = () => {
    clearTimeout(parsing);
    parsing = undefined;
    document = readText(state.text);
    if (document) set({ readable: true, rule: replaceEqualDeep(state.rule, dataOf(document)) });
    else if (state.readable) set({ readable: false });
  };
  const flush = () => {
    for (const hand of [...typing]) hand();
  };
  read();

  return {
    get: () => state,
    subscribe: (changed: () => void) => {
      watching.add(changed);
      return () => {
        watching.delete(changed);
      };
    },
    /** Another text; what it says is read once the typing rests. */
    write: (text: string) => {
      set({ text });
      keep({ text, revision: state.revision });
      clearTimeout(parsing);
      parsing = setTimeout(read, TYPING);
    },
    /** Changes of what it says; nothing happens while the text cannot be read. */
    edit: (...edits: readonly Edit[]) => {
      if (parsing !== undefined) read();
      if (!document || edits.length === 0) return;
      applyEdits(document, edits);
      const text = writeText(document);
      set({ text, rule: replaceEqualDeep(state.rule, dataOf(document)) });
      keep({ text, revision: state.revision });
    },
    /** Begin anew with another text or revision. */
    take: (draft: Draft) => {
      set(draft);
      keep(draft);
      read();
    },
    /** Have everything that is still being typed handed over, and read. */
    settle: () => {
      flush();
      if (parsing !== undefined) read();
    },
    /** A field in which something is being typed says how it hands it over. */
    whileTyping: (hand: () => void) => {
      typing.add(hand);
      return () => {
        typing.delete(hand);
      };
    },
  };
};

export type DraftStore = ReturnType<typeof makeDraft>;
