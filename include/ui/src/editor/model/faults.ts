// What is wrong with a draft, by the place that it is about.
import { replaceEqualDeep } from "@tanstack/react-query";
import type { Fault } from "../../api/schema";

const NONE: readonly Fault[] = [];

/** Whether a path is another one, or within it. */
export const isWithin = (path: string, outer: string): boolean =>
  path === outer || path.startsWith(`${outer}.`) || path.startsWith(`${outer}[`);

/** The faults as components watch them: each looks at its own place, and is drawn anew only when that changes. */
export const makeFaults = () => {
  let all: readonly Fault[] = NONE;
  let places = new Map<string, readonly Fault[]>();
  const watching = new Set<() => void>();

  return {
    set: (faults: readonly Fault[]) => {
      if (faults === all) return;
      const before = places;
      all = faults;
      places = new Map(); // made again as they are looked at; what is equal stays the same object
      for (const [place, found] of before) places.set(place, replaceEqualDeep(found, look(place)));
      for (const tell of watching) tell();
    },
    at: (path: string, deep = false): readonly Fault[] => {
      const place = deep ? `${path} *` : path;
      const known = places.get(place);
      if (known) return known;
      const found = look(place);
      places.set(place, found);
      return found;
    },
    subscribe: (changed: () => void) => {
      watching.add(changed);
      return () => {
        watching.delete(changed);
      };
    },
  };

  function look(place: string): readonly Fault[] {
    const outer = place.endsWith(" *") ? place.slice(0, -2) : undefined;
    const found = all.filter((fault) => (outer === undefined ? fault.path === place : isWithin(fault.path, outer)));
    return found.length > 0 ? found : NONE;
  }
};

export type FaultStore = ReturnType<typeof makeFaults>;
