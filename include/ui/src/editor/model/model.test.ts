import { describe, expect, it } from "vitest";
import SCHEMA from "../../../../../rules/rule.schema.json";
import type { ActionTypeView, Fault } from "../../api/schema";
import { outward } from "../place";
import { findingPath, operatorsFor, placed, readValue, refit, regroup, wanted, withChosen } from "./conditions";
import { makeDraft } from "./draft";
import { makeFaults } from "./faults";
import { fieldsOf } from "./fields";
import { readSchema } from "./further";
import { actionsOf, beforeOf, readReference, referencesAt, supplierAt } from "./graph";
import { renameEdits } from "./rename";
import { changeEvery, cronsOf, readCron, scheduleOf, writeCron } from "./schedule";
import { applyEdits, dataOf, type Mapping, pathText, readText, writeText } from "./text";

const RULE = `# of the newsletter
id: news
name: News # said aloud
schedule: "0 6 * * MON"

# Only if
conditions:
  - {field: keywords.new, operator: greater_than, value: 20}

actions:
  # first
  - type: cluster_keywords
    params:
      keyword_ids: {where: [{field: status, operator: equals, value: new}], order_by: -volume, limit: 500}

  - type: generate_ideas # then this
  - {id: write, type: generate_content}
`;

const edited = (text: string, ...edits: Parameters<typeof applyEdits>[1]) => {
  const document = readText(text);
  if (!document) throw new Error("not readable");
  applyEdits(document, edits);
  return writeText(document);
};

describe("the text and what it says", () => {
  it("stays as it is written when nothing is changed", () => {
    expect(edited(RULE)).toBe(RULE);
  });

  it("keeps comments and quotes of what is changed, and everything else", () => {
    const after = edited(
      RULE,
      { kind: "set", path: ["name"], value: "Other news" },
      { kind: "set", path: ["schedule"], value: "0 7 * * *" },
      { kind: "set", path: ["actions", 0, "params", "keyword_ids", "limit"], value: 9 },
    );
    expect(after).toBe(
      RULE.replace("name: News", "name: Other news").replace("0 6 * * MON", "0 7 * * *").replace("500", "9"),
    );
  });

  it("moves an action with its comment, adds a condition in one line, and makes what is not there yet", () => {
    const after = edited(
      RULE,
      { kind: "move", path: ["actions"], from: 1, to: 2 },
      { kind: "insert", path: ["conditions"], at: 1, value: { field: "a.b", operator: "in", value: [1, 2] } },
      { kind: "set", path: ["actions", 2, "params", "ideas_per_cluster"], value: 2 },
    );
    expect(after).toContain("  - {field: a.b, operator: in, value: [1, 2]}\n");
    expect(after).toMatch(
      /id: write, type: generate_content\}\n\n {2}- type: generate_ideas # then this\n {4}params:\n/,
    );
    expect(after).toContain("# Only if");
    expect(dataOf(readText(after) ?? fail()).actions).toHaveLength(3);
  });

  it("is not read where two keys are the same, or where it is a list", () => {
    expect(readText("a: 1\na: 2")).toBeUndefined();
    expect(readText("- a")).toBeUndefined();
    expect(readText("")?.toJS()).toEqual({});
  });

  it("reads as the server does: on and no are texts", () => {
    expect(dataOf(readText("on: no\nyes: 2024-01-01") ?? fail())).toEqual({ on: "no", yes: "2024-01-01" });
  });

  it("names places as the API does", () => {
    expect(pathText(["actions", 2, "params", "keyword_ids", "where", 0])).toBe(
      "actions[2].params.keyword_ids.where[0]",
    );
  });
});

const fail = (): never => {
  throw new Error("not readable");
};

