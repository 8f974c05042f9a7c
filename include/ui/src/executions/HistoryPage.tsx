import { Box, Button, Checkbox, HStack, Input, Table, Text } from "@chakra-ui/react";
import { useEffect, useId, useState } from "react";
import { useExecutions, usePlaces, useRulesLike } from "../api/queries";
import type { Execution } from "../api/schema";
import { formatDuration, formatNumber, formatTime, startOfDay, useZone } from "../format";
import { Empty, errorColor, Failed, LinkButton, Loading, RouterLink } from "../parts/blocks";
import { Choice, Pager } from "../parts/controls";
import { Page } from "../parts/frame";
import { StatusBadge } from "../parts/status";
import { Time } from "../parts/time";
import { places, useAddress, useRested } from "../places";
import { words } from "../words";
import { Elapsed } from "./actions";
import { Articles } from "./articles";

const NOTHING = { rule: "", status: "", account: "", since: "", until: "", page: "1" };
const STATUSES = ["pending", "running", "completed", "failed", "stopped_by_budget", "cancelled", "skipped"] as const;
const PAGE_SIZE = 50;
const TYPING = 300;

const told = (run: Execution) => run.error_message ?? run.skip_reason ?? run.result?.summary ?? words.none;

const PAIR = 2;
const keyOf = (run: Execution) => `${run.dag_id} ${run.id}`;
const placeOf = (run: Execution) => ({ id: run.id, rule: run.automation_rule });

/** What can be done with the chosen runs. They are compared the earlier first, in whatever order they were chosen. */
const Chosen = ({ runs, onClear }: { runs: readonly Execution[]; onClear: () => void }) => {
  const [one, other] = [...runs].sort((a, b) => (a.scheduled_at ?? "").localeCompare(b.scheduled_at ?? ""));
  return (
    <HStack aria-live="polite" bg="bg.subtle" borderRadius="md" p={2} wrap="wrap">
      <Text fontSize="sm" px={2}>
        {words.compare.chosen(runs.length)}
      </Text>
      {one && other ? (
        <LinkButton size="xs" to={places.compare(placeOf(one), placeOf(other))}>
          {words.executions.compare}
        </LinkButton>
      ) : null}
      <Button onClick={onClear} size="xs" variant="ghost">
        {words.compare.clear}
      </Button>
    </HStack>
  );
};

/** Runs in a table, the same below a rule as for all of them. Two can be chosen, to be compared. */
export const ExecutionsTable = ({ runs, withRule }: { runs: readonly Execution[]; withRule: boolean }) => {
  const columns = words.executions.columns;
  const zone = useZone();
  const [chosen, setChosen] = useState<readonly Execution[]>([]);
  const choose = (run: Execution, on: boolean) =>
    setChosen((before) => {
      const others = before.filter((each) => keyOf(each) !== keyOf(run));
      return on ? [...others, run].slice(-PAIR) : others;
    });
  return (
    <>
      {chosen.length > 0 ? <Chosen onClear={() => setChosen([])} runs={chosen} /> : null}
      <Table.ScrollArea borderRadius="md" borderWidth={1} flexShrink={0}>
        <Table.Root size="sm">
          <Table.Header>
            <Table.Row bg="bg.subtle">
              <Table.ColumnHeader pe={0} w={8}>
                <Box srOnly>{words.executions.compare}</Box>
              </Table.ColumnHeader>
              <Table.ColumnHeader>{columns.status}</Table.ColumnHeader>
              {withRule ? <Table.ColumnHeader>{columns.rule}</Table.ColumnHeader> : null}
              <Table.ColumnHeader>{columns.due}</Table.ColumnHeader>
              <Table.ColumnHeader>{columns.trigger}</Table.ColumnHeader>
              <Table.ColumnHeader textAlign="end">{columns.duration}</Table.ColumnHeader>
              <Table.ColumnHeader textAlign="end">{columns.credits}</Table.ColumnHeader>
              <Table.ColumnHeader>{columns.result}</Table.ColumnHeader>
            </Table.Row>
          </Table.Header>
          <Table.Body>
            {runs.map((run) => (
              <Table.Row data-run={run.id} key={keyOf(run)}>
                <Table.Cell pe={0} w={8}>
                  <Checkbox.Root
                    checked={chosen.some((each) => keyOf(each) === keyOf(run))}
                    onCheckedChange={(change) => choose(run, change.checked === true)}
                    size="sm"
                  >
                    <Checkbox.HiddenInput
                      aria-label={words.compare.choose(
                        `${run.automation_rule}, ${run.scheduled_at ? formatTime(run.scheduled_at, zone) : run.id}`,
                      )}
                    />
                    <Checkbox.Control />
                  </Checkbox.Root>
                </Table.Cell>
                <Table.Cell>
                  <StatusBadge status={run.status} />
                </Table.Cell>
                {withRule ? (
                  <Table.Cell>
                    <RouterLink to={places.rule(run.automation_rule)}>{run.automation_rule}</RouterLink>
                    <Text color="fg.muted" fontSize="xs">
                      {run.account}
                    </Text>
                  </Table.Cell>
                ) : null}
                <Table.Cell>
                  <RouterLink to={places.execution(run.id, run.automation_rule)}>
                    <Time at={run.scheduled_at} />
                  </RouterLink>
                </Table.Cell>
                <Table.Cell>
                  {words.triggers[run.trigger] ?? run.trigger}
                  {run.started_by ? (
                    <Text color="fg.muted" fontSize="xs">
                      {run.started_by}
                    </Text>
                  ) : null}
                </Table.Cell>
                <Table.Cell textAlign="end" whiteSpace="nowrap">
                  {run.duration === null ? (
                    <Elapsed from={run.executed_at} until={run.ended_at} />
                  ) : (
                    formatDuration(run.duration)
                  )}
                </Table.Cell>
                <Table.Cell textAlign="end">{run.result ? formatNumber(run.result.credits) : words.none}</Table.Cell>
                <Table.Cell>
                  <Box color={run.error_message ? errorColor : undefined} lineClamp={2} maxW="60ch" title={told(run)}>
                    {told(run)}
                  </Box>
                  <Articles account={run.account} ids={run.result?.articles} />
                </Table.Cell>
              </Table.Row>
            ))}
          </Table.Body>
        </Table.Root>
      </Table.ScrollArea>
    </>
  );
};

