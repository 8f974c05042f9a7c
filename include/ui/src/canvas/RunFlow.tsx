// The flow chart of a stored rule, to look at only: with a run, how far each action of it is.
import { Button, Text } from "@chakra-ui/react";
import { useMemo, useState } from "react";
import { Failed, isBroken, Loading, Section, useProgress, useRevision, useRule, words } from "#shared";
import type { RunShown } from "../bundles";
import type { Mapping } from "../editor/model/text";
import { useActionTypes } from "../editor/queries";
import { Canvas, type Looks } from "./Canvas";
import { FlowList } from "./FlowList";
import { GATE, TRIGGER } from "./flow";

/** Bring what is told of an action elsewhere on the page into sight, and put the focus there. */
const goTo = (action: string) => {
  const told = document.querySelector<HTMLElement>(`[data-igny8] [data-action="${CSS.escape(action)}"]`);
  told?.scrollIntoView({ block: "center" });
  told?.focus({ preventScroll: true });
};

const Drawn = ({
  document,
  about,
  progress,
  height,
}: {
  document: Mapping;
  about: Readonly<Record<string, string>>;
  progress: Looks["progress"];
  height?: string;
}) => {
  const catalogue = useActionTypes();
  const [asList, setAsList] = useState(false);
  const names = useMemo(
    () => Object.fromEntries((catalogue.data ?? []).map((type) => [type.type, type.name])),
    [catalogue.data],
  );
  const looks = useMemo<Looks>(
    () => ({ names, progress, faults: {}, chosen: undefined, onGo: goTo }),
    [names, progress],
  );
  return (
    <Section
      aside={
        <Button onClick={() => setAsList(!asList)} size="xs" variant="outline">
          {asList ? words.canvas.asChart : words.canvas.asList}
        </Button>
      }
      title={words.canvas.title}
    >
      {asList ? (
        <FlowList about={about} names={names} progress={progress} rule={document} />
      ) : (
        <Canvas about={about} height={height} looks={looks} rule={document} />
      )}
    </Section>
  );
};

const NO_PROGRESS: Looks["progress"] = {};

/** The rule as it is stored now. */
const OfRule = ({ ruleId, height }: { ruleId: string; height?: string }) => {
  const rule = useRule(ruleId);
  const trigger = rule.data?.trigger_in_words ?? "";
  const about = useMemo(() => ({ [TRIGGER]: trigger }), [trigger]);
  if (rule.isPending) return <Loading />;
  if (rule.isError) return <Failed error={rule.error} retry={rule.refetch} />;
  if (isBroken(rule.data)) return null;
  return <Drawn about={about} document={rule.data as unknown as Mapping} height={height} progress={NO_PROGRESS} />;
};

/** The rule as a run has it, with status, progress and item counts at each action, asked for anew while it goes on. */
const OfRun = ({ ruleId, run, height }: { ruleId: string; run: RunShown; height?: string }) => {
  const revision = useRevision(ruleId, run.revision);
  const rule = useRule(ruleId, run.revision === null || revision.isError);
  const now = useProgress(ruleId, run.id);
  const progress = useMemo(
    () => Object.fromEntries((now.data?.actions ?? []).map((action) => [action.id, action])),
    [now.data],
  );
  const gate = run.held === undefined ? "" : words.canvas.held(run.held);
  const about = useMemo(() => ({ [TRIGGER]: run.trigger, [GATE]: gate }), [run.trigger, gate]);
  const stored = rule.data && !isBroken(rule.data) ? (rule.data as unknown as Mapping) : undefined;
  const document = (revision.data?.document as Mapping | undefined) ?? stored;
  if (document) return <Drawn about={about} document={document} height={height} progress={progress} />;
  if (rule.isError) {
    return (
      <Section title={words.canvas.title}>
        <Text color="fg.muted">{words.canvas.gone}</Text>
      </Section>
    );
  }
  return rule.isPending || revision.isFetching ? <Loading /> : null;
};

/** A rule's flow chart; given a run, of the revision that it runs, as far as each action is. */
export const RunFlow = ({ ruleId, run, height }: { ruleId: string; run?: RunShown; height?: string }) =>
  run ? <OfRun height={height} ruleId={ruleId} run={run} /> : <OfRule height={height} ruleId={ruleId} />;
