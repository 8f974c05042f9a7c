import { useEffect, useState } from "react";
import { withQuery } from "./api/client";
import { words } from "./words";

const ROOT = "/plugin/automation";
const id = encodeURIComponent;

/** What a run is found by: two rules may have runs of the same id. */
export interface RunPlace {
  id: string;
  rule: string;
}

/** Where the pages are, for links; Airflow's router adds the path below which it is mounted. */
export const places = {
  rules: ROOT,
  rulesBy: (ordering: string, account: string) => withQuery(ROOT, { account, ordering }),
  dashboard: `${ROOT}/dashboard`,
  newRule: `${ROOT}/new`,
  rule: (ruleId: string, view?: string) => withQuery(`${ROOT}/rules/${id(ruleId)}`, { view }),
  editRule: (ruleId: string) => `${ROOT}/rules/${id(ruleId)}/edit`,
  executions: (rule?: string) => withQuery(`${ROOT}/executions`, { rule }),
  execution: (runId: string, rule: string) => withQuery(`${ROOT}/executions/${id(runId)}`, { rule }),
  compare: (one: RunPlace, other: RunPlace) =>
    withQuery(`${ROOT}/compare`, { run: one.id, rule: one.rule, with: other.id, with_rule: other.rule }),
  presets: `${ROOT}/presets`,
  preset: (presetId: string) => `${ROOT}/presets/${id(presetId)}`,
  connections: "/connections",
  dag: (dagId: string) => `/dags/${id(dagId)}`,
  dagRun: (dagId: string, runId: string) => `/dags/${id(dagId)}/runs/${id(runId)}`,
  content: (view: string, place: { account?: string; site?: string; search?: string } = {}) =>
    withQuery(`${ROOT}/content`, { view, ...place }),
  article: (articleId: number, account?: string) => withQuery(`${ROOT}/content/articles/${articleId}`, { account }),
  task: (dagId: string, runId: string, taskId: string) => `/dags/${id(dagId)}/runs/${id(runId)}/tasks/${id(taskId)}`,
};

/** The rule that a Dag is made of: `rule__<account>__<rule>`. */
export const ruleOfDag = (dagId: string): string | undefined => /^rule__[a-z0-9-]+__(.+)$/.exec(dagId)?.[1];

/**
 * The values behind the path of the address.
 *
 * They are written past the router: a change that it saw would mount the page anew, and take the focus from what is
 * being typed in.
 */
export const useAddress = <T extends Record<string, string>>(defaults: T) => {
  const [values, setValues] = useState<T>(() => {
    const query = new URLSearchParams(location.search);
    return Object.fromEntries(Object.entries(defaults).map(([name, value]) => [name, query.get(name) ?? value])) as T;
  });
  const change = (changes: Partial<T>) =>
    setValues((before) => {
      const after = { ...before, ...changes };
      const differing = Object.entries(after).filter(([name, value]) => value !== defaults[name]);
      history.replaceState(history.state, "", withQuery(location.pathname, Object.fromEntries(differing)));
      return after;
    });
  return [values, change] as const;
};

export const useTitle = (title: string) =>
  useEffect(() => {
    document.title = title === words.title ? title : `${title} - ${words.title}`;
  }, [title]);

/** A value once it has rested. */
export const useRested = <T>(value: T, milliseconds: number): T => {
  const [rested, setRested] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setRested(value), milliseconds);
    return () => clearTimeout(timer);
  }, [value, milliseconds]);
  return rested;
};
