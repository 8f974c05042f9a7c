import { Badge, Box, Button, Code, HStack, List, Stack, Text } from "@chakra-ui/react";
import { useState } from "react";
import { type AnyRule, isBroken, useDryRun, useEstimate, useWarnings } from "../api/queries";
import type { DryRun, Estimate } from "../api/schema";
import { Conditions } from "../executions/conditions";
import { formatNumber, formatValue } from "../format";
import { errorColor, Failed, Faults, LinkButton, Loading, Note, Section, Stat } from "../parts/blocks";
import { StatusBadge } from "../parts/status";
import { Time } from "../parts/time";
import { places } from "../places";
import { words } from "../words";

/** A text of the API's that may hold a numbered list, kept in its lines; never read as markup. */
export const Aloud = ({ text }: { text: string }) => (
  <Text maxW="90ch" whiteSpace="pre-line">
    {text}
  </Text>
);

interface ActionDocument {
  id?: string;
  type?: string;
  params?: Record<string, unknown>;
  needs?: string[] | null;
  when?: unknown;
  else_of?: string | null;
}

const actionsOf = (rule: AnyRule): ActionDocument[] => {
  const actions = (rule as Record<string, unknown>).actions;
  return Array.isArray(actions) ? (actions as ActionDocument[]) : [];
};

const ActionCard = ({ action, number }: { action: ActionDocument; number: number }) => {
  const params = Object.entries(action.params ?? {});
  return (
    <HStack align="flex-start" as="li" borderRadius="md" borderWidth={1} gap={3} p={3}>
      <Badge borderRadius="full" variant="outline">
        {number}
      </Badge>
      <Stack flex={1} gap={1} minW={0}>
        <HStack wrap="wrap">
          <Text fontWeight="medium">{action.id ?? action.type}</Text>
          {action.type !== action.id ? <Text color="fg.muted">{action.type}</Text> : null}
          {action.needs?.length ? (
            <Text color="fg.muted">{`${words.rule.needs} ${action.needs.join(", ")}`}</Text>
          ) : null}
          {action.else_of ? <Text color="fg.muted">{`${words.rule.otherwise}: ${action.else_of}`}</Text> : null}
        </HStack>
        {params.length === 0 ? (
          <Text color="fg.muted" fontSize="sm">
            {words.rule.noParams}
          </Text>
        ) : (
          params.map(([name, value]) => (
            <Text fontSize="sm" key={name}>
              <Box as="span" color="fg.muted">
                {`${name}: `}
              </Box>
              <Code wordBreak="break-word" whiteSpace="normal">
                {formatValue(value)}
              </Code>
            </Text>
          ))
        )}
      </Stack>
    </HStack>
  );
};

export const Costs = ({ estimate }: { estimate: Estimate }) => {
  const most = estimate.most === null ? null : formatNumber(estimate.most);
  return (
    <Stack gap={2}>
      <Text>
        <b>{words.rule.estimateSum(formatNumber(estimate.least), most)}</b>{" "}
        {words.rule.balance(formatNumber(estimate.balance))}
      </Text>
      {estimate.enough === false ? <Note status="warning" title={words.rule.notEnough} /> : null}
      <List.Root gap={1} ps={4}>
        {estimate.actions.map((action) => (
          <List.Item fontSize="sm" key={action.id}>
            <b>{action.id}</b>{" "}
            {words.rule.estimateSum(
              formatNumber(action.least),
              action.most === null ? null : formatNumber(action.most),
            )}
            <Text as="span" color="fg.muted">
              {` – ${action.basis}`}
            </Text>
          </List.Item>
        ))}
      </List.Root>
    </Stack>
  );
};

