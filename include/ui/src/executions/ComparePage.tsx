import { Box, List, Stack, Table, Text } from "@chakra-ui/react";
import type { ReactNode } from "react";
import { useExecution } from "../api/queries";
import type { ActionDetail, ExecutionDetail } from "../api/schema";
import { formatDuration, formatNumber } from "../format";
import { errorColor, Failed, Loading, Note, RouterLink, Section } from "../parts/blocks";
import { Page } from "../parts/frame";
import { StatusBadge, statusName } from "../parts/status";
import { Time } from "../parts/time";
import { places } from "../places";
import { Difference } from "../rule/revisions";
import { words } from "../words";
import { type ActionPair, changeOf, itemsApart, pairsOf, revisionsApart, tookOf } from "./differing";

const SHOWN = 20;

/** A value with how much more it is than that of the other run. */
const Changed = ({ children, change }: { children: ReactNode; change: string | undefined }) => (
  <>
    {children}
    {change === undefined ? null : (
      <Text as="span" color="fg.muted" fontVariantNumeric="tabular-nums" ms={2}>
        {`(${change})`}
      </Text>
    )}
  </>
);

/** One thing of both runs; where it differs, that shows at its name too. */
const Row = ({ name, one, other, differs }: { name: string; one: ReactNode; other: ReactNode; differs: boolean }) => (
  <Table.Row bg={differs ? "bg.subtle" : undefined} data-differs={differs ? "" : undefined}>
    <Table.ColumnHeader fontWeight={differs ? "bold" : "normal"} scope="row" verticalAlign="top" w="160px">
      {name}
    </Table.ColumnHeader>
    <Table.Cell verticalAlign="top" whiteSpace="normal">
      {one}
    </Table.Cell>
    <Table.Cell verticalAlign="top" whiteSpace="normal">
      {other}
    </Table.Cell>
  </Table.Row>
);

const Both = ({
  label,
  one,
  other,
  children,
}: {
  label: string;
  one: ReactNode;
  other: ReactNode;
  children: ReactNode;
}) => (
  <Table.ScrollArea borderRadius="md" borderWidth={1}>
    <Table.Root aria-label={label} size="sm" tableLayout="fixed">
      <Table.Header>
        <Table.Row bg="bg.subtle">
          <Table.ColumnHeader w="160px">
            <Box srOnly>{words.compare.what}</Box>
          </Table.ColumnHeader>
          <Table.ColumnHeader>{one}</Table.ColumnHeader>
          <Table.ColumnHeader>{other}</Table.ColumnHeader>
        </Table.Row>
      </Table.Header>
      <Table.Body>{children}</Table.Body>
    </Table.Root>
  </Table.ScrollArea>
);

const took = (seconds: number | null) => (seconds === null ? words.none : formatDuration(seconds));
const why = (run: ExecutionDetail) => run.error_message ?? run.skip_reason ?? run.result?.summary ?? words.none;
const startedBy = (run: ExecutionDetail) =>
  `${words.triggers[run.trigger] ?? run.trigger}${run.started_by ? `, ${run.started_by}` : ""}`;

const RunName = ({ run }: { run: ExecutionDetail }) => (
  <RouterLink to={places.execution(run.id, run.automation_rule)}>
    <Time at={run.scheduled_at} />
  </RouterLink>
);

const InAll = ({ one, other }: { one: ExecutionDetail; other: ExecutionDetail }) => {
  const { columns, revision } = words.executions;
  const credits = (run: ExecutionDetail) => run.result?.credits ?? 0;
  const reason = (run: ExecutionDetail) => (
    <Box color={run.error_message ? errorColor : undefined} overflowWrap="anywhere">
      {why(run)}
    </Box>
  );
  return (
    <Both label={words.compare.inAll} one={<RunName run={one} />} other={<RunName run={other} />}>
      <Row
        differs={one.status !== other.status}
        name={columns.status}
        one={<StatusBadge status={one.status} />}
        other={<StatusBadge status={other.status} />}
      />
      <Row
        differs={one.dag_id !== other.dag_id}
        name={columns.rule}
        one={`${one.account} / ${one.automation_rule}`}
        other={`${other.account} / ${other.automation_rule}`}
      />
      <Row
        differs={one.revision !== other.revision}
        name={revision}
        one={one.revision ?? words.none}
        other={other.revision ?? words.none}
      />
      <Row
        differs={startedBy(one) !== startedBy(other)}
        name={columns.trigger}
        one={startedBy(one)}
        other={startedBy(other)}
      />
      <Row
        differs={changeOf(one.duration, other.duration, formatDuration) !== undefined}
        name={columns.duration}
        one={took(one.duration)}
        other={
          <Changed change={changeOf(one.duration, other.duration, formatDuration)}>{took(other.duration)}</Changed>
        }
      />
      <Row
        differs={credits(one) !== credits(other)}
        name={columns.credits}
        one={formatNumber(credits(one))}
        other={
          <Changed change={changeOf(credits(one), credits(other), formatNumber)}>
            {formatNumber(credits(other))}
          </Changed>
        }
      />
      <Row differs={why(one) !== why(other)} name={columns.result} one={reason(one)} other={reason(other)} />
    </Both>
  );
};

