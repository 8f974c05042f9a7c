import { useSyncExternalStore } from "react";

export interface Notice {
  number: number;
  status: "success" | "error" | "info";
  text: string;
  link?: { to: string; text: string };
}

const SHOWN = 8_000;

// Beside the components, so that a message outlives the page on which it was caused.
let notices: readonly Notice[] = [];
let last = 0;
const watching = new Set<() => void>();

const set = (changed: readonly Notice[]) => {
  notices = changed;
  for (const tell of watching) tell();
};

export const dismiss = (number: number) => set(notices.filter((notice) => notice.number !== number));

/** Tell the user something. Errors stay until they are dismissed. */
export const notify = (notice: Omit<Notice, "number">) => {
  last += 1;
  const number = last;
  set([...notices.slice(-2), { ...notice, number }]);
  if (notice.status !== "error") setTimeout(() => dismiss(number), SHOWN);
};

export const notifyError = (error: unknown) =>
  notify({ status: "error", text: error instanceof Error ? error.message : String(error) });

export const useNotices = () =>
  useSyncExternalStore(
    (changed) => {
      watching.add(changed);
      return () => watching.delete(changed);
    },
    () => notices,
  );
