import { describe, expect, it } from "vitest";
import { withQuery } from "./api/client";
import {
  boldOf,
  formatDuration,
  formatMoment,
  formatRelative,
  formatTime,
  outlookOf,
  startOfDay,
  webAddress,
} from "./format";
import { ruleOfDag } from "./places";
import { given, written } from "./presets/inputs";
import { copyOf } from "./rules/copy";

const input = (type: string, more: object = {}) =>
  ({ name: "n", type, title: "N", description: "", default: null, choices: null, ...more }) as Parameters<
    typeof given
  >[0];

describe("what is bold in a text", () => {
  it("stands between two stars, and what is not paired stays", () => {
    expect(boldOf("- **generate_ideas**: 15 credits")).toEqual([
      { text: "- ", bold: false },
      { text: "generate_ideas", bold: true },
      { text: ": 15 credits", bold: false },
    ]);
    expect(boldOf("2 ** 3 is <b>8</b>")).toEqual([{ text: "2 ** 3 is <b>8</b>", bold: false }]);
  });
});

describe("times and numbers", () => {
  it("reads a moment in its zone, and in UTC in one that the browser does not know", () => {
    expect(formatMoment("2026-11-30T06:30:00Z", "Europe/Berlin", "en-GB")).toBe("Mon, 30 Nov 2026, 07:30 CET");
    expect(formatMoment("2026-07-30T05:30:00Z", "Europe/Berlin", "en-GB")).toMatch(/07:30 CEST$/);
    expect(formatMoment("2026-11-30T06:30:00Z", "Middle/Earth", "en-GB")).toBe("Mon, 30 Nov 2026, 06:30 UTC");
  });

  it("tells what is left of what something usually takes", () => {
    expect(outlookOf(12, 40)).toEqual({ left: 28, late: false });
    expect(outlookOf(45, 40)).toEqual({ left: 0, late: false });
    expect(outlookOf(51, 40)).toEqual({ left: 0, late: true });
    expect(outlookOf(2, 0.5)).toEqual({ left: 0, late: false });
  });

  it("begins a day where the user's clock is", () => {
    expect(startOfDay("2026-11-25", "UTC")).toBe("2026-11-25T00:00:00.000Z");
    expect(startOfDay("2026-11-25", "America/New_York")).toBe("2026-11-25T05:00:00.000Z");
    expect(startOfDay("2026-03-29", "Europe/Berlin")).toBe("2026-03-28T23:00:00.000Z");
    expect(startOfDay("2026-03-30", "Europe/Berlin")).toBe("2026-03-29T22:00:00.000Z");
    expect(startOfDay("2026-10-26", "Europe/Berlin")).toBe("2026-10-25T23:00:00.000Z");
    expect(startOfDay("2026-13-45", "UTC")).toBeUndefined();
    expect(startOfDay("25.11.2026", "UTC")).toBeUndefined();
  });

  it("shows a moment in the zone that the user has chosen", () => {
    expect(formatTime("2026-11-30T05:00:00Z", "Europe/Berlin")).toBe("2026-11-30 06:00:00");
    expect(formatTime("2026-11-30T00:30:00+01:00", "UTC")).toBe("2026-11-29 23:30:00");
  });

  it("shows spans in the units that fit them", () => {
    expect([0.85, 2.84, 59.6, 65, 3600, 7_380].map(formatDuration)).toEqual([
      "850 ms",
      "2.8 s",
      "60 s",
      "1 min 5 s",
      "1 h",
      "2 h 3 min",
    ]);
  });

  it("says how far off a moment is, to both sides", () => {
    const now = Date.parse("2026-11-25T12:00:00Z");
    expect(formatRelative("2026-11-27T12:00:01Z", now)).toBe("in 2 days");
    expect(formatRelative("2026-11-25T11:55:00Z", now)).toBe("5 minutes ago");
  });
});

describe("addresses", () => {
  it("lets links lead to the web only", () => {
    expect(webAddress("https://blog.example/a")).toBe("https://blog.example/a");
    for (const other of ["javascript:alert(1)", "data:text/html,x", "//blog.example", "/a", 7, null]) {
      expect(webAddress(other)).toBeUndefined();
    }
  });

  it("leaves out of a query what is empty", () => {
    expect(withQuery("rules/", { search: "a b", page: 2, site: "", rule: ["x", "y"], account: undefined })).toBe(
      "rules/?search=a+b&page=2&rule=x&rule=y",
    );
  });

  it("finds the rule of a Dag, and none for other Dags", () => {
    expect(ruleOfDag("rule__demo__weekday-drafts")).toBe("weekday-drafts");
    expect(ruleOfDag("rule__demo")).toBeUndefined();
    expect(ruleOfDag("some_dag")).toBeUndefined();
  });
});

describe("inputs of presets", () => {
  it("gives what was typed with the type that is asked for", () => {
    expect(given(input("integer"), " 12 ")).toBe(12);
    expect(given(input("boolean"), "false")).toBe(false);
    expect(given(input("ids"), "1, 2,,x")).toEqual([1, 2, "x"]);
    expect(given(input("text", { choices: [1, "card"] }), "1")).toBe(1);
    expect(given(input("text"), "")).toBeUndefined();
  });

  it("hands on what is no number, for the server to say so", () => {
    expect(given(input("number"), "many")).toBe("many");
  });

  it("shows values as they are typed", () => {
    expect([written(null), written([1, 2]), written(true)]).toEqual(["", "1, 2", "true"]);
  });
});

describe("a copy of a rule", () => {
  it("keeps comments and everything within, and starts paused", () => {
    const yaml = "# weekly\nid: a\nname: A\nstatus: active # now\nactions:\n  - id: b\n    type: generate_ideas\n";
    expect(copyOf(yaml, "a-copy", 'Copy of "A"')).toBe(
      '# weekly\nid: a-copy\nname: "Copy of \\"A\\""\nstatus: paused\nactions:\n  - id: b\n    type: generate_ideas\n',
    );
  });
});