const Day = ({ label, value, onChange }: { label: string; value: string; onChange: (value: string) => void }) => (
  <HStack as="label" fontSize="sm" gap={2}>
    {label}
    <Input
      borderColor="border.emphasized"
      onChange={(event) => onChange(event.currentTarget.value)}
      size="sm"
      type="date"
      value={value}
      w="auto"
    />
  </HStack>
);

/** Which rule's runs: typed in, with the rules offered that have it in their name or id; taken over once it is one. */
const RuleChoice = ({
  value,
  ready,
  onChange,
}: {
  value: string;
  ready: boolean;
  onChange: (rule: string) => void;
}) => {
  const [typed, setTyped] = useState(value);
  const list = useId();
  const label = words.executions.filters.rule;
  const offered = useRulesLike(useRested(typed.trim(), TYPING), ready).data ?? [];
  const take = (rule: string) => {
    if (rule !== value) onChange(rule);
  };
  useEffect(() => setTyped(value), [value]);
  const known = offered.some(({ id }) => id === typed.trim());
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is typed is taken over when it becomes a rule's id
  useEffect(() => {
    if (known) take(typed.trim());
  }, [known, typed]);
  return (
    <>
      <Input
        aria-label={label}
        borderColor="border.emphasized"
        list={list}
        maxW="260px"
        onBlur={() => take(typed.trim())}
        onChange={(event) => {
          const text = event.currentTarget.value;
          setTyped(text);
          if (text === "") take("");
        }}
        onKeyDown={(event) => {
          if (event.key === "Enter") take(typed.trim());
        }}
        placeholder={`${label}: ${words.all.toLowerCase()}`}
        size="sm"
        type="search"
        value={typed}
      />
      <datalist id={list}>
        {offered.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </datalist>
    </>
  );
};

/** All executions that the user may see. */
export const HistoryPage = () => {
  const [address, setAddress] = useAddress(NOTHING);
  const zone = useZone();
  const runs = useExecutions({
    rule: address.rule,
    status: address.status,
    account: address.account,
    since: startOfDay(address.since, zone),
    until: startOfDay(address.until, zone),
    page: Number(address.page) || 1,
    page_size: PAGE_SIZE,
  });
  const known = usePlaces(runs.isSuccess);
  const filter = (changes: Partial<typeof NOTHING>) => setAddress({ page: "1", ...changes });
  const filters = words.executions.filters;
  const unfiltered = !(address.rule || address.status || address.account || address.since || address.until);
  return (
    <Page title={words.tabs.executions}>
      <HStack wrap="wrap">
        <RuleChoice onChange={(rule) => filter({ rule })} ready={runs.isSuccess} value={address.rule} />
        <Choice
          label={filters.status}
          onChange={(status) => filter({ status })}
          options={STATUSES.map((each) => [each, words.status[each] ?? each])}
          value={address.status}
        />
        <Choice
          label={filters.account}
          onChange={(account) => filter({ account })}
          options={(known.data?.accounts ?? []).map((each) => [each, each])}
          value={address.account}
        />
        <Day label={filters.since} onChange={(since) => filter({ since })} value={address.since} />
        <Day label={filters.until} onChange={(until) => filter({ until })} value={address.until} />
      </HStack>
      {runs.isError ? <Failed error={runs.error} retry={runs.refetch} /> : null}
      {runs.isPending ? <Loading /> : null}
      {runs.data?.meta.count === 0 ? (
        <Empty title={unfiltered ? words.executions.none : words.executions.noneFound}>
          {unfiltered ? null : (
            <Button onClick={() => setAddress(NOTHING)} size="sm" variant="outline">
              {words.rules.clear}
            </Button>
          )}
        </Empty>
      ) : null}
      {runs.data && runs.data.data.length > 0 ? (
        <>
          <ExecutionsTable runs={runs.data.data} withRule />
          <Pager meta={runs.data.meta} onPage={(page) => setAddress({ page: String(page) })} />
        </>
      ) : null}
    </Page>
  );
};
