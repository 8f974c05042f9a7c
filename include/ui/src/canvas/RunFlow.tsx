// The flow chart of a stored rule, to look at only: with a run, how far each action of it is.
import { Button, HStack, Stack } from "@chakra-ui/react";
import { useMemo, useState } from "react";
import { Failed, isBroken, Loading, useProgress, useRule, words } from "#shared";
import type { Mapping } from "../editor/model/text";
import { useActionTypes } from "../editor/queries";
import { Canvas, type Looks } from "./Canvas";
import { FlowList } from "./FlowList";
import { TRIGGER } from "./flow";

/**
 * A rule's flow chart; given a run, with its status, progress and item counts, asked for anew while it goes on.
 *
 * It shows the rule as it is stored now: an action that the rule no longer has is not drawn.
 */
export const RunFlow = ({ ruleId, runId, height }: { ruleId: string; runId?: string; height?: string }) => {
  const rule = useRule(ruleId);
  const catalogue = useActionTypes();
  const run = useProgress(runId === undefined ? undefined : ruleId, runId);
  const [asList, setAsList] = useState(false);
  const names = useMemo(
    () => Object.fromEntries((catalogue.data ?? []).map((type) => [type.type, type.name])),
    [catalogue.data],
  );
  const progress = useMemo(
    () => Object.fromEntries((run.data?.actions ?? []).map((action) => [action.id, action])),
    [run.data],
  );
  const looks = useMemo<Looks>(() => ({ names, progress, faults: {}, chosen: undefined }), [names, progress]);
  const about = useMemo(() => ({ [TRIGGER]: rule.data?.trigger_in_words ?? "" }), [rule.data?.trigger_in_words]);
  if (rule.isPending) return <Loading />;
  if (rule.isError) return <Failed error={rule.error} retry={rule.refetch} />;
  if (isBroken(rule.data)) return null;
  const document = rule.data as unknown as Mapping;
  return (
    <Stack gap={2}>
      <HStack justify="flex-end">
        <Button aria-pressed={asList} onClick={() => setAsList(!asList)} size="xs" variant="ghost">
          {asList ? words.canvas.asChart : words.canvas.asList}
        </Button>
      </HStack>
      {asList ? (
        <FlowList about={about} names={names} progress={progress} rule={document} />
      ) : (
        <Canvas about={about} height={height} looks={looks} rule={document} />
      )}
    </Stack>
  );
};
