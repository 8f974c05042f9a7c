import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { call, list, useRested, withQuery } from "#shared";
import type { ActionTypeView, DryRun, Estimate, EventTypeView, FieldValueView } from "../api/schema";
import type { Values } from "./model/fields";
import { readSchema } from "./model/further";
import type { Mapping } from "./model/text";

const LONG = 600_000; // what rules may say changes with a release only

export const useActionTypes = () =>
  useQuery({
    queryKey: ["action-types"],
    staleTime: LONG,
    queryFn: () => call<ActionTypeView[]>("rules/action-types/"),
  });

export const useEventTypes = () =>
  useQuery({ queryKey: ["event-types"], staleTime: LONG, queryFn: () => call<EventTypeView[]>("events/types/") });

export const useRuleSchema = () =>
  useQuery({
    queryKey: ["rule schema"],
    staleTime: LONG,
    queryFn: async () => readSchema(await call<Mapping>("rules/schema/")),
  });

/** An account's site. */
export interface Place {
  account: string;
  site: string;
}

/** What the API calls a collection in its addresses. */
const addressed = (collection: string) => (collection === "content" ? "articles" : collection);

const OFFERED = 30;

/** The first of the values that there are with this in them; without a place it is not asked. */
export const useValues = (values: Values | undefined, place: Place | undefined, search: string, enabled: boolean) =>
  useQuery({
    queryKey: ["values", values, place, search],
    enabled: enabled && values !== undefined && place !== undefined,
    placeholderData: keepPreviousData,
    retry: false,
    staleTime: 60_000,
    queryFn: ({ signal }) => {
      const path = `content/${addressed(values?.collection ?? "")}/values/${values?.field}/`;
      return list<FieldValueView>(withQuery(path, { ...place, search, page_size: OFFERED }), { signal });
    },
  });

/** How many items of a site match a selector's conditions now; without a place it is not asked. */
export const useMatching = (collection: string, place: Place | undefined, where: string) =>
  useQuery({
    queryKey: ["matching", collection, place, where],
    enabled: place !== undefined,
    retry: false,
    staleTime: 10_000,
    queryFn: async ({ signal }) => {
      const path = withQuery(`content/${addressed(collection)}/`, { ...place, where, page_size: 1 });
      return (await list<unknown>(path, { signal })).meta.count;
    },
  });

/** What is told of the draft as a whole, asked for once the typing has rested. */
const usePlan = <Plan>(path: string, yaml: string, usable: boolean) => {
  const rested = useRested(yaml, 900);
  return useQuery({
    queryKey: [path, rested],
    enabled: usable && rested === yaml,
    placeholderData: keepPreviousData,
    staleTime: 60_000,
    retry: false,
    queryFn: ({ signal }) => call<Plan>(path, { method: "POST", yaml: rested, signal }),
  });
};

/** What a run of the draft would cost. */
export const useDraftEstimate = (yaml: string, usable: boolean) => usePlan<Estimate>("rules/estimate/", yaml, usable);

/** Which conditions of the draft hold now, and what it would work on. */
export const useDraftDryRun = (yaml: string, usable: boolean) => usePlan<DryRun>("rules/dry-run/", yaml, usable);