describe("a draft", () => {
  it("follows the text, follows the form, and keeps what did not change as it was", () => {
    const kept: string[] = [];
    const draft = makeDraft({ text: RULE, revision: 3 }, ({ text }) => kept.push(text));
    const before = draft.get().rule.actions;
    draft.edit({ kind: "set", path: ["name"], value: "A" });
    expect(draft.get().rule.actions).toBe(before);
    draft.write(draft.get().text.replace("name: A", "name: B"));
    draft.settle();
    expect(draft.get().rule.name).toBe("B");
    expect(kept.at(-1)).toBe(draft.get().text);
  });

  it("is not changed by the form while its text cannot be read, and is read when it is mended", () => {
    const draft = makeDraft({ text: "name: A\n", revision: null }, () => undefined);
    draft.write("name: [");
    draft.settle();
    draft.edit({ kind: "set", path: ["name"], value: "B" });
    expect(draft.get()).toMatchObject({ text: "name: [", readable: false, rule: { name: "A" } });
    draft.write("name: C");
    draft.edit({ kind: "set", path: ["site"], value: "s" });
    expect(draft.get()).toMatchObject({ text: "name: C\nsite: s\n", readable: true });
  });

  it("takes over what is being typed before it is saved", () => {
    const draft = makeDraft({ text: "name: A\n", revision: null }, () => undefined);
    draft.whileTyping(() => draft.edit({ kind: "set", path: ["name"], value: "typed" }));
    draft.settle();
    expect(draft.get().text).toBe("name: typed\n");
  });
});

describe("schedules", () => {
  it.each([
    ["15 * * * *", { every: "hour", minute: 15 }],
    ["0 6 * * *", { every: "day", hour: 6, minute: 0 }],
    ["30 7 * * MON-FRI", { every: "week", days: [1, 2, 3, 4, 5], hour: 7, minute: 30 }],
    ["0 9 * * SAT-SUN", { every: "week", days: [6, 0], hour: 9, minute: 0 }],
    ["0 9 * * MON,THU", { every: "week", days: [1, 4], hour: 9, minute: 0 }],
    ["5 4 31 * *", { every: "month", day: 31, hour: 4, minute: 5 }],
  ])("%s is read and written again", (cron, when) => {
    expect(readCron(cron)).toEqual(when);
    expect(readCron(writeCron(readCron(cron)))).toEqual(when);
  });

  it("knows numbers as days, 7 as Sunday", () => {
    expect(readCron("0 6 * * 1,7")).toEqual({ every: "week", days: [1, 0], hour: 6, minute: 0 });
  });

  it.each(["*/5 * * * *", "0 6 1 1 *", "0 6 1 * MON", "0 6 * * MON#1", "61 6 * * *", "@daily", "0 6 * *", ""])(
    "%s stays a cron, as it stands",
    (cron) => {
      expect(readCron(cron)).toEqual({ every: "cron", cron });
      expect(writeCron(readCron(cron))).toBe(cron);
    },
  );

  it("keeps the time when the rate changes", () => {
    expect(writeCron(changeEvery(readCron("30 7 * * *"), "month"))).toBe("30 7 1 * *");
    expect(writeCron(changeEvery(readCron("30 7 * * MON"), "cron"))).toBe("30 7 * * MON");
  });

  it("is one cron or a list of them", () => {
    expect(scheduleOf(cronsOf("0 6 * * *"))).toBe("0 6 * * *");
    expect(scheduleOf(cronsOf(["a", "b"]))).toEqual(["a", "b"]);
  });
});

const output = (name: string, collection: string) => ({ name, collection, description: name });
const CATALOGUE = [
  { type: "cluster_keywords", outputs: [output("cluster_ids", "clusters")] },
  { type: "generate_ideas", outputs: [output("task_ids", "tasks")] },
  { type: "generate_content", outputs: [output("content_ids", "content")] },
  { type: "optimize_content", outputs: [output("content_ids", "content")] },
] as unknown as ActionTypeView[];

