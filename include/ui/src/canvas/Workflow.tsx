// The draft as a flow chart in which it is changed: choose a part to see its form, draw a line, put an action on one.
import { Box, Button, Grid, HStack, IconButton, Stack, Text } from "@chakra-ui/react";
import { useCallback, useMemo, useState, useSyncExternalStore } from "react";
import { CloseIcon, notify, PlusIcon, Section, words } from "#shared";
import type { ActionTypeView } from "../api/schema";
import { ActionForm } from "../editor/form/action";
import { AddAction } from "../editor/form/actions";
import { useDraft, useEditing } from "../editor/form/editing";
import { GateForm } from "../editor/form/RuleForm";
import { TriggerForm } from "../editor/form/trigger";
import { connectActions, disconnectActions, insertAction, removeAction } from "../editor/model/actions";
import { actionsOf } from "../editor/model/graph";
import { canMove, hindersConnecting, moveAction, putAction, type Spot, stepOf } from "../editor/model/moving";
import { Canvas, DRAGGED, type Looks, titleOf } from "./Canvas";
import { FlowList } from "./FlowList";
import { flowOf, GATE, type Link, nodeOf, type Part, TRIGGER } from "./flow";

const NO_PROGRESS = {};

const OnLine = ({ link, onPut }: { link: Link; onPut: (type: string, spot: Spot) => void }) => {
  const { draft } = useEditing();
  const { rule } = draft.get();
  const actions = actionsOf(rule);
  const from = link.earlier === null ? undefined : actions[link.earlier]?.id;
  const to = actions[link.later]?.id ?? "";
  const apart = link.earlier === null ? undefined : disconnectActions(rule, link.earlier, link.later);
  return (
    <>
      {link.otherwise ? null : (
        <AddAction label={words.canvas.addHere(from, to)} onAdd={(type) => onPut(type, link)}>
          <IconButton bg="bg" borderRadius="full" size="2xs" variant="outline">
            <PlusIcon />
          </IconButton>
        </AddAction>
      )}
      {from !== undefined && apart ? (
        <IconButton
          aria-label={words.canvas.separate(from, to)}
          bg="bg"
          borderRadius="full"
          onClick={() => draft.edit(...apart)}
          size="2xs"
          variant="outline"
        >
          <CloseIcon />
        </IconButton>
      ) : null}
    </>
  );
};

/** What can be done: each is dragged onto a line, or comes at the end by a click. */
const Catalogue = ({ types, onAdd }: { types: readonly ActionTypeView[]; onAdd: (type: string) => void }) => (
  <HStack aria-label={words.canvas.catalogue} as="section" gap={1} wrap="wrap">
    {types.map(({ type, name, description }) => (
      <Button
        cursor="grab"
        draggable
        key={type}
        onClick={() => onAdd(type)}
        onDragStart={(event) => {
          event.dataTransfer.effectAllowed = "copy";
          event.dataTransfer.setData(DRAGGED, type);
        }}
        size="2xs"
        title={description}
        variant="outline"
      >
        <PlusIcon />
        {name}
      </Button>
    ))}
  </HStack>
);

/** Moves an action along the lines: the same as dragging it to the next one. */
const Steps = ({ index, onMove }: { index: number; onMove: (index: number, spot: Spot) => void }) => {
  const rule = useDraft((state) => state.rule);
  return (["earlier", "later"] as const).map((way) => {
    const spot = stepOf(rule, index, way);
    return (
      <Button
        disabled={spot === undefined}
        key={way}
        onClick={() => (spot ? onMove(index, spot) : undefined)}
        size="xs"
        variant="outline"
      >
        {words.canvas.steps[way]}
      </Button>
    );
  });
};

const Panel = ({
  part,
  onGone,
  onMove,
}: {
  part: Part;
  onGone: () => void;
  onMove: (index: number, spot: Spot) => void;
}) => {
  const { draft, catalogue } = useEditing();
  const names = Object.fromEntries(catalogue.map((type) => [type.type, type.name]));
  const { title } = titleOf(part, names);
  return (
    <Section
      aside={
        part.kind === "action" ? (
          <HStack gap={1}>
            <Steps index={part.index} onMove={onMove} />
            <Button
              onClick={() => {
                draft.edit(...removeAction(draft.get().rule, part.index));
                onGone();
              }}
              size="xs"
              variant="outline"
            >
              {words.canvas.remove}
            </Button>
          </HStack>
        ) : undefined
      }
      title={part.kind === "action" && part.action !== part.type ? `${title}: ${part.action}` : title}
    >
      {part.kind === "trigger" ? <TriggerForm /> : null}
      {part.kind === "gate" ? <GateForm /> : null}
      {part.kind === "action" ? <ActionForm index={part.index} key={part.action} /> : null}
    </Section>
  );
};

