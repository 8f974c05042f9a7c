import { describe, expect, it } from "vitest";
import type { ActionDetail, ExecutionDetail } from "../api/schema";
import { formatDuration, formatNumber } from "../format";
import { changeOf, itemsApart, pairsOf, revisionsApart, tookOf } from "./differing";

const action = (id: string, more: object = {}) => ({ id, items: [], ...more }) as unknown as ActionDetail;
const run = (dag_id: string, revision: number | null) => ({ dag_id, revision }) as unknown as ExecutionDetail;

describe("two runs", () => {
  it("have their actions beside each other, also those that only one has", () => {
    const pairs = pairsOf(
      ["a", "b", "d"].map((id) => action(id)),
      ["x", "a", "c", "d"].map((id) => action(id)),
    );
    expect(pairs.map(({ id, one, other }) => [id, Boolean(one), Boolean(other)])).toEqual([
      ["x", false, true],
      ["a", true, true],
      ["c", false, true],
      ["b", true, false],
      ["d", true, true],
    ]);
  });

  it("tell how much more the second is, and nothing where that cannot be seen", () => {
    expect(changeOf(30, 60, formatNumber)).toBe("+30");
    expect(changeOf(9, 4, formatNumber)).toBe("−5");
    expect(changeOf(4, 4, formatNumber)).toBeUndefined();
    expect(changeOf(null, 4, formatNumber)).toBeUndefined();
    expect(changeOf(1.00001, 1.0002, formatDuration)).toBeUndefined();
    expect(changeOf(40, 100, formatDuration)).toBe("+1 min");
  });

  it("tell how long an action took once it is over", () => {
    expect(tookOf(action("a", { started_at: "2026-11-26T00:00:00Z", ended_at: "2026-11-26T00:01:30Z" }))).toBe(90);
    expect(tookOf(action("a", { started_at: "2026-11-26T00:00:00Z", ended_at: null }))).toBeNull();
    expect(tookOf(undefined)).toBeNull();
  });

  it("name the items that fared differently", () => {
    const items = (states: string[]) => states.map((state, id) => ({ id, label: `Item ${id}`, state }));
    const pair = {
      id: "a",
      one: action("a", { items: items(["done", "failed"]) }),
      other: action("a", { items: items(["done", "done", "done"]) }),
    };
    expect(itemsApart(pair)).toEqual([{ label: "Item 1", one: "failed", other: "done" }]);
  });

  it("are of two revisions only where they are of one rule", () => {
    expect(revisionsApart(run("r", 3), run("r", 1))).toEqual([1, 3]);
    expect(revisionsApart(run("r", 3), run("r", 3))).toBeUndefined();
    expect(revisionsApart(run("r", 3), run("s", 1))).toBeUndefined();
    expect(revisionsApart(run("r", 3), run("r", null))).toBeUndefined();
  });
});