describe("what waits for what", () => {
  const rule = {
    actions: [
      { type: "cluster_keywords" },
      { id: "write", type: "generate_content" },
      { id: "polish", type: "optimize_content", when: [{ field: "a", operator: "equals", value: 1 }] },
      { id: "paint", type: "generate_images", else_of: "polish" },
      { type: "generate_content" },
      {
        id: "apart",
        type: "generate_content",
        needs: ["cluster_keywords"],
        params: { task_ids: "{{ actions.write.content_ids }}" },
      },
    ],
  };
  const actions = actionsOf(rule);

  it("is the action above, both branches of a choice, or what is needed", () => {
    expect(actions.map((action) => action.after)).toEqual([[], [0], [1], [1], [2, 3], [0]]);
    expect(actions.map((action) => action.id)[4]).toBe("generate_content");
  });

  it("decides what can be taken from where", () => {
    expect(beforeOf(actions, 5).map((action) => action.id)).toEqual(["cluster_keywords"]);
    expect(referencesAt(actions, 4, CATALOGUE, "content").map((each) => each.text)).toEqual([
      "{{ actions.polish.content_ids }}",
      "{{ actions.write.content_ids }}",
    ]);
    expect(supplierAt(actions, 4, CATALOGUE, ["content_ids"])?.id).toBe("polish");
    expect(readReference("{{actions.write.content_ids}}")).toBe("actions.write.content_ids");
  });

  it("ends where actions wait for each other", () => {
    const round = actionsOf({
      actions: [
        { id: "a", needs: ["b"] },
        { id: "b", needs: ["a"] },
      ],
    });
    expect(beforeOf(round, 0).map((action) => action.id)).toEqual(["b"]);
  });

  it("goes on pointing at an action that gets another id", () => {
    const paths = renameEdits(rule, 1, "author").map((edit) => [pathText(edit.path), "value" in edit && edit.value]);
    expect(paths).toEqual([
      ["actions[1].id", "author"],
      ["actions[5].params.task_ids", "{{ actions.author.content_ids }}"],
    ]);
    expect(renameEdits(rule, 2, "shine").map((edit) => pathText(edit.path))).toContain("actions[3].else_of");
  });
});

describe("fields of params", () => {
  const reference = { type: "string", pattern: "^\\s*\\{\\{\\s*x\\}\\}$" };
  const fields = fieldsOf(
    {
      keyword_ids: {
        anyOf: [{ oneOf: [{ type: "array", items: { type: "integer" } }, reference] }, { type: "null" }],
        "x-collection": "keywords",
        "x-supplied-by": ["keyword_ids"],
        "x-fields": {
          volume: { type: "integer", description: "Searches." },
          cluster_id: { type: "integer", description: "Its cluster.", "x-values": "cluster" },
        },
      },
      integration_id: { oneOf: [{ type: "integer", minimum: 1 }, reference] },
      provider: { type: "string", enum: ["card", "model"], default: "card" },
      body: { anyOf: [{ type: "string", maxLength: 5000 }, { type: "null" }] },
      headers: { type: "object" },
      on: { type: "boolean" },
      tags: { type: "array", items: { type: "string" } },
    },
    ["integration_id"],
  );

  it("fit what the schema asks for", () => {
    expect(fields.map((field) => field.input.kind)).toEqual([
      "items",
      "number",
      "choice",
      "text",
      "yaml",
      "switch",
      "list",
    ]);
    expect(fields[0]).toMatchObject({ label: "Keywords", required: false, referable: false });
    expect(fields[0]?.input).toMatchObject({
      collection: "keywords",
      fields: {
        volume: { type: "number" },
        cluster_id: { values: { collection: "keywords", field: "cluster_id", named: true } },
      },
    });
    expect(fields[1]).toMatchObject({ required: true, referable: true, input: { whole: true, least: 1 } });
    expect(fields[2]?.fallback).toBe("card");
  });
});

