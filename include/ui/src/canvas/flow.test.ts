import { describe, expect, it } from "vitest";
import { connectActions, disconnectActions, insertBetween, removeAction } from "../editor/model/actions";
import { applyEdits, dataOf, type Mapping, readText, writeText } from "../editor/model/text";
import { firstView, flowOf, HEIGHT, isSeen, nodeOf, placesOf, spotNear, WIDTH } from "./flow";

const RULE = `trigger: manual
conditions: {field: a, operator: equals, value: 1}
actions:
  - {id: write, type: generate_content}
  - {id: polish, type: optimize_content, when: [{field: a, operator: equals, value: 1}]}
  - {id: paint, type: generate_images, else_of: polish}
  - {id: blog, type: publish_to_wordpress}
`;
const rule = dataOf(readText(RULE) ?? fail());
function fail(): never {
  throw new Error("not readable");
}

const changed = (edits: Parameters<typeof applyEdits>[1]): Mapping => {
  const document = readText(RULE) ?? fail();
  applyEdits(document, edits);
  return dataOf(readText(writeText(document)) ?? fail());
};
const lines = (of: Mapping) => flowOf(of).links.map((link) => `${link.earlier}>${link.later}`);

describe("what of a chart is seen first", () => {
  const chain = (length: number) => new Map(Array.from({ length }, (_, at) => [`${at}`, { x: 0, y: at * 124 }]));
  const window = { width: 1000, height: 800 };

  it("is all of a short one, as large as it is and in the middle", () => {
    const view = firstView(chain(3), window);
    expect(view).toEqual({ x: (1000 - WIDTH) / 2, y: (800 - 248 - HEIGHT) / 2, zoom: 1 });
  });

  it("is a longer one as a whole as long as it can be read, and then its top", () => {
    const whole = firstView(chain(9), window);
    expect(whole.zoom).toBeGreaterThan(0.6);
    expect(whole.zoom).toBeLessThan(1);
    expect([...chain(9).values()].every((place) => isSeen(place, whole, window))).toBe(true);
    const top = firstView(chain(51), window);
    expect([top.zoom, top.y]).toEqual([0.6, 24]);
    expect(isSeen({ x: 0, y: 0 }, top, window)).toBe(true);
    expect(isSeen({ x: 0, y: 50 * 124 }, top, window)).toBe(false);
  });
});

describe("the flow chart of a rule", () => {
  it("has the trigger, the gate, the branches and where they meet", () => {
    const flow = flowOf(rule);
    expect(flow.parts.map((part) => part.kind)).toEqual(["trigger", "gate", "action", "action", "action", "action"]);
    expect(lines(rule)).toEqual(["null>0", "0>1", "0>2", "1>3", "2>3"]);
    expect(flow.links[0]?.from).toBe("gate");
    expect(flow.links[2]?.otherwise).toBe(true);
    expect(flowOf({ actions: [{ type: "x" }] }).links[0]?.from).toBe("trigger");
  });

  it("is drawn downwards, with branches beside each other", () => {
    const places = placesOf(flowOf(rule));
    const y = (index: number) => places.get(nodeOf(index))?.y ?? Number.NaN;
    expect(y(1)).toBe(y(2));
    expect(y(3)).toBeGreaterThan(y(1) + HEIGHT);
    expect(places.get("gate")?.y).toBeGreaterThan((places.get("trigger")?.y ?? 0) + HEIGHT);
  });

  it("is laid out for 50 actions, and for actions that wait for each other", () => {
    const many = { actions: Array.from({ length: 50 }, (_, index) => ({ id: `a${index}`, type: "x" })) };
    expect(placesOf(flowOf(many)).size).toBe(51);
    const round = {
      actions: [
        { id: "a", needs: ["b"] },
        { id: "b", needs: ["a"] },
      ],
    };
    expect(placesOf(flowOf(round)).size).toBe(3);
  });
});

describe("what is let go over the flow chart", () => {
  const flow = flowOf(rule);
  const places = placesOf(flow);
  const under = (index: number, down: number) => {
    const place = places.get(nodeOf(index)) ?? { x: 0, y: 0 };
    return { x: place.x + WIDTH / 2 + 5, y: place.y + HEIGHT + down };
  };

  it("goes to the nearest line, to the end, or nowhere", () => {
    expect(spotNear(flow, places, under(1, 4))).toEqual({ earlier: 1, later: 3 });
    expect(spotNear(flow, places, under(2, 4))).toEqual({ earlier: 2, later: 3 });
    expect(spotNear(flow, places, under(0, -HEIGHT - 10))).toEqual({ earlier: null, later: 0 });
    expect(spotNear(flow, places, under(3, 40))).toEqual({ earlier: 3, later: null });
    expect(spotNear(flow, places, { x: -500, y: 20 })).toBeUndefined();
  });

  it("goes to the beginning of a rule that does nothing yet", () => {
    const empty = flowOf({ trigger: "manual" });
    const place = placesOf(empty).get("trigger") ?? { x: 0, y: 0 };
    const point = { x: place.x + WIDTH / 2, y: place.y + HEIGHT + 20 };
    expect(spotNear(empty, placesOf(empty), point)).toEqual({ earlier: null, later: null });
  });
});

describe("drawing in the flow chart", () => {
  it("connects and separates, but never in a circle", () => {
    expect(lines(changed(connectActions(rule, 0, 3) ?? []))).toContain("0>3");
    expect(connectActions(rule, 3, 0)).toBeUndefined();
    expect(connectActions(rule, 0, 1)).toBeUndefined();
    expect(connectActions(rule, 0, 2)).toBeUndefined();
    expect(lines(changed(disconnectActions(rule, 1, 3) ?? []))).toEqual(["null>0", "0>1", "0>2", "2>3"]);
  });

  it("puts a new action on a line", () => {
    const between = changed(insertBetween(rule, 0, 1, "optimize_content"));
    expect(lines(between).slice(0, 3)).toEqual(["null>0", "0>1", "1>2"]);
    expect(lines(changed(insertBetween(rule, null, 0, "optimize_content"))).slice(0, 2)).toEqual(["null>0", "0>1"]);
    const joined = changed(insertBetween(rule, 1, 3, "optimize_content"));
    expect(lines(joined)).toEqual(["null>0", "0>1", "0>2", "1>3", "3>4", "2>4"]);
  });

  it("closes the gap where an action is taken out", () => {
    const named = changed(connectActions(rule, 0, 3) ?? []);
    const document = readText(writeText(readText(RULE) ?? fail())) ?? fail();
    applyEdits(document, connectActions(rule, 0, 3) ?? []);
    applyEdits(document, removeAction(named, 2));
    expect(lines(dataOf(document))).toEqual(["null>0", "0>1", "1>2", "0>2"]);
  });
});
