import { expect, it } from "vitest";
import type { Concern } from "../api/schema";
import { wayTo } from "./ways";

const concern = (kind: Concern["kind"], more: Partial<Concern> = {}): Concern => ({
  kind,
  message: "It is so.",
  account: "acme",
  automation_rule: null,
  run_id: null,
  site: null,
  since: null,
  ...more,
});
const leads = (...given: Parameters<typeof concern>) => wayTo(concern(...given))?.to;

it("leads from everything that needs somebody to where it is mended", () => {
  const rule = { automation_rule: "news" };
  expect(leads("approval", { ...rule, run_id: "run 1" })).toBe("/plugin/automation/executions/run%201?rule=news");
  expect(leads("broken_rule", rule)).toBe("/plugin/automation/rules/news/edit");
  expect(leads("failing_rule", rule)).toBe("/plugin/automation/rules/news?view=runs");
  expect(leads("engine")).toBe("/connections");
  expect(leads("credits")).toBe("/plugin/automation?account=acme&ordering=-credits_this_month");
  expect(leads("integration", { site: "shop" })).toBe("/plugin/automation/content?view=sites&search=acme");
});
