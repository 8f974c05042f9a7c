// What the parts (bundles of their own, see vite.config.ts) take from the first bundle, so that each thing is there
// once: one cache of answers, one list of messages, one set of words.
export * from "./api/client";
export * from "./api/queries";
export * from "./executions/actions";
export * from "./executions/conditions";
export * from "./format";
export * from "./names";
export * from "./notices";
export * from "./parts/blocks";
export * from "./parts/controls";
export * from "./parts/dialog";
export * from "./parts/diff";
export * from "./parts/frame";
export * from "./parts/icons";
export * from "./parts/status";
export * from "./parts/time";
export * from "./places";
export * from "./rule/plans";
export * from "./words";
