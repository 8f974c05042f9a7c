import { Badge, Box, Button, Code, HStack, Stack, Text } from "@chakra-ui/react";
import { useState } from "react";
import { type AnyRule, isBroken, useDryRun, useEstimate, useWarnings } from "../api/queries";
import { RuleFlow } from "../bundles";
import { formatNumber, formatValue } from "../format";
import { labelOf } from "../names";
import { BesideFlow, Failed, Faults, LinkButton, Loading, Note, Section, Stat } from "../parts/blocks";
import { StatusBadge } from "../parts/status";
import { Time } from "../parts/time";
import { places } from "../places";
import { words } from "../words";
import { Aloud, Costs, Outlook } from "./plans";

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
    <HStack
      align="flex-start"
      as="li"
      borderRadius="md"
      borderWidth={1}
      data-action={action.id ?? action.type}
      gap={3}
      p={3}
      tabIndex={-1}
    >
      <Badge borderRadius="full" variant="outline">
        {number}
      </Badge>
      <Stack flex={1} gap={1} minW={0}>
        <HStack wrap="wrap">
          <Text fontWeight="medium">{labelOf(action.type ?? action.id ?? "")}</Text>
          {action.type !== action.id ? <Text color="fg.muted">{action.id}</Text> : null}
          {action.needs?.length ? (
            <Text color="fg.muted">{`${words.rule.needs} ${action.needs.map(labelOf).join(", ")}`}</Text>
          ) : null}
          {action.else_of ? (
            <Text color="fg.muted">{`${words.rule.otherwise}: ${labelOf(action.else_of)}`}</Text>
          ) : null}
        </HStack>
        {params.length === 0 ? (
          <Text color="fg.muted" fontSize="sm">
            {words.rule.noParams}
          </Text>
        ) : (
          params.map(([name, value]) => (
            <Text fontSize="sm" key={name}>
              <Box as="span" color="fg.muted">
                {`${labelOf(name)}: `}
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
            {rule.allowed.includes("edit") ? (
              <Box>
                <LinkButton to={places.editRule(rule.id)}>{words.rules.mend}</LinkButton>
              </Box>
            ) : null}
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
      <BesideFlow>
        <RuleFlow ruleId={rule.id} />
        <Section title={words.rule.actions}>
          <Stack as="ol" gap={2} listStyleType="none">
            {actionsOf(rule).map((action, index) => (
              <ActionCard action={action} key={action.id ?? index} number={index + 1} />
            ))}
          </Stack>
        </Section>
      </BesideFlow>
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
