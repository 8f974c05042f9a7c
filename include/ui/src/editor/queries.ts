import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { call, list, useRested, withQuery } from "#shared";
import type { ActionTypeView, DryRun, Estimate, EventTypeView } from "../api/schema";
import { type Known, knownFields } from "./model/fields";
import { at, type Mapping } from "./model/text";

const LONG = 600_000; // what rules may say changes with a release only

export const useActionTypes = () =>
  useQuery({
    queryKey: ["action-types"],
    staleTime: LONG,
    queryFn: () => call<ActionTypeView[]>("rules/action-types/"),
  });

export const useEventTypes = () =>
  useQuery({ queryKey: ["event-types"], staleTime: LONG, queryFn: () => call<EventTypeView[]>("events/types/") });

/** The facts that conditions can look at, which the rule's schema lists where its tests give them. */
export const useFacts = () =>
  useQuery({
    queryKey: ["facts"],
    staleTime: LONG,
    queryFn: async (): Promise<Readonly<Record<string, Known>>> => {
      const schema = await call<Mapping>("rules/schema/");
      return knownFields(at(schema, ["$defs", "RuleTest", "properties", "facts", "properties"]));
    },
  });

/** How many items of a site match a selector's conditions now; without a place it is not asked. */
export const useMatching = (collection: string, place: { account: string; site: string } | undefined, where: string) =>
  useQuery({
    queryKey: ["matching", collection, place, where],
    enabled: place !== undefined,
    retry: false,
    staleTime: 10_000,
    queryFn: async ({ signal }) => {
      const name = collection === "content" ? "articles" : collection;
      const path = withQuery(`content/${name}/`, { ...place, where, page_size: 1 });
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