describe("what else a rule may say", () => {
  const { further, ofActions, facts } = readSchema(SCHEMA as Mapping);
  const kinds = Object.fromEntries(further.map((field) => [field.name, field.input.kind]));
  const named = (name: string) => further.find((field) => field.name === name)?.input;

  it("has a field of a form for everything that the schema lists and that has no form of its own", () => {
    const own = "id name description account site status trigger schedule timezone event assets conditions actions";
    const left = Object.keys(SCHEMA.properties).filter((name) => !own.split(" ").includes(name));
    expect(further.map((field) => field.name)).toEqual(left);
    expect(kinds).toEqual({
      quiet_hours: "entries",
      excluded_dates: "list",
      overlap: "ways",
      on_failure: "actions",
      topic_memory: "fields",
      tests: "entries",
      limits: "fields",
      notify: "entries",
    });
    expect(ofActions.http_request?.map((field) => [field.name, field.input.kind])).toEqual([["retries", "fields"]]);
    expect(facts["keywords.new"]?.type).toBe("number");
  });

  it("gives the fields of what has some, with what they may hold", () => {
    const limits = named("limits");
    expect(limits?.kind === "fields" && limits.fields[0]).toMatchObject({
      name: "credits_per_run",
      required: false,
      input: { kind: "number", whole: true, least: 1 },
    });
    const notify = named("notify");
    expect(notify?.kind === "entries" && notify.fields.map((field) => [field.name, field.required])).toEqual([
      ["url", true],
      ["on", false],
      ["repeat", false],
    ]);
    expect(named("overlap")).toMatchObject({
      options: ["skip", "queue", "cancel_older"],
      others: [{ fields: [{ name: "parallel", required: true }] }],
    });
    // Names with dots in them are no fields: what holds them is given as YAML.
    const tests = named("tests");
    expect(tests?.kind === "entries" && tests.fields.find((field) => field.name === "facts")?.input.kind).toBe("yaml");
  });
});

describe("conditions", () => {
  const known = (type: "number" | "text" | "boolean") => ({ type, description: "", options: [] });

  it("offer the operators that fit", () => {
    expect(operatorsFor(known("boolean"))).toEqual(["equals", "not_equals", "in", "not_in"]);
    expect(operatorsFor(known("number"))).not.toContain("contains");
    expect(operatorsFor(undefined)).toHaveLength(7);
  });

  it("take what is typed as what the field holds", () => {
    expect(readValue("20", known("number"), "greater_than")).toBe(20);
    expect(readValue("20", known("text"), "equals")).toBe("20");
    expect(readValue("new, 3", undefined, "in")).toEqual(["new", 3]);
    expect(readValue("true", undefined, "equals")).toBe(true);
    expect(readValue("{{ event.n }}", known("number"), "equals")).toBe("{{ event.n }}");
    expect(refit(3, "in")).toEqual([3]);
    expect(refit([3, 4], "equals")).toBe(3);
  });

  it("take one of the values that there are in the place of what was looked for", () => {
    expect([wanted("a, b ,", true), wanted(" inf", false), wanted("a, inf", true)]).toEqual(["", "inf", "inf"]);
    expect(withChosen("esp", 12, false)).toBe("12");
    expect(withChosen("12, mo", 7, true)).toBe("12, 7, ");
    expect(withChosen("7, 12, ", 7, true)).toBe("12, 7, ");
    expect(readValue("12, 7, ", known("number"), "in")).toEqual([12, 7]);
  });

  it("become another group without losing what is in them", () => {
    const one = { field: "a", operator: "equals", value: 1 };
    expect(regroup({ any: [one, one] }, "not")).toEqual({ not: { any: [one, one] } });
    expect(regroup({ not: one }, "any")).toEqual({ any: [one] });
  });

  it("are found again in what an evaluation tells", () => {
    expect(placed([1], ["conditions"])[0]?.path).toEqual(["conditions", 0]);
    expect(findingPath(["conditions", 1, "any", 0], ["conditions"])).toBe("1.any.0");
    expect(findingPath(["conditions", "not"], ["conditions"])).toBe("0.not");
  });
});

describe("faults", () => {
  it("are told at their place, and a place that is told the same again does not change", () => {
    const faults = makeFaults();
    const fault = (path: string, message: string): Fault => ({ path, message, code: "x" }) as Fault;
    faults.set([fault("name", "A"), fault("actions[1].type", "B")]);
    const before = faults.at("name");
    expect(faults.at("actions[1]", true)).toHaveLength(1);
    expect(faults.at("actions[1]")).toHaveLength(0);
    faults.set([fault("name", "A")]);
    expect(faults.at("name")).toBe(before);
    expect(faults.at("actions[1]", true)).toHaveLength(0);
  });
});

describe("the way to a place", () => {
  it("leads outwards until something is shown", () => {
    expect(outward("actions[1].params.a")).toEqual([
      "actions[1].params.a",
      "actions[1].params",
      "actions[1]",
      "actions",
    ]);
    expect(outward("name")).toEqual(["name"]);
  });
});
