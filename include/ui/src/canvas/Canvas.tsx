// The flow chart of a rule. It is drawn of the draft or, with a run's progress, of what has become of each action.
import { Badge, Box, HStack, Stack, Text } from "@chakra-ui/react";
import {
  Background,
  BaseEdge,
  Controls,
  type Edge,
  EdgeLabelRenderer,
  type EdgeProps,
  getSmoothStepPath,
  Handle,
  type Node,
  type NodeProps,
  Position,
  ReactFlow,
} from "@xyflow/react";
import "@xyflow/react/dist/style.css";
import { type CSSProperties, createContext, type ReactNode, useContext, useMemo, useSyncExternalStore } from "react";
import { paletteOf, StatusBadge, words } from "#shared";
import type { ActionProgress } from "../api/schema";
import type { Mapping } from "../editor/model/text";
import { flowOf, HEIGHT, type Link, type Part, placesOf, WIDTH } from "./flow";

const watchMode = (changed: () => void) => {
  const watch = new MutationObserver(changed);
  watch.observe(document.documentElement, { attributes: true, attributeFilter: ["class"] });
  return () => watch.disconnect();
};
const useMode = () =>
  useSyncExternalStore(watchMode, () => (document.documentElement.classList.contains("dark") ? "dark" : "light"));

/** What a part looks like beyond its name. */
export interface Looks {
  /** The names of the kinds of actions. */
  names: Readonly<Record<string, string>>;
  /** How many things are wrong with a part, by its id. */
  faults: Readonly<Record<string, number>>;
  /** How far each action of a run is, by its id. */
  progress: Readonly<Record<string, ActionProgress>>;
  chosen: string | undefined;
  /** What stands on a line between two actions, such as a button that adds one. */
  onLine?: (link: Link) => ReactNode;
  onChoose?: (part: Part) => void;
  /** In a chart that is only looked at: leads to what is told of an action elsewhere on the page. */
  onGo?: (action: string) => void;
}
const LooksContext = createContext<Looks>({ names: {}, faults: {}, progress: {}, chosen: undefined });

export const titleOf = (part: Part, names: Looks["names"]): { title: string; sub: string } => {
  if (part.kind === "trigger") return { title: words.canvas.trigger, sub: "" };
  if (part.kind === "gate") return { title: words.form.onlyIf, sub: words.canvas.conditions(part.conditions) };
  const name = names[part.type] ?? part.type;
  return {
    title: name,
    sub: [
      part.action === part.type ? "" : part.action,
      part.elseOf ? words.canvas.instead(part.elseOf) : part.conditional ? words.canvas.conditional : "",
    ]
      .filter(Boolean)
      .join(" · "),
  };
};

/** How far an action of a run is, in words: its items, or what it does while these are not known. */
export const toldOf = (live: ActionProgress): string =>
  live.total > 0 ? words.executions.items(live.done, live.failed, live.total) : (live.phase ?? "");

const MARGIN = 80;
const TALLEST = 1600; // a longer chart is shown smaller, and can be drawn nearer

const HANDLE = { height: 12, width: 12 };
const HIDDEN = { opacity: 0, pointerEvents: "none" } as const;
// The colour of the page shows through, and lines can be seen on it, light or dark.
const GROUND = {
  "--xy-background-color": "transparent",
  "--xy-edge-stroke": "var(--chakra-colors-fg-muted)",
} as CSSProperties;

const PartNode = ({ data }: NodeProps<Node<{ part: Part; sub: string }>>) => {
  const { names, faults, progress, chosen, onChoose, onGo } = useContext(LooksContext);
  const { part } = data;
  const { title, sub } = titleOf(part, names);
  const wrong = faults[part.id] ?? 0;
  const live = part.kind === "action" ? progress[part.action] : undefined;
  const handle = onChoose ? HANDLE : HIDDEN;
  const press = onChoose ? () => onChoose(part) : onGo && part.kind === "action" ? () => onGo(part.action) : undefined;
  const edge = live && live.state !== "pending" ? `${paletteOf(live.state)}.solid` : "border.emphasized";
  const done = live && live.total > 0 ? (100 * (live.done + live.failed)) / live.total : (live?.progress ?? 0);
  return (
    <Stack
      bg={part.kind === "action" ? "bg" : "bg.subtle"}
      borderColor={wrong > 0 ? "border.error" : chosen === part.id ? "brand.solid" : edge}
      borderRadius={part.kind === "trigger" ? "full" : "md"}
      borderStyle={part.kind === "gate" || (part.kind === "action" && part.conditional) ? "dashed" : "solid"}
      borderWidth={chosen === part.id || wrong > 0 ? 2 : 1}
      gap={0}
      h={`${HEIGHT}px`}
      justify="center"
      position="relative"
      px={part.kind === "trigger" ? 6 : 3}
      w={`${WIDTH}px`}
    >
      {part.kind === "trigger" ? null : <Handle position={Position.Top} style={handle} type="target" />}
      <HStack gap={2} justify="space-between">
        {press ? (
          <Box
            _before={{ content: '""', inset: 0, position: "absolute" }}
            _focusVisible={{ outline: "2px solid", outlineColor: "brand.focusRing" }}
            aria-pressed={onChoose ? chosen === part.id : undefined}
            as="button"
            cursor="pointer"
            fontSize="sm"
            fontWeight="medium"
            onClick={press}
            textAlign="start"
            truncate
          >
            {title}
          </Box>
        ) : (
          <Text fontSize="sm" fontWeight="medium" truncate>
            {title}
          </Text>
        )}
        {wrong > 0 ? <Badge colorPalette="failed">{wrong}</Badge> : null}
        {live ? <StatusBadge status={live.state} /> : null}
      </HStack>
      <Text color="fg.muted" fontSize="xs" title={data.sub || sub} truncate>
        {(live && toldOf(live)) || data.sub || sub}
      </Text>
      {live ? (
        <Box bg="bg.emphasized" bottom={0} h="4px" insetX={0} position="absolute">
          <Box
            bg={live.failed > 0 || live.state === "failed" ? "failed.solid" : `${paletteOf(live.state)}.solid`}
            h="full"
            transition="width 0.5s"
            w={live.state === "skipped" ? "0%" : `${done}%`}
          />
        </Box>
      ) : null}
      <Handle position={Position.Bottom} style={handle} type="source" />
    </Stack>
  );
};

