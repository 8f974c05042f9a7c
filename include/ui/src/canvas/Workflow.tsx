// The draft as a flow chart in which it is changed: choose a part to see its form, draw a line, put an action on one.
import { Box, Button, Grid, HStack, IconButton, Stack, Text } from "@chakra-ui/react";
import { useCallback, useMemo, useState, useSyncExternalStore } from "react";
import { CloseIcon, notify, PlusIcon, Section, words } from "#shared";
import { ActionForm } from "../editor/form/action";
import { AddAction } from "../editor/form/actions";
import { useDraft, useEditing } from "../editor/form/editing";
import { GateForm } from "../editor/form/RuleForm";
import { TriggerForm } from "../editor/form/trigger";
import { connectActions, disconnectActions, insertAction, insertBetween, removeAction } from "../editor/model/actions";
import { actionsOf } from "../editor/model/graph";
import { Canvas, type Looks, titleOf } from "./Canvas";
import { FlowList } from "./FlowList";
import { flowOf, GATE, type Link, type Part, TRIGGER } from "./flow";

const NO_PROGRESS = {};

const OnLine = ({ link }: { link: Link }) => {
  const { draft } = useEditing();
  const { rule } = draft.get();
  const apart = link.earlier === null ? undefined : disconnectActions(rule, link.earlier, link.later);
  return (
    <>
      <AddAction
        label={words.canvas.addHere}
        onAdd={(type) => draft.edit(...insertBetween(draft.get().rule, link.earlier, link.later, type))}
      >
        <IconButton bg="bg" borderRadius="full" size="2xs" variant="outline">
          <PlusIcon />
        </IconButton>
      </AddAction>
      {apart ? (
        <IconButton
          aria-label={words.canvas.separate}
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

const Panel = ({ part, onGone }: { part: Part; onGone: () => void }) => {
  const { draft, catalogue } = useEditing();
  const names = Object.fromEntries(catalogue.map((type) => [type.type, type.name]));
  const { title } = titleOf(part, names);
  return (
    <Section
      aside={
        part.kind === "action" ? (
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
  const onLine = useCallback((link: Link) => <OnLine link={link} />, []);
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
    const edits = earlier === undefined || later === undefined ? undefined : connectActions(rule, earlier, later);
    if (edits) draft.edit(...edits);
    else notify({ status: "info", text: words.canvas.cannotConnect });
  };
  return (
    <Grid
      alignItems="start"
      gap={4}
      gridTemplateColumns={{ base: "minmax(0, 1fr)", lg: "minmax(0, 1fr) minmax(0, 1fr)" }}
    >
      <Stack gap={2}>
        <HStack justify="space-between">
          <AddAction onAdd={(type) => draft.edit(insertAction(actionsOf(draft.get().rule).length, type))}>
            <Button size="xs" variant="outline">
              <PlusIcon />
              {words.form.actions.add}
            </Button>
          </AddAction>
          <HStack>
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
          <Canvas about={started} looks={looks} onConnect={onConnect} rule={rule} />
        )}
        <Text color="fg.muted" fontSize="xs">
          {words.canvas.told}
        </Text>
      </Stack>
      <Box>
        {chosen === GATE && part?.id !== GATE ? (
          <Panel onGone={() => undefined} part={{ kind: "gate", id: GATE, conditions: 0 }} />
        ) : part ? (
          <Panel onGone={() => setChosen(TRIGGER)} part={part} />
        ) : null}
      </Box>
    </Grid>
  );
};
