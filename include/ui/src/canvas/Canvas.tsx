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
  type ReactFlowInstance,
  type Viewport,
} from "@xyflow/react";
import "@xyflow/react/dist/style.css";
import {
  type ComponentProps,
  type CSSProperties,
  createContext,
  type DragEvent,
  type FocusEvent,
  type ReactNode,
  useContext,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
} from "react";
import { labelOf, paletteOf, StatusBadge, words } from "#shared";
import type { ActionProgress } from "../api/schema";
import type { Spot } from "../editor/model/moving";
import type { Mapping } from "../editor/model/text";
import {
  endBelow,
  firstView,
  flowOf,
  HEIGHT,
  isSeen,
  isSpot,
  type Link,
  type Part,
  type Point,
  placesOf,
  spotNear,
  WIDTH,
} from "./flow";

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

/** Where what is dragged would go if it were let go now; apart from the looks, as it changes while the pointer moves. */
const TargetContext = createContext<Spot | undefined>(undefined);

/** What a new action is dragged as: its type. */
export const DRAGGED = "application/x-igny8-action";

export const titleOf = (part: Part, names: Looks["names"]): { title: string; sub: string } => {
  if (part.kind === "trigger") return { title: words.canvas.trigger, sub: "" };
  if (part.kind === "gate") return { title: words.form.onlyIf, sub: words.canvas.conditions(part.conditions) };
  const name = names[part.type] ?? labelOf(part.type);
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
const TALLEST = 1600; // a longer chart begins at its top, and one goes on from there

const WHOLE = { maxZoom: 1, padding: 0.05 } as const;

const HANDLE = { height: 12, width: 12 };
const MEANT = { stroke: "var(--chakra-colors-brand-solid)", strokeWidth: 4 } as const;
const HIDDEN = { opacity: 0, pointerEvents: "none" } as const;
// The colour of the page shows through, and lines can be seen on it, light or dark.
const GROUND = {
  "--xy-background-color": "transparent",
  "--xy-edge-stroke": "var(--chakra-colors-fg-muted)",
} as CSSProperties;

// What shows the target is by itself: to draw all parts and all lines anew with it takes longer than a picture.
const Below = ({ end }: { end: Spot }) =>
  isSpot(useContext(TargetContext), end) ? (
    <Box bg="brand.solid" bottom="-12px" h="4px" insetX={0} position="absolute" />
  ) : null;

const Stroke = ({ link, style, ...rest }: ComponentProps<typeof BaseEdge> & { link: Link | undefined }) => {
  const meant = isSpot(useContext(TargetContext), link);
  return <BaseEdge {...rest} style={meant ? { ...style, ...MEANT } : style} />;
};

const PartNode = ({ data }: NodeProps<Node<{ part: Part; sub: string; end?: Spot }>>) => {
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
      </HStack>
      <HStack gap={2} justify="space-between">
        <Text color="fg.muted" fontSize="xs" title={data.sub || sub} truncate>
          {(live && toldOf(live)) || data.sub || sub}
        </Text>
        {live ? <StatusBadge status={live.state} /> : null}
      </HStack>
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
      {data.end ? <Below end={data.end} /> : null}
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
      <Stroke id={props.id} link={link} markerEnd={props.markerEnd} path={path} style={props.style} />
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

const middleOf = (node: Node): Point => ({ x: node.position.x + WIDTH / 2, y: node.position.y + HEIGHT / 2 });

/** A rule's flow chart; with the functions that change it, one that is drawn in. */
export const Canvas = ({
  rule,
  looks,
  about = {},
  height,
  onConnect,
  onMove,
  onPut,
}: {
  rule: Mapping;
  looks: Looks;
  /** What stands below the name of a part, by its id. */
  about?: Readonly<Record<string, string>>;
  /** As tall as the chart needs, unless given. */
  height?: string;
  onConnect?: (from: string, to: string) => void;
  /** An action was dragged to another place. */
  onMove?: (index: number, spot: Spot) => void;
  /** A new action was dragged to a place. */
  onPut?: (type: string, spot: Spot) => void;
}) => {
  const mode = useMode();
  const flow = useMemo(() => flowOf(rule), [rule]);
  const places = useMemo(() => placesOf(flow), [flow]);
  const movable = onMove !== undefined;
  const nodes = useMemo(
    () =>
      flow.parts.map(
        (part): Node => ({
          id: part.id,
          type: "part",
          position: places.get(part.id) ?? { x: 0, y: 0 },
          width: WIDTH,
          height: HEIGHT,
          draggable: movable && part.kind === "action",
          style: { pointerEvents: "all" },
          data: { part, sub: about[part.id] ?? "", end: endBelow(flow, part) },
        }),
      ),
    [flow, places, about, movable],
  );
  const [dragged, setDragged] = useState<{ id: string; position: Point }>();
  const shown = dragged
    ? nodes.map((node) =>
        node.id === dragged.id
          ? { ...node, position: dragged.position, zIndex: 1, style: { ...node.style, opacity: 0.7 } }
          : node,
      )
    : nodes;
  const [target, setTarget] = useState<Spot>();
  const aim = (point: Point, index?: number) => {
    const found = spotNear(flow, places, point);
    const spot = index !== undefined && (found?.earlier === index || found?.later === index) ? undefined : found;
    setTarget((before) => (spot && isSpot(before, spot) ? before : spot));
    return spot;
  };
  const chart = useRef<ReactFlowInstance>(undefined);
  const box = useRef<HTMLDivElement>(null);
  const view = useRef<Viewport>(undefined); // stays when a part more has the chart made anew
  const sizeOfBox = () => ({ width: box.current?.clientWidth ?? 0, height: box.current?.clientHeight ?? 0 });
  /** What is reached by keyboard comes into sight. */
  const onFocus = (event: FocusEvent<HTMLElement>) => {
    const node = event.target.closest<HTMLElement>(".react-flow__node");
    const id = node?.dataset.id;
    const place = id === undefined ? undefined : places.get(id);
    const now = chart.current?.getViewport();
    if (!place || !now || isSeen(place, now, sizeOfBox())) return;
    void chart.current?.setCenter(place.x + WIDTH / 2, place.y + HEIGHT / 2, { zoom: now.zoom }).then(() => {
      view.current = chart.current?.getViewport();
      node?.scrollIntoView({ block: "nearest" }); // the chart may be taller than the window
    });
  };
  const indexOf = (id: string) => {
    const part = flow.parts.find((each) => each.id === id);
    return part?.kind === "action" ? part.index : undefined;
  };
  const under = (event: DragEvent) => {
    const point = chart.current?.screenToFlowPosition({ x: event.clientX, y: event.clientY });
    return point ? aim(point) : undefined;
  };
  const fromCatalogue = (event: DragEvent) => onPut !== undefined && event.dataTransfer.types.includes(DRAGGED);
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
      <TargetContext.Provider value={target}>
        <Box
          borderRadius="md"
          borderWidth={1}
          h={height ?? `${Math.min(tall, TALLEST)}px`}
          minH="320px"
          onFocus={onFocus}
          onDragLeave={() => setTarget(undefined)}
          onDragOver={(event) => {
            if (fromCatalogue(event) && under(event)) event.preventDefault();
          }}
          onDrop={(event) => {
            const spot = fromCatalogue(event) ? under(event) : undefined;
            setTarget(undefined);
            if (!spot) return;
            event.preventDefault();
            onPut?.(event.dataTransfer.getData(DRAGGED), spot);
          }}
          ref={box}
          w="full"
        >
          <ReactFlow
            aria-label={words.canvas.label}
            colorMode={mode}
            deleteKeyCode={null}
            edges={edges}
            edgeTypes={edgeTypes}
            key={flow.parts.length}
            minZoom={0.2}
            edgesFocusable={false}
            elementsSelectable={false}
            nodes={shown}
            nodesDraggable={movable}
            nodesFocusable={false}
            nodesConnectable={onConnect !== undefined}
            nodeTypes={nodeTypes}
            onInit={(made) => {
              chart.current = made;
              const first = firstView(places, sizeOfBox());
              void made.setViewport(view.current ?? first);
            }}
            onMoveEnd={(event, moved) => {
              if (event) view.current = moved;
            }}
            onNodeDrag={(_, node) => {
              setDragged({ id: node.id, position: node.position });
              aim(middleOf(node), indexOf(node.id));
            }}
            onNodeDragStop={(_, node) => {
              const index = indexOf(node.id);
              const spot = aim(middleOf(node), index);
              setDragged(undefined);
              setTarget(undefined);
              if (spot && index !== undefined) onMove?.(index, spot);
            }}
            onConnect={({ source, target }) => onConnect?.(source, target)}
            proOptions={{ hideAttribution: true }}
            style={GROUND}
            zoomOnScroll={false}
            preventScrolling={false}
          >
            <Background />
            <Controls
              fitViewOptions={WHOLE}
              orientation="horizontal"
              position="top-right"
              showInteractive={false}
              style={{ margin: 6 }}
            />
          </ReactFlow>
        </Box>
      </TargetContext.Provider>
    </LooksContext.Provider>
  );
};
