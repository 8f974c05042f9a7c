import { keepPreviousData, QueryClient, queryOptions, useMutation, useQuery } from "@tanstack/react-query";
import { formatTime, startOfDay } from "../format";
import { ApiError, call, type Listing, list, text, withQuery } from "./client";
import type {
  Approval,
  BrokenRuleView,
  Comparison,
  Dashboard,
  DryRun,
  Estimate,
  Execution,
  ExecutionDetail,
  Instance,
  InstantiateBody,
  PresetDetail,
  PresetView,
  Progress,
  RecentRuns,
  Rerun,
  RerunBody,
  RevisionDetail,
  RevisionEntry,
  RulePlace,
  RuleView,
  RunApprovals,
  Started,
  Statistics,
  Validation,
} from "./schema";

/** Lives as long as Airflow's page, which mounts the app anew whenever the path changes. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 2_000,
      retry: (count, error) => count < 2 && error instanceof ApiError && (error.status === 0 || error.status === 503),
    },
  },
});

export type AnyRule = RuleView | BrokenRuleView;
export const isBroken = (rule: AnyRule): rule is BrokenRuleView => "yaml" in rule && rule.problems.length > 0;

const id = encodeURIComponent;
const LIVE = 1_500;
const RESTING = 15_000;
export const isLive = (status: string | null | undefined) => status === "pending" || status === "running";

export interface RuleFilter {
  search?: string;
  account?: string;
  site?: string;
  status?: string;
  trigger?: string;
  ordering?: string;
  timezone?: string;
  page?: number;
  page_size?: number;
}

export const useRules = (filter: RuleFilter) =>
  useQuery({
    queryKey: ["rules", filter],
    queryFn: ({ signal }) => list<AnyRule>(withQuery("rules/", { ...filter }), { signal }),
    placeholderData: keepPreviousData,
    refetchInterval: (query) =>
      query.state.data?.data.some((rule) => isLive(rule.last_run?.status)) ? LIVE * 2 : RESTING,
  });

const each = (values: readonly string[]) => [...new Set(values)].sort();

/** The accounts and sites that rules name, for filters; with an account, only its sites. */
export const usePlaces = (enabled = true, account = "") =>
  useQuery({
    queryKey: ["places"],
    enabled,
    staleTime: 60_000,
    queryFn: ({ signal }) => call<RulePlace[]>("places/", { signal }),
    select: (found) => ({
      accounts: each(found.map((place) => place.account)),
      sites: each(found.filter((place) => !account || place.account === account).map((place) => place.site)),
    }),
  });

const OFFERED = 20;

/** The first of the rules with this in their id or name, to choose one of. */
export const useRulesLike = (search: string, enabled: boolean) =>
  useQuery({
    queryKey: ["rules", "like", search],
    enabled,
    staleTime: 60_000,
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) => {
      const path = withQuery("rules/", { search, ordering: "name", page_size: OFFERED });
      return (await list<AnyRule>(path, { signal })).data.map(({ id, name }) => ({ id, name }));
    },
  });

export const useRecentRuns = (rules: string[], live: boolean) =>
  useQuery({
    queryKey: ["recent", rules],
    enabled: rules.length > 0,
    placeholderData: keepPreviousData,
    refetchInterval: live ? LIVE * 2 : RESTING,
    queryFn: async ({ signal }) => {
      const found = await call<RecentRuns[]>(withQuery("rules/recent-runs/", { rule: rules }), { signal });
      return new Map(found.map((each) => [each.automation_rule, each.runs]));
    },
  });

/** What each rule has cost since the month began where the user's clock is. */
export const useCreditsOfMonth = (zone: string) =>
  useQuery({
    queryKey: ["stats", "month", zone],
    staleTime: 60_000,
    queryFn: async ({ signal }) => {
      const since = startOfDay(`${formatTime(new Date().toISOString(), zone).slice(0, 7)}-01`, zone);
      const figures = await call<Statistics>(withQuery("stats/", { since }), { signal });
      return new Map(figures.rules.map((rule) => [rule.automation_rule, rule.credits]));
    },
  });

/** The figures of so many days, which begin where the user's clock is. */
export const useDashboard = (days: number, account: string, timezone: string) =>
  useQuery({
    queryKey: ["dashboard", days, account, timezone],
    queryFn: ({ signal }) => call<Dashboard>(withQuery("dashboard/", { days, account, timezone }), { signal }),
    placeholderData: keepPreviousData,
    refetchInterval: RESTING * 2,
  });

