import { describe, expect, it } from "vitest";
import type { Statistics } from "../api/schema";
import { creditsOf, daysUntil, durationsOf, largest, resultsOf, stacked, ticksOf } from "./series";

const figures = {
  until: "2026-03-01T08:00:00Z",
  days: [
    { day: "2026-02-27", credits: 30, by_status: { completed: 2, failed: 1 }, duration_p50: 3, duration_p95: 9 },
    { day: "2026-03-01", credits: 5, by_status: { completed: 1, running: 1 }, duration_p50: null, duration_p95: null },
  ],
  spending: [
    { automation_rule: "drafts", account: "demo", days: { "2026-02-27": 20, "2026-03-01": 5 } },
    { automation_rule: "images", account: "demo", days: { "2026-02-27": 4 } },
  ],
} as unknown as Statistics;

describe("what the charts are drawn of", () => {
  const days = daysUntil(figures.until, 4);

  it("has every day, over the end of a month and a change of clocks", () => {
    expect(days).toEqual(["2026-02-26", "2026-02-27", "2026-02-28", "2026-03-01"]);
    expect(daysUntil("2026-03-30T23:59:59Z", 3)).toEqual(["2026-03-28", "2026-03-29", "2026-03-30"]);
  });

  it("has a value for each day, and no results that none had", () => {
    expect(resultsOf(figures, days)).toEqual([
      { key: "completed", values: [0, 2, 0, 1] },
      { key: "running", values: [0, 0, 0, 1] },
      { key: "failed", values: [0, 1, 0, 0] },
    ]);
    expect(creditsOf(figures, days)).toEqual([
      { key: "drafts", values: [0, 20, 0, 5] },
      { key: "images", values: [0, 4, 0, 0] },
      { key: "", values: [0, 6, 0, 0] },
    ]);
    const one = {
      ...figures,
      spending: [{ automation_rule: "all", account: "demo", days: { "2026-02-27": 30, "2026-03-01": 5 } }],
    };
    expect(creditsOf(one, days).map(({ key }) => key)).toEqual(["all"]);
    expect(durationsOf(figures, days)[1]?.values).toEqual([null, 9, null, null]);
  });

  it("stands the results of a day on each other", () => {
    expect(stacked(resultsOf(figures, days)).map((each) => each[1])).toEqual([
      { from: 0, to: 2 },
      { from: 2, to: 2 },
      { from: 2, to: 3 },
    ]);
  });

  it("has scales of round numbers that hold the largest value, and no half runs", () => {
    expect(ticksOf(0, true)).toEqual([0, 1]);
    expect(ticksOf(1, true)).toEqual([0, 1]);
    expect(ticksOf(1, false)).toEqual([0, 0.25, 0.5, 0.75, 1]);
    expect(ticksOf(3, true)).toEqual([0, 1, 2, 3]);
    expect(ticksOf(688, true)).toEqual([0, 200, 400, 600, 800]);
    for (const most of [1, 2, 7, 9, 10, 11, 999, 123_456]) {
      for (const counted of [true, false]) {
        const ticks = ticksOf(most, counted);
        expect(ticks.at(-1)).toBeGreaterThanOrEqual(most);
        expect(ticks.length).toBeLessThan(7);
      }
      expect(ticksOf(most, true).every(Number.isInteger)).toBe(true);
    }
  });

  it("adds up what is small", () => {
    const found = largest([1, 9, 0, 4, 2], (each) => each, 2);
    expect(found).toEqual({ first: [9, 4], others: 2, rest: 3 });
  });
});