const itemsOf = (action: ActionDetail) => words.executions.items(action.done, action.failed, action.total);

const Actions = ({
  pairs,
  one,
  other,
}: {
  pairs: readonly ActionPair[];
  one: ExecutionDetail;
  other: ExecutionDetail;
}) => {
  const texts = words.compare;
  const cell = (action: ActionDetail | undefined, shown: (action: ActionDetail) => ReactNode) =>
    action ? shown(action) : words.none;
  const error = (action: ActionDetail) => (
    <Box color={errorColor} overflowWrap="anywhere">
      {action.error ?? words.none}
    </Box>
  );
  return pairs.map((pair) => {
    const { id, one: before, other: after } = pair;
    const apart = itemsApart(pair);
    const both = before !== undefined && after !== undefined;
    const duration = changeOf(tookOf(before), tookOf(after), formatDuration);
    return (
      <Section key={id} title={id}>
        {both ? null : <Note status="info" title={before ? texts.onlyFirst : texts.onlySecond} />}
        <Both label={id} one={<RunName run={one} />} other={<RunName run={other} />}>
          <Row
            differs={before?.state !== after?.state}
            name={words.executions.columns.status}
            one={cell(before, (action) => <StatusBadge status={action.state} />)}
            other={cell(after, (action) => <StatusBadge status={action.state} />)}
          />
          <Row
            differs={both && itemsOf(before) !== itemsOf(after)}
            name={words.executions.actionItems}
            one={cell(before, itemsOf)}
            other={cell(after, itemsOf)}
          />
          <Row
            differs={both && before.credits !== after.credits}
            name={words.executions.credits}
            one={cell(before, (action) => formatNumber(action.credits))}
            other={cell(after, (action) => (
              <Changed change={changeOf(before?.credits, action.credits, formatNumber)}>
                {formatNumber(action.credits)}
              </Changed>
            ))}
          />
          <Row
            differs={duration !== undefined}
            name={words.executions.duration}
            one={took(tookOf(before))}
            other={<Changed change={duration}>{took(tookOf(after))}</Changed>}
          />
          {before?.error || after?.error ? (
            <Row
              differs={before?.error !== after?.error}
              name={texts.error}
              one={cell(before, error)}
              other={cell(after, error)}
            />
          ) : null}
        </Both>
        {apart.length > 0 ? (
          <Stack gap={1}>
            <Text fontSize="sm" fontWeight="medium">
              {texts.itemsApart}
            </Text>
            <List.Root fontSize="sm" gap={0} ps={4}>
              {apart.slice(0, SHOWN).map((item) => (
                <List.Item
                  key={item.label}
                >{`${item.label}: ${statusName(item.one)} → ${statusName(item.other)}`}</List.Item>
              ))}
            </List.Root>
            {apart.length > SHOWN ? (
              <Text color="fg.muted" fontSize="sm">
                {words.executions.moreItems(apart.length - SHOWN)}
              </Text>
            ) : null}
          </Stack>
        ) : null}
      </Section>
    );
  });
};

/** Two executions beside each other: what they have in common is plain, what differs stands out. */
export const ComparePage = () => {
  const asked = new URLSearchParams(location.search);
  const of = (name: string) => asked.get(name) ?? "";
  const one = useExecution(of("run"), of("rule") || undefined);
  const other = useExecution(of("with"), of("with_rule") || undefined);
  const texts = words.compare;
  const error = one.error ?? other.error;
  const revisions = one.data && other.data ? revisionsApart(one.data, other.data) : undefined;
  return (
    <Page title={texts.title}>
      {error ? <Failed error={error} retry={() => Promise.all([one.refetch(), other.refetch()])} /> : null}
      {!error && (one.isPending || other.isPending) ? <Loading /> : null}
      {one.data && other.data ? (
        <Stack gap={4}>
          <Section title={texts.inAll}>
            <InAll one={one.data} other={other.data} />
            {revisions ? (
              <Difference after={revisions[1]} before={revisions[0]} ruleId={one.data.automation_rule} />
            ) : null}
          </Section>
          <Actions one={one.data} other={other.data} pairs={pairsOf(one.data.actions, other.data.actions)} />
        </Stack>
      ) : null}
    </Page>
  );
};