export const useRule = (ruleId: string, enabled = true) =>
  useQuery({
    queryKey: ["rule", ruleId],
    enabled,
    queryFn: ({ signal }) => call<AnyRule>(`rules/${id(ruleId)}/`, { signal }),
    refetchInterval: (query) => (isLive(query.state.data?.last_run?.status) ? LIVE : RESTING),
  });

export const useRuleText = (ruleId: string, enabled = true) =>
  useQuery({
    queryKey: ["rule", ruleId, "yaml"],
    enabled,
    staleTime: 0,
    queryFn: () => text(`rules/${id(ruleId)}/export/`),
  });

export const validateYaml = (yaml: string, signal?: AbortSignal) =>
  call<Validation>("rules/validate/", { method: "POST", yaml, signal });

export const useWarnings = (ruleId: string, enabled: boolean, revision: number | null) =>
  useQuery({
    queryKey: ["rule", ruleId, "warnings", revision],
    enabled,
    queryFn: async () => (await validateYaml(await text(`rules/${id(ruleId)}/export/`))).warnings,
  });

export const useRevisions = (ruleId: string) =>
  useQuery({
    queryKey: ["rule", ruleId, "revisions"],
    queryFn: () => call<RevisionEntry[]>(`rules/${id(ruleId)}/revisions/`),
  });

export const useRevision = (ruleId: string, number: number | null) =>
  useQuery({
    queryKey: ["rule", ruleId, "revisions", number],
    enabled: number !== null,
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: () => call<RevisionDetail>(`rules/${id(ruleId)}/revisions/${number}/`),
  });

export const useComparison = (ruleId: string, before: number, after: number) =>
  useQuery({
    queryKey: ["rule", ruleId, "compare", before, after],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: () => call<Comparison>(withQuery(`rules/${id(ruleId)}/revisions/compare/`, { before, after })),
  });

export const useEstimate = (ruleId: string, enabled: boolean) =>
  useQuery({
    queryKey: ["rule", ruleId, "estimate"],
    enabled,
    staleTime: 30_000,
    queryFn: () => call<Estimate>(`rules/${id(ruleId)}/estimate/`, { method: "POST" }),
  });

export const useDryRun = (ruleId: string, enabled: boolean) =>
  useQuery({
    queryKey: ["rule", ruleId, "dry-run"],
    enabled,
    staleTime: 0,
    queryFn: () => call<DryRun>(`rules/${id(ruleId)}/dry-run/`, { method: "POST" }),
  });

export interface ExecutionFilter {
  rule?: string;
  account?: string;
  status?: string;
  since?: string;
  until?: string;
  ordering?: string;
  page?: number;
  page_size?: number;
}

export const useExecutions = (filter: ExecutionFilter) =>
  useQuery({
    queryKey: ["executions", filter],
    queryFn: ({ signal }): Promise<Listing<Execution>> =>
      list<Execution>(withQuery("rules/execution-history/", { ...filter }), { signal }),
    placeholderData: keepPreviousData,
    refetchInterval: (query) => (query.state.data?.data.some((run) => isLive(run.status)) ? LIVE : RESTING),
  });

export const useExecution = (runId: string, rule: string | undefined) =>
  useQuery({
    queryKey: ["execution", runId, rule],
    queryFn: ({ signal }) => call<ExecutionDetail>(withQuery(`executions/${id(runId)}/`, { rule }), { signal }),
    refetchInterval: (query) => (isLive(query.state.data?.status) ? LIVE * 2 : false),
  });

/** How far a run is, asked for every 1.5 s while it goes on and the page is looked at. */
export const progressOf = (ruleId: string | undefined, runId: string | undefined) =>
  queryOptions({
    queryKey: ["progress", ruleId, runId],
    enabled: ruleId !== undefined,
    queryFn: ({ signal }) =>
      call<Progress>(withQuery(`rules/${id(ruleId ?? "")}/progress/`, { run_id: runId }), { signal }),
    refetchInterval: (query) => (isLive(query.state.data?.execution_status) ? LIVE : runId ? false : RESTING),
  });
export const useProgress = (ruleId: string | undefined, runId: string | undefined) =>
  useQuery(progressOf(ruleId, runId));

