// What the charts are drawn of: one value for each day, also for days on which nothing happened.
import type { Figures, Statistics } from "../api/schema";

/** The results of runs, in the order in which they are stacked: the good ones at the bottom. */
export const RESULTS = [
  "completed",
  "skipped",
  "running",
  "pending",
  "cancelled",
  "stopped_by_budget",
  "failed",
] as const;

/** One thing that is drawn over the days. Null is drawn as nothing. */
export interface Series {
  key: string;
  values: readonly (number | null)[];
}

/** So many days with the last one, as the API names them: 2026-11-26. */
export const daysUntil = (last: string, count: number): string[] => {
  const end = Date.parse(`${last.slice(0, 10)}T00:00:00Z`);
  return Array.from({ length: count }, (_, place) =>
    new Date(end - (count - 1 - place) * 86_400_000).toISOString().slice(0, 10),
  );
};

const overDays = <T>(figures: Statistics, days: readonly string[], of: (day: Figures) => T, none: T): T[] => {
  const known = new Map(figures.days.map((day) => [day.day, day]));
  return days.map((day) => {
    const found = known.get(day);
    return found ? of(found) : none;
  });
};

/** How the runs of each day went; results that none had are left out. */
export const resultsOf = (figures: Statistics, days: readonly string[]): Series[] =>
  RESULTS.map((key) => ({ key, values: overDays(figures, days, (day) => day.by_status[key] ?? 0, 0) })).filter(
    ({ values }) => values.some((value) => value > 0),
  );

/** The key of what is spent by rules that are not told one by one. */
export const OTHERS = "";

/** What each of the dearest rules cost on each day, the dearest at the bottom, and all others together on top. */
export const creditsOf = (figures: Statistics, days: readonly string[]): Series[] => {
  const rules = figures.spending.map(({ automation_rule: key, account, days: spent }) => ({
    key: figures.spending.some((other) => other.automation_rule === key && other.account !== account)
      ? `${account} / ${key}`
      : key,
    values: days.map((day) => spent[day] ?? 0),
  }));
  const rest = overDays(figures, days, (day) => day.credits, 0).map(
    (all, place) => all - rules.reduce((sum, { values }) => sum + (values[place] ?? 0), 0),
  );
  return rest.some((value) => value > 0) ? [...rules, { key: OTHERS, values: rest }] : rules;
};

export const durationsOf = (figures: Statistics, days: readonly string[]): Series[] => [
  { key: "p50", values: overDays<number | null>(figures, days, (day) => day.duration_p50, null) },
  { key: "p95", values: overDays<number | null>(figures, days, (day) => day.duration_p95, null) },
];

/** The lines of a scale from 0 to at least that value, at round numbers; of things that are counted, at whole ones. */
export const ticksOf = (most: number, counted: boolean): number[] => {
  if (most <= 0) return [0, 1];
  const rough = most / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const round = [1, 2, 2.5, 5, 10].map((each) => each * power).filter((each) => !counted || Number.isInteger(each));
  const step = round.find((each) => each >= rough) ?? 1;
  const count = Math.ceil(most / step - 1e-9);
  return Array.from({ length: count + 1 }, (_, place) => Number((place * step).toPrecision(12)));
};

/** Where each value begins and ends when those of a day stand on each other. */
export const stacked = (series: readonly Series[]): { from: number; to: number }[][] => {
  const heights = new Map<number, number>();
  return series.map(({ values }) =>
    values.map((value, place) => {
      const from = heights.get(place) ?? 0;
      const to = from + (value ?? 0);
      heights.set(place, to);
      return { from, to };
    }),
  );
};

/** The largest part of a list, the rest added up: at most `shown` entries and one for the others. */
export const largest = <T>(
  list: readonly T[],
  of: (each: T) => number,
  shown: number,
): { first: T[]; others: number; rest: number } => {
  const spent = list.filter((each) => of(each) > 0).sort((one, other) => of(other) - of(one));
  const first = spent.slice(0, shown);
  const others = spent.slice(shown);
  return { first, others: others.length, rest: others.reduce((sum, each) => sum + of(each), 0) };
};