const Line = (props: EdgeProps<Edge<{ link: Link }>>) => {
  const { onLine } = useContext(LooksContext);
  const [path, x, y] = getSmoothStepPath(props);
  const link = props.data?.link;
  return (
    <>
      <BaseEdge id={props.id} markerEnd={props.markerEnd} path={path} style={props.style} />
      {link && (onLine || link.otherwise) ? (
        <EdgeLabelRenderer>
          <HStack
            className="nodrag nopan"
            gap={1}
            pointerEvents="all"
            position="absolute"
            transform={`translate(-50%, -50%) translate(${x}px, ${y}px)`}
          >
            {link.otherwise ? (
              <Text bg="bg" color="fg.muted" fontSize="xs" px={1}>
                {words.canvas.otherwise}
              </Text>
            ) : null}
            {onLine?.(link)}
          </HStack>
        </EdgeLabelRenderer>
      ) : null}
    </>
  );
};

const nodeTypes = { part: PartNode };
const edgeTypes = { line: Line };

/** A rule's flow chart; with the functions that change it, one that is drawn in. */
export const Canvas = ({
  rule,
  looks,
  about = {},
  height,
  onConnect,
}: {
  rule: Mapping;
  looks: Looks;
  /** What stands below the name of a part, by its id. */
  about?: Readonly<Record<string, string>>;
  /** As tall as the chart needs, unless given. */
  height?: string;
  onConnect?: (from: string, to: string) => void;
}) => {
  const mode = useMode();
  const flow = useMemo(() => flowOf(rule), [rule]);
  const places = useMemo(() => placesOf(flow), [flow]);
  const nodes = useMemo(
    () =>
      flow.parts.map(
        (part): Node => ({
          id: part.id,
          type: "part",
          position: places.get(part.id) ?? { x: 0, y: 0 },
          width: WIDTH,
          height: HEIGHT,
          style: { pointerEvents: "all" },
          data: { part, sub: about[part.id] ?? "" },
        }),
      ),
    [flow, places, about],
  );
  const tall = Math.max(0, ...[...places.values()].map((place) => place.y)) + HEIGHT + MARGIN;
  const edges = useMemo(
    () => [
      ...(flow.parts.some((part) => part.kind === "gate")
        ? [{ id: "to the gate", source: "trigger", target: "gate", type: "line" }]
        : []),
      ...flow.links.map(
        (link): Edge => ({
          id: link.id,
          source: link.from,
          target: link.to,
          type: "line",
          data: { link },
          style: link.otherwise ? { strokeDasharray: "5 4" } : undefined,
        }),
      ),
    ],
    [flow],
  );
  return (
    <LooksContext.Provider value={looks}>
      <Box borderRadius="md" borderWidth={1} h={height ?? `${Math.min(tall, TALLEST)}px`} minH="320px" w="full">
        <ReactFlow
          aria-label={words.canvas.label}
          colorMode={mode}
          deleteKeyCode={null}
          edges={edges}
          edgeTypes={edgeTypes}
          fitView
          fitViewOptions={{ maxZoom: 1, padding: 0.05 }}
          key={flow.parts.length}
          minZoom={0.2}
          edgesFocusable={false}
          elementsSelectable={false}
          nodes={nodes}
          nodesDraggable={false}
          nodesFocusable={false}
          nodesConnectable={onConnect !== undefined}
          nodeTypes={nodeTypes}
          onConnect={({ source, target }) => onConnect?.(source, target)}
          proOptions={{ hideAttribution: true }}
          style={GROUND}
          zoomOnScroll={false}
          preventScrolling={false}
        >
          <Background />
          <Controls orientation="horizontal" position="top-right" showInteractive={false} style={{ margin: 6 }} />
        </ReactFlow>
      </Box>
    </LooksContext.Provider>
  );
};