/** What a run asks people, and has asked them. */
export const useApprovals = (runId: string, rule: string, live: boolean) =>
  useQuery({
    queryKey: ["execution", runId, rule, "approvals"],
    queryFn: ({ signal }) => call<RunApprovals>(withQuery(`executions/${id(runId)}/approvals/`, { rule }), { signal }),
    refetchInterval: live ? LIVE * 2 : false,
  });

export const usePresets = () =>
  useQuery({ queryKey: ["presets"], staleTime: 60_000, queryFn: () => call<PresetView[]>("presets/") });

export const usePreset = (presetId: string) =>
  useQuery({
    queryKey: ["presets", presetId],
    staleTime: 60_000,
    queryFn: () => call<PresetDetail>(`presets/${id(presetId)}/`),
  });

export const useInstance = (presetId: string, body: InstantiateBody, enabled: boolean) =>
  useQuery({
    queryKey: ["presets", presetId, "instance", body],
    enabled,
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) =>
      call<Instance>(`presets/${id(presetId)}/instantiate/`, {
        method: "POST",
        json: { ...body, save: false },
        signal,
      }),
  });

// Deeds.

/** Have everything that is shown looked up again. */
const refresh = () => queryClient.invalidateQueries();

const useDeed = <Given, Got>(mutationFn: (given: Given) => Promise<Got>) =>
  useMutation({ mutationFn, onSettled: refresh });

export const runRule = (ruleId: string, context: Record<string, unknown> = {}) =>
  call<Started>(`rules/${id(ruleId)}/execute/`, {
    method: "POST",
    json: { context },
    headers: { "Idempotency-Key": crypto.randomUUID() },
  });

export const setStatus = (rule: AnyRule, status: "active" | "paused") =>
  call<RuleView>(`rules/${id(rule.id)}/`, {
    method: "PATCH",
    json: { status, ...(rule.revision === null ? {} : { expected_revision: rule.revision }) },
  });

export const deleteRule = (rule: AnyRule) =>
  call<{ id: string }>(withQuery(`rules/${id(rule.id)}/`, { expected_revision: rule.revision ?? undefined }), {
    method: "DELETE",
  });

export const importYaml = (yaml: string, revision: number | null) =>
  call<RuleView>(withQuery("rules/import/", { replace: revision === null ? undefined : "true" }), {
    method: "POST",
    yaml,
    headers: revision === null ? {} : { "If-Match": `"${revision}"` },
  });

export const useRun = () => useDeed((given: { ruleId: string }) => runRule(given.ruleId));
export const useSetStatus = () =>
  useDeed((given: { rule: AnyRule; status: "active" | "paused" }) => setStatus(given.rule, given.status));
export const useDelete = () => useDeed((rule: AnyRule) => deleteRule(rule));
export const useSaveYaml = () =>
  useDeed((given: { yaml: string; revision: number | null }) => importYaml(given.yaml, given.revision));
export const useRestore = (ruleId: string) =>
  useDeed((given: { number: number; expected: number | null }) =>
    call<RuleView>(`rules/${id(ruleId)}/revisions/${given.number}/restore/`, {
      method: "POST",
      json: given.expected === null ? {} : { expected_revision: given.expected },
    }),
  );
export const useCancel = () =>
  useDeed((run: { id: string; rule: string }) =>
    call<Execution>(withQuery(`executions/${id(run.id)}/cancel/`, { rule: run.rule }), { method: "POST" }),
  );
export const useRerun = () =>
  useDeed((given: { id: string; rule: string; body: RerunBody }) =>
    call<Rerun>(withQuery(`executions/${id(given.id)}/rerun/`, { rule: given.rule }), {
      method: "POST",
      json: given.body,
      headers: { "Idempotency-Key": crypto.randomUUID() },
    }),
  );
export type Verdict = { approve: true; articles: number[] | undefined } | { approve: false; reason: string };
export const useAnswer = (asked: Approval) =>
  useDeed((verdict: Verdict) => {
    const [way, json] = verdict.approve
      ? ["approve", { articles: verdict.articles }]
      : ["reject", { reason: verdict.reason }];
    const path = `executions/${id(asked.run_id)}/approvals/${id(asked.action)}/${way}/`;
    return call<Approval>(withQuery(path, { rule: asked.automation_rule }), { method: "POST", json });
  });
export const useInstantiate = (presetId: string) =>
  useDeed((body: InstantiateBody) =>
    call<RuleView>(`presets/${id(presetId)}/instantiate/`, { method: "POST", json: { ...body, save: true } }),
  );
