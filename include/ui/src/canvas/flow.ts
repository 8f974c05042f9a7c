// The flow chart of a rule: what stands in it, what leads where, and where each is drawn.
import dagre from "@dagrejs/dagre";
import { actionsOf } from "../editor/model/graph";
import { endsOf, type Spot } from "../editor/model/moving";
import { isMapping, type Mapping } from "../editor/model/text";

export type Part =
  | { kind: "trigger"; id: "trigger" }
  | { kind: "gate"; id: "gate"; conditions: number }
  | { kind: "action"; id: string; index: number; action: string; type: string; conditional: boolean; elseOf?: string };

/** A line between two parts, and the place for an action that it is. */
export interface Link extends Spot {
  id: string;
  from: string;
  to: string;
  /** What stands on the line: that the branch is taken when the other one is not. */
  otherwise: boolean;
  later: number;
}

export interface Flow {
  parts: readonly Part[];
  links: readonly Link[];
  /** The places below what nothing comes after. */
  ends: readonly Spot[];
}

export const TRIGGER = "trigger";
export const GATE = "gate";
export const nodeOf = (index: number) => `action ${index}`;

const startOf = (parts: readonly Part[]) => (parts.some((part) => part.kind === "gate") ? GATE : TRIGGER);

const size = (conditions: unknown): number =>
  Array.isArray(conditions) ? conditions.length : isMapping(conditions) ? 1 : 0;

/** The parts of a rule and the lines between them. */
export const flowOf = (rule: Mapping): Flow => {
  const actions = actionsOf(rule);
  const conditions = size(rule.conditions);
  const parts: Part[] = [{ kind: "trigger", id: TRIGGER }];
  if (conditions > 0) parts.push({ kind: "gate", id: GATE, conditions });
  const start = startOf(parts);
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
  return { parts, links, ends: endsOf(rule) };
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

export interface Point {
  x: number;
  y: number;
}

export interface Size {
  width: number;
  height: number;
}

const READABLE = 0.6;
const EDGE = 24;

/** What of a chart is shown first: all of it, or as much from its top as can still be read. */
export const firstView = (places: ReadonlyMap<string, Point>, window: Size): Point & { zoom: number } => {
  const corners = [...places.values()];
  const left = Math.min(...corners.map((corner) => corner.x));
  const top = Math.min(...corners.map((corner) => corner.y));
  const width = Math.max(...corners.map((corner) => corner.x)) + WIDTH - left;
  const height = Math.max(...corners.map((corner) => corner.y)) + HEIGHT - top;
  const fits = Math.min((window.width - 2 * EDGE) / width, (window.height - 2 * EDGE) / height);
  const zoom = Math.min(1, Math.max(READABLE, fits));
  const spare = window.height - height * zoom;
  return {
    x: (window.width - width * zoom) / 2 - left * zoom,
    y: (spare < 2 * EDGE ? EDGE : spare / 2) - top * zoom,
    zoom,
  };
};

/** Whether a part is seen as a whole. */
export const isSeen = (place: Point, view: Point & { zoom: number }, window: Size): boolean => {
  const [left, top] = [place.x * view.zoom + view.x, place.y * view.zoom + view.y];
  return left >= 0 && top >= 0 && left + WIDTH * view.zoom <= window.width && top + HEIGHT * view.zoom <= window.height;
};

const distance = (point: Point, one: Point, other: Point): number => {
  const [width, height] = [other.x - one.x, other.y - one.y];
  const length = width * width + height * height;
  const along = length === 0 ? 0 : ((point.x - one.x) * width + (point.y - one.y) * height) / length;
  const share = Math.max(0, Math.min(1, along));
  return Math.hypot(point.x - one.x - share * width, point.y - one.y - share * height);
};

const REACH = 100;

/** Where an action would go that is let go at a point: the nearest line, or the end below a part; none within reach. */
export const spotNear = (flow: Flow, places: ReadonlyMap<string, Point>, point: Point): Spot | undefined => {
  const below = (id: string): Point => {
    const place = places.get(id) ?? { x: 0, y: 0 };
    return { x: place.x + WIDTH / 2, y: place.y + HEIGHT };
  };
  const start = startOf(flow.parts);
  const lines: { spot: Spot; corners: Point[] }[] = [
    ...flow.links
      .filter((link) => !link.otherwise)
      .map(({ from, to, earlier, later }) => {
        const begin = below(from);
        const end = { x: below(to).x, y: below(to).y - HEIGHT };
        const middle = (begin.y + end.y) / 2;
        const corners = [begin, { x: begin.x, y: middle }, { x: end.x, y: middle }, end];
        return { spot: { earlier, later }, corners };
      }),
    ...flow.ends.map((spot) => {
      const begin = below(spot.earlier === null ? start : nodeOf(spot.earlier));
      return { spot, corners: [begin, { x: begin.x, y: begin.y + GAP }] };
    }),
  ];
  let nearest: { spot: Spot; far: number } | undefined;
  for (const { spot, corners } of lines) {
    for (const [place, corner] of corners.slice(1).entries()) {
      const far = distance(point, corners[place] ?? corner, corner);
      if (far <= REACH && far < (nearest?.far ?? Number.POSITIVE_INFINITY)) nearest = { spot, far };
    }
  }
  return nearest?.spot;
};

/** The place at the end that is below a part, where there is one. */
export const endBelow = (flow: Flow, part: Part): Spot | undefined => {
  const start = startOf(flow.parts);
  return flow.ends.find(({ earlier }) => (earlier === null ? start : nodeOf(earlier)) === part.id);
};

export const isSpot = (one: Spot | undefined, other: Spot | undefined): boolean =>
  one !== undefined && other !== undefined && one.earlier === other.earlier && one.later === other.later;
