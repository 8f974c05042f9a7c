import { Badge, Box, HStack } from "@chakra-ui/react";
import { Link } from "react-router-dom";
import type { LastRun } from "../api/schema";
import { formatDuration, formatTime, useZone } from "../format";
import { places } from "../places";
import { words } from "../words";

// The palettes that Airflow's own theme has for the states of runs and tasks.
const PALETTES: Record<string, string> = {
  completed: "success",
  active: "success",
  failed: "failed",
  broken: "failed",
  running: "running",
  retrying: "up_for_retry",
  awaiting_approval: "warning",
  stopped_by_budget: "upstream_failed",
  pending: "queued",
  skipped: "skipped",
  cancelled: "removed",
  paused: "warning",
  inactive: "gray",
  published: "success",
  publish: "success",
  optimized: "running",
  ok: "success",
  limited: "warning",
};

export const paletteOf = (status: string) => PALETTES[status] ?? "gray";
export const statusName = (status: string) => words.status[status] ?? status;

export const StatusBadge = ({ status }: { status: string }) => (
  <Badge
    borderRadius="full"
    colorPalette={paletteOf(status)}
    fontWeight="medium"
    px={2}
    variant={status === "broken" ? "solid" : "subtle"}
  >
    {statusName(status)}
  </Badge>
);

const TALL = 22;
const SHORT = 8;

/** The last runs of a rule as bars: the newest on the right, the longer the run the higher the bar. */
export const RunStrip = ({ rule, name, runs }: { rule: string; name: string; runs: LastRun[] }) => {
  const zone = useZone();
  const longest = Math.max(1, ...runs.map((run) => run.duration ?? 0));
  const inOrder = [...runs].reverse();
  if (inOrder.length === 0) return <>{words.none}</>;
  return (
    <HStack
      align="flex-end"
      aria-label={words.rules.strip(name, inOrder.map((run) => statusName(run.status)).join(", "))}
      gap="2px"
      h={`${TALL}px`}
      role="group"
    >
      {inOrder.map((run) => {
        const share = run.duration === null ? 1 : Math.sqrt(run.duration / longest);
        const told = [
          statusName(run.status),
          run.executed_at ? formatTime(run.executed_at, zone) : undefined,
          run.duration === null ? undefined : formatDuration(run.duration),
        ];
        return (
          <Box
            _hover={{ opacity: 0.7 }}
            asChild
            bg={`${paletteOf(run.status)}.solid`}
            borderRadius="1px"
            h={`${SHORT + (TALL - SHORT) * share}px`}
            key={run.id}
            w="6px"
          >
            <Link
              aria-label={told.filter(Boolean).join(", ")}
              tabIndex={-1}
              title={told.filter(Boolean).join(" · ")}
              to={places.execution(run.id, rule)}
            />
          </Box>
        );
      })}
    </HStack>
  );
};
