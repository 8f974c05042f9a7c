import { Box, HStack, Progress, Stack, Text } from "@chakra-ui/react";
import type { ActionProgress } from "../api/schema";
import { formatDuration, outlookOf } from "../format";
import { labelOf } from "../names";
import { errorColor, RouterLink } from "../parts/blocks";
import { paletteOf, StatusBadge } from "../parts/status";
import { useNow } from "../parts/time";
import { places } from "../places";
import { words } from "../words";

/** How long something has taken so far, or has taken. */
export const Elapsed = ({ from, until }: { from: string | null; until: string | null }) => {
  const now = useNow(from !== null && until === null);
  if (from === null) return <>{words.none}</>;
  const end = until === null ? now : new Date(until).getTime();
  return <>{formatDuration(Math.max(0, (end - new Date(from).getTime()) / 1000))}</>;
};

/** How long it usually takes, beside how long it has taken; while it goes on, what that leaves. */
export const Expected = ({
  from,
  until,
  usual,
}: {
  from: string | null;
  until: string | null;
  usual: number | null;
}) => {
  const now = useNow(from !== null && until === null && usual !== null);
  if (usual === null) return null;
  const texts = words.executions;
  const { left, late } = outlookOf(from === null ? 0 : (now - new Date(from).getTime()) / 1000, usual);
  const rest = late ? texts.late : left > 0 ? texts.left(formatDuration(Math.max(1, Math.round(left)))) : "";
  return (
    <Text color="fg.muted" fontSize="xs">
      {[texts.expected(formatDuration(usual)), until === null ? rest : ""].filter(Boolean).join(", ")}
    </Text>
  );
};

const share = (part: number, whole: number) => (whole > 0 ? `${(100 * part) / whole}%` : "0%");

/** The items of an action in one bar: done in its colour, failed in red, what is still to come empty. */
const Bar = ({ action, name }: { action: ActionProgress; name: string }) => {
  const palette = action.state === "failed" ? "failed" : paletteOf(action.state);
  const unknown = (action.state === "running" || action.state === "retrying") && action.total === 0;
  const done = action.total > 0 ? share(action.done, action.total) : `${action.progress}%`;
  return (
    <Progress.Root
      aria-label={words.executions.progress(name)}
      colorPalette={palette}
      size="sm"
      striped={unknown}
      animated={unknown}
      value={unknown ? null : action.progress}
      w="full"
    >
      <Progress.Track borderRadius="full" display="flex">
        {unknown ? (
          <Progress.Range />
        ) : (
          <>
            <Box
              bg={`${palette}.solid`}
              h="full"
              transition="width 0.5s"
              w={action.state === "skipped" ? "0%" : done}
            />
            <Box bg="failed.solid" h="full" transition="width 0.5s" w={share(action.failed, action.total)} />
          </>
        )}
      </Progress.Track>
    </Progress.Root>
  );
};

/** The actions of a run, each with how far it is. */
export const Actions = ({
  actions,
  dagId,
  runId,
}: {
  actions: readonly ActionProgress[];
  dagId: string;
  runId: string;
}) => {
  if (actions.length === 0) return <Text color="fg.muted">{words.executions.noActions}</Text>;
  return (
    <Stack as="ol" gap={3} listStyleType="none">
      {actions.map((action) => (
        <Stack as="li" data-action={action.id} gap={1} key={action.id} tabIndex={-1}>
          <HStack gap={3} justify="space-between" wrap="wrap">
            <HStack>
              <Text fontWeight="medium">{labelOf(action.type ?? action.id)}</Text>
              {action.type && action.type !== action.id ? (
                <Text color="fg.muted" fontSize="xs">
                  {action.id}
                </Text>
              ) : null}
              <StatusBadge status={action.state} />
              {action.tries > 1 ? (
                <Text color="fg.muted" fontSize="xs">
                  {words.executions.tries(action.tries)}
                </Text>
              ) : null}
            </HStack>
            <HStack color="fg.muted" fontSize="sm" gap={4}>
              <Text>
                {action.state === "pending"
                  ? words.executions.waiting
                  : words.executions.items(action.done, action.failed, action.total)}
              </Text>
              <Text>{words.rule.credits(action.credits.toLocaleString())}</Text>
              <Text>
                <Elapsed from={action.started_at} until={action.ended_at} />
              </Text>
              {action.started_at ? (
                <RouterLink to={places.task(dagId, runId, action.id)}>{words.executions.log}</RouterLink>
              ) : null}
            </HStack>
          </HStack>
          <Bar action={action} name={action.id} />
          {action.phase ? (
            <Text color="fg.muted" fontSize="xs">
              {action.phase}
            </Text>
          ) : null}
          {action.error ? (
            <Text color={errorColor} fontSize="sm">
              {action.error}
            </Text>
          ) : null}
        </Stack>
      ))}
    </Stack>
  );
};