const useFaultCounts = (parts: readonly Part[]): Readonly<Record<string, number>> => {
  const { faults } = useEditing();
  const places = parts.map((part): [string, string] => [
    part.id,
    part.kind === "action" ? `actions[${part.index}]` : part.kind === "gate" ? "conditions" : "trigger",
  ]);
  const counts = useSyncExternalStore(faults.subscribe, () =>
    places.map(([, place]) => faults.at(place, true).length).join(","),
  );
  return useMemo(
    () => Object.fromEntries(counts.split(",").map((number, index) => [parts[index]?.id ?? "", Number(number)])),
    [counts, parts],
  );
};

/** The draft as a flow chart, and beside it the form of the part that is chosen. */
export const Workflow = () => {
  const { draft, catalogue } = useEditing();
  const rule = useDraft((state) => state.rule);
  const flow = useMemo(() => flowOf(rule), [rule]);
  const [chosen, setChosen] = useState<string>(TRIGGER);
  const [asList, setAsList] = useState(false);
  const faults = useFaultCounts(flow.parts);
  const names = useMemo(() => Object.fromEntries(catalogue.map((type) => [type.type, type.name])), [catalogue]);
  const onChoose = useCallback((part: Part) => setChosen(part.id), []);
  const onPut = useCallback(
    (type: string, spot: Spot) => {
      draft.settle();
      const { rule } = draft.get();
      draft.edit(...putAction(rule, type, spot));
      setChosen(nodeOf(spot.later ?? actionsOf(rule).length));
    },
    [draft],
  );
  const onLine = useCallback((link: Link) => <OnLine link={link} onPut={onPut} />, [onPut]);
  const looks = useMemo<Looks>(
    () => ({ names, faults, chosen, onChoose, onLine, progress: NO_PROGRESS }),
    [names, faults, chosen, onChoose, onLine],
  );
  const trigger = String(rule.trigger ?? "");
  const started = useMemo(
    () => ({
      [TRIGGER]: [words.form.triggers[trigger] ?? "", rule.schedule ?? rule.event ?? ""]
        .flat()
        .filter(Boolean)
        .join(" · "),
    }),
    [trigger, rule.schedule, rule.event],
  );
  const part = flow.parts.find((each) => each.id === chosen) ?? flow.parts[0];
  const indexOf = (id: string) => {
    const found = flow.parts.find((each) => each.id === id);
    return found?.kind === "action" ? found.index : undefined;
  };
  const onConnect = (from: string, to: string) => {
    const earlier = indexOf(from);
    const later = indexOf(to);
    const hindered = hindersConnecting(rule, earlier, later);
    if (hindered) {
      const name = (index: number | undefined) => actionsOf(rule)[index ?? -1]?.id ?? "";
      notify({ status: "info", text: words.canvas.cannotConnect[hindered](name(earlier), name(later)) });
    } else if (earlier !== undefined && later !== undefined) {
      draft.edit(...(connectActions(rule, earlier, later) ?? []));
    }
  };
  const onMove = (index: number, spot: Spot) => {
    draft.settle();
    const { rule } = draft.get();
    const moved = moveAction(rule, index, spot);
    if (!moved) {
      if (!canMove(rule, index)) notify({ status: "info", text: words.canvas.cannotMove });
      return;
    }
    draft.edit(...moved.edits);
    setChosen(nodeOf(moved.to));
  };
  return (
    <Grid
      alignItems="start"
      gap={4}
      gridTemplateColumns={{ base: "minmax(0, 1fr)", lg: "minmax(0, 1fr) minmax(0, 1fr)" }}
    >
      <Stack gap={2}>
        <HStack justify="space-between">
          <Catalogue
            onAdd={(type) => {
              draft.settle();
              const end = actionsOf(draft.get().rule).length;
              draft.edit(insertAction(end, type));
              setChosen(nodeOf(end));
            }}
            types={catalogue}
          />
          <HStack alignSelf="flex-start" flexShrink={0}>
            {flow.parts.some((each) => each.id === GATE) ? null : (
              <Button onClick={() => setChosen(GATE)} size="xs" variant="ghost">
                {words.canvas.addGate}
              </Button>
            )}
            <Button aria-pressed={asList} onClick={() => setAsList(!asList)} size="xs" variant="ghost">
              {asList ? words.canvas.asChart : words.canvas.asList}
            </Button>
          </HStack>
        </HStack>
        {asList ? (
          <FlowList about={started} names={names} rule={rule} />
        ) : (
          <Canvas about={started} looks={looks} onConnect={onConnect} onMove={onMove} onPut={onPut} rule={rule} />
        )}
        <Text color="fg.muted" fontSize="xs">
          {words.canvas.told}
        </Text>
      </Stack>
      <Box>
        {chosen === GATE && part?.id !== GATE ? (
          <Panel onGone={() => undefined} onMove={onMove} part={{ kind: "gate", id: GATE, conditions: 0 }} />
        ) : part ? (
          <Panel onGone={() => setChosen(TRIGGER)} onMove={onMove} part={part} />
        ) : null}
      </Box>
    </Grid>
  );
};