export const Outlook = ({ dryRun }: { dryRun: DryRun }) => {
  const verdict =
    dryRun.would_run === null ? words.rule.cannotTell : dryRun.would_run ? words.rule.wouldRun : words.rule.wouldNotRun;
  return (
    <Stack gap={3}>
      <Note status={dryRun.would_run ? "success" : "info"} title={verdict}>
        {dryRun.conditions.problem}
      </Note>
      {dryRun.conditions.ledger ? <Conditions ledger={dryRun.conditions.ledger} /> : null}
      <List.Root as="ol" gap={2} ps={5}>
        {dryRun.actions.map((action) => (
          <List.Item fontSize="sm" key={action.id}>
            <b>{action.id}</b> {action.says}
            {action.items.length > 0 ? (
              <Text color="fg.muted" lineClamp={3}>
                {action.items.map((item) => item.label).join(" · ")}
              </Text>
            ) : null}
            {action.problems.map((problem) => (
              <Text color={errorColor} key={problem}>
                {problem}
              </Text>
            ))}
          </List.Item>
        ))}
      </List.Root>
    </Stack>
  );
};

/** What the rule says, read aloud, and what is known of it. */
export const Overview = ({ rule }: { rule: AnyRule }) => {
  const broken = isBroken(rule);
  const warnings = useWarnings(rule.id, !broken, rule.revision);
  const estimate = useEstimate(rule.id, !broken);
  const [asked, setAsked] = useState(false);
  const dryRun = useDryRun(rule.id, asked && !broken);
  const said = rule as Record<string, unknown>;
  if (broken) {
    return (
      <Stack gap={4}>
        <Note status="error" title={words.rule.broken}>
          <Stack gap={3}>
            <Faults faults={rule.problems} />
            <Box>
              <LinkButton to={places.editRule(rule.id)}>{words.rules.mend}</LinkButton>
            </Box>
          </Stack>
        </Note>
        <Section title={words.rule.yaml}>
          <Code display="block" overflow="auto" p={3} whiteSpace="pre">
            {rule.yaml}
          </Code>
        </Section>
      </Stack>
    );
  }
  return (
    <Stack gap={4}>
      <Section title={words.rule.aloud}>
        {rule.in_words ? <Aloud text={rule.in_words} /> : null}
        <HStack gap={8} wrap="wrap">
          <Stat label={words.rules.columns.status}>
            <StatusBadge status={String(said.status ?? "active")} />
            {rule.is_paused ? ` ${words.rules.dagPaused}` : null}
          </Stat>
          <Stat label={words.rules.columns.place}>{`${said.account} / ${said.site}`}</Stat>
          <Stat label={words.rule.next}>
            {rule.next_run_at ? (
              <>
                <Time at={rule.next_run_at} />
                {" ("}
                <Time at={rule.next_run_at} relative />
                {")"}
              </>
            ) : rule.has_dag || !rule.is_active ? (
              words.rule.noNext
            ) : (
              words.rule.notTaken
            )}
          </Stat>
          <Stat label={words.rules.columns.executions}>{formatNumber(rule.execution_count)}</Stat>
          <Stat label={words.executions.revision}>{rule.revision ?? words.none}</Stat>
        </HStack>
      </Section>
      {warnings.data?.length ? (
        <Note status="warning" title={words.rule.warnings}>
          <Faults faults={warnings.data} />
        </Note>
      ) : null}
      <Section title={words.rule.actions}>
        <Stack as="ol" gap={2} listStyleType="none">
          {actionsOf(rule).map((action, index) => (
            <ActionCard action={action} key={action.id ?? index} number={index + 1} />
          ))}
        </Stack>
      </Section>
      <Section title={words.rule.estimate}>
        {estimate.isPending ? <Loading /> : null}
        {estimate.isError ? <Failed error={estimate.error} retry={estimate.refetch} /> : null}
        {estimate.data ? <Costs estimate={estimate.data} /> : null}
      </Section>
      <Section
        aside={
          <Button
            loading={asked && dryRun.isFetching}
            onClick={() => (asked ? void dryRun.refetch() : setAsked(true))}
            size="xs"
            variant="outline"
          >
            {asked ? words.rule.dryRunAgain : words.rule.dryRunAsk}
          </Button>
        }
        title={words.rule.dryRun}
      >
        <Text color="fg.muted" fontSize="sm">
          {words.rule.dryRunBody}
        </Text>
        {dryRun.isError ? <Failed error={dryRun.error} /> : null}
        {dryRun.data ? <Outlook dryRun={dryRun.data} /> : null}
      </Section>
    </Stack>
  );
};
