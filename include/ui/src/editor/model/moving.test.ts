import { describe, expect, it } from "vitest";
import { flowOf } from "../../canvas/flow";
import { canMove, endsOf, hindersConnecting, moveAction, putAction, type Spot, stepOf } from "./moving";
import { applyEdits, dataOf, type Edit, type Mapping, readText, writeText } from "./text";

const CHAIN = `# what we do
actions:
  - {id: a, type: x}
  - {id: b, type: x} # the second
  - {id: c, type: x}
  - {id: d, type: x}
`;
const BRANCHES = `actions:
  - {id: write, type: x}
  - {id: polish, type: x, when: [{field: f, operator: equals, value: 1}]}
  - {id: paint, type: x, else_of: polish}
  - {id: blog, type: x}
  - {id: tell, type: x, needs: [write]}
`;
const documentOf = (text: string) => readText(text) ?? expect.fail("not readable");
const ruleOf = (text: string): Mapping => dataOf(documentOf(text));
const edited = (text: string, edits: readonly Edit[]): string => {
  const document = documentOf(text);
  applyEdits(document, edits);
  return writeText(document);
};
/** The lines of the chart by the ids of the actions at their ends. */
const lines = (text: string): string[] => {
  const flow = flowOf(ruleOf(text));
  const name = (node: string) =>
    flow.parts.flatMap((part) => (part.id === node && part.kind === "action" ? part.action : [])).join() || "start";
  return flow.links.map((link) => `${name(link.from)}>${name(link.to)}`);
};
const moved = (text: string, index: number, spot: Spot): string => {
  const found = moveAction(ruleOf(text), index, spot);
  return found ? edited(text, found.edits) : "";
};

describe("an action that is moved", () => {
  it("closes the gap behind it and goes onto the line, and comments go with it", () => {
    const text = moved(CHAIN, 1, { earlier: 2, later: 3 });
    expect(lines(text)).toEqual(["start>a", "a>c", "c>b", "b>d"]);
    expect(text).toBe(`# what we do
actions:
  - {id: a, type: x}
  - {id: c, type: x}
  - {id: b, type: x} # the second
  - {id: d, type: x}
`);
    expect(lines(moved(CHAIN, 3, { earlier: null, later: 0 }))).toEqual(["start>d", "d>a", "a>b", "b>c"]);
    expect(lines(moved(CHAIN, 0, { earlier: 3, later: null }))).toEqual(["start>b", "b>c", "c>d", "d>a"]);
    expect(moveAction(ruleOf(CHAIN), 1, { earlier: 2, later: 3 })?.to).toBe(2);
  });

  it("stays where it is when it is put beside itself", () => {
    expect(moveAction(ruleOf(CHAIN), 1, { earlier: 0, later: 1 })).toBeUndefined();
    expect(moveAction(ruleOf(CHAIN), 1, { earlier: 1, later: 2 })).toBeUndefined();
  });

  it("changes no other line where branches meet or somebody waits for another one", () => {
    const text = moved(BRANCHES, 4, { earlier: 1, later: 3 });
    expect(lines(text)).toEqual([
      "start>write",
      "write>polish",
      "write>paint",
      "polish>tell",
      "tell>blog",
      "paint>blog",
    ]);
    const first = moved(BRANCHES, 4, { earlier: null, later: 0 });
    expect(lines(first)).toEqual([
      "start>tell",
      "tell>write",
      "write>polish",
      "write>paint",
      "polish>blog",
      "paint>blog",
    ]);
  });

  it("is no branch, and is not put before what runs instead of another", () => {
    const rule = ruleOf(BRANCHES);
    expect([0, 1, 2, 3, 4].map((index) => canMove(rule, index))).toEqual([true, false, false, true, true]);
    expect(moveAction(rule, 1, { earlier: null, later: 0 })).toBeUndefined();
    expect(moveAction(rule, 4, { earlier: 0, later: 2 })).toBeUndefined();
  });

  it("goes a step earlier or later along the lines", () => {
    const rule = ruleOf(CHAIN);
    expect(stepOf(rule, 1, "earlier")).toEqual({ earlier: null, later: 0 });
    expect(stepOf(rule, 1, "later")).toEqual({ earlier: 2, later: 3 });
    expect(stepOf(rule, 2, "later")).toEqual({ earlier: 3, later: null });
    expect(stepOf(rule, 0, "earlier")).toBeUndefined();
    expect(stepOf(rule, 3, "later")).toBeUndefined();
    expect(stepOf(ruleOf(BRANCHES), 3, "earlier")).toEqual({ earlier: 0, later: 1 });
    expect(stepOf(ruleOf(BRANCHES), 1, "earlier")).toBeUndefined();
  });

  it("comes back to where it was", () => {
    const there = moved(CHAIN, 0, { earlier: 2, later: 3 });
    expect(lines(moved(there, 2, { earlier: null, later: 0 }))).toEqual(lines(CHAIN));
  });
});

describe("a new action", () => {
  it("is put on a line, or below what nothing waits for", () => {
    const rule = ruleOf(BRANCHES);
    expect(endsOf(rule)).toEqual([
      { earlier: 3, later: null },
      { earlier: 4, later: null },
    ]);
    expect(lines(edited(BRANCHES, putAction(rule, "y", { earlier: 3, later: null }))).at(-1)).toBe("blog>y");
    expect(edited(BRANCHES, putAction(rule, "y", { earlier: 4, later: null }))).toContain("  - type: y\n");
    expect(lines(edited(CHAIN, putAction(ruleOf(CHAIN), "y", { earlier: 0, later: 1 })))[1]).toBe("a>y");
    expect(putAction(rule, "y", { earlier: 0, later: 2 })).toEqual([]);
    expect(lines(edited("actions: []\n", putAction({ actions: [] }, "y", { earlier: null, later: null })))).toEqual([
      "start>y",
    ]);
  });
});

describe("what cannot be connected", () => {
  it("is told with its reason", () => {
    const rule = ruleOf(BRANCHES);
    expect(hindersConnecting(rule, 3, 0)).toBe("circle");
    expect(hindersConnecting(rule, 0, 1)).toBe("same");
    expect(hindersConnecting(rule, 3, 3)).toBe("same");
    expect(hindersConnecting(rule, 4, 2)).toBe("branch");
    expect(hindersConnecting(rule, undefined, 2)).toBe("start");
    expect(hindersConnecting(rule, 4, 3)).toBeUndefined();
  });
});
