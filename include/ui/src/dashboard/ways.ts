import type { Concern } from "../api/schema";
import { places } from "../places";
import { words } from "../words";

interface Way {
  to: string;
  name: string;
}

/** Where a concern is looked at, and what is done there. */
export const wayTo = ({ kind, automation_rule: rule, run_id: run, account }: Concern): Way | undefined => {
  const { ways } = words.dashboard;
  if (kind === "engine") return { to: places.connections, name: ways.connections };
  if (kind === "credits") return { to: places.rulesBy("-credits_this_month", account), name: ways.spenders };
  if (kind === "integration") return { to: places.content("sites", { search: account }), name: ways.site };
  if (!rule) return undefined;
  if (kind === "approval" && run) return { to: places.execution(run, rule), name: ways.run };
  if (kind === "broken_rule") return { to: places.editRule(rule), name: words.rules.mend };
  return { to: places.rule(rule, "runs"), name: ways.runs };
};
