// The flow chart of a rule: what stands in it, what leads where, and where each is drawn.
import dagre from "@dagrejs/dagre";
import { actionsOf } from "../editor/model/graph";
import { isMapping, type Mapping } from "../editor/model/text";

export type Part =
  | { kind: "trigger"; id: "trigger" }
  | { kind: "gate"; id: "gate"; conditions: number }
  | { kind: "action"; id: string; index: number; action: string; type: string; conditional: boolean; elseOf?: string };

export interface Link {
  id: string;
  from: string;
  to: string;
  /** What stands on the line: that the branch is taken when the other one is not. */
  otherwise: boolean;
  /** The places of the actions at its ends; null for the beginning. */
  earlier: number | null;
  later: number;
}

export interface Flow {
  parts: readonly Part[];
  links: readonly Link[];
}

export const TRIGGER = "trigger";
export const GATE = "gate";
export const nodeOf = (index: number) => `action ${index}`;

const size = (conditions: unknown): number =>
  Array.isArray(conditions) ? conditions.length : isMapping(conditions) ? 1 : 0;

/** The parts of a rule and the lines between them. */
export const flowOf = (rule: Mapping): Flow => {
  const actions = actionsOf(rule);
  const conditions = size(rule.conditions);
  const parts: Part[] = [{ kind: "trigger", id: TRIGGER }];
  if (conditions > 0) parts.push({ kind: "gate", id: GATE, conditions });
  const start = conditions > 0 ? GATE : TRIGGER;
  const links: Link[] = [];
  for (const action of actions) {
    const id = nodeOf(action.index);
    parts.push({
      kind: "action",
      id,
      index: action.index,
      action: action.id,
      type: action.type,
      conditional: size(action.when) > 0,
      ...(action.elseOf === undefined ? {} : { elseOf: action.elseOf }),
    });
    const from: (number | null)[] = action.after.length > 0 ? [...action.after] : [null];
    for (const earlier of from) {
      const source = earlier === null ? start : nodeOf(earlier);
      const otherwise = action.elseOf !== undefined;
      links.push({ id: `${source} > ${id}`, from: source, to: id, otherwise, earlier, later: action.index });
    }
  }
  return { parts, links };
};

export const WIDTH = 230;
export const HEIGHT = 68;
const GAP = 56;

/** Where each part is drawn, its left upper corner in pixels. */
export const placesOf = ({ parts, links }: Flow): ReadonlyMap<string, { x: number; y: number }> => {
  const graph = new dagre.graphlib.Graph();
  graph.setGraph({ rankdir: "TB", ranksep: GAP, nodesep: 40 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const part of parts) graph.setNode(part.id, { width: WIDTH, height: HEIGHT });
  for (const link of links) graph.setEdge(link.from, link.to);
  const gate = parts.find((part) => part.kind === "gate");
  if (gate) graph.setEdge(TRIGGER, gate.id);
  dagre.layout(graph);
  return new Map(
    parts.map((part) => {
      const { x, y } = graph.node(part.id);
      return [part.id, { x: x - WIDTH / 2, y: y - HEIGHT / 2 }];
    }),
  );
};
