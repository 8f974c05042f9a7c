// What is said of a draft: what is wrong with it, what it costs, how it reads, and what it would do now.
import { HStack, List, Link as Plain, Stack, Text } from "@chakra-ui/react";
import type { UseQueryResult } from "@tanstack/react-query";
import { Aloud, Costs, Failed, FaultText, formatNumber, Loading, Note, Outlook, Section, words } from "#shared";
import type { DryRun, Estimate, Fault, Validation } from "../api/schema";

/** The ways from what is wrong to its places, as far as these are shown. */
export interface Ways {
  onLine?: (fault: Fault) => void;
  onField?: (fault: Fault) => void;
}

export const Findings = ({ faults, ways: { onLine, onField } }: { faults: readonly Fault[]; ways: Ways }) => (
  <List.Root gap={2} listStyleType="none">
    {faults.map((fault) => (
      <List.Item fontSize="sm" key={`${fault.path} ${fault.line} ${fault.message}`}>
        {fault.line && onLine ? (
          <Plain as="button" color="fg.info" me={2} onClick={() => onLine(fault)}>
            {words.editor.at(fault.line, fault.column)}
          </Plain>
        ) : null}
        {fault.path && onField ? (
          <Plain as="button" color="fg.info" me={2} onClick={() => onField(fault)}>
            {words.form.show}
          </Plain>
        ) : null}
        <FaultText fault={fault} />
      </List.Item>
    ))}
  </List.Root>
);

export const Checks = ({ checked, ways }: { checked: UseQueryResult<Validation>; ways: Ways }) => {
  const errors = checked.data?.errors ?? [];
  const warnings = checked.data?.warnings ?? [];
  return (
    <Stack aria-live="polite" gap={4} minW={0}>
      {checked.isError ? <Failed error={checked.error} retry={checked.refetch} /> : null}
      {checked.isPending ? <Loading /> : null}
      {checked.data?.valid === false ? (
        <Section title={words.editor.invalid(errors.length)}>
          <Findings faults={errors} ways={ways} />
        </Section>
      ) : null}
      {checked.data?.valid ? <Note status="success" title={words.editor.valid} /> : null}
      {warnings.length > 0 ? (
        <Section title={words.editor.warnings(warnings.length)}>
          <Findings faults={warnings} ways={ways} />
        </Section>
      ) : null}
      {checked.data?.in_words ? (
        <Section title={words.editor.aloud}>
          <Aloud text={checked.data.in_words} />
        </Section>
      ) : null}
    </Stack>
  );
};

/** The price in a line, for the head of the page. */
export const Price = ({ estimate }: { estimate: Estimate }) => (
  <HStack color="fg.muted" fontSize="sm">
    <Text>
      {words.rule.estimateSum(
        formatNumber(estimate.least),
        estimate.most === null ? null : formatNumber(estimate.most),
      )}
    </Text>
    {estimate.enough === false ? <Text color="fg.warning">{words.rule.notEnough}</Text> : null}
  </HStack>
);

export const CostsSection = ({ estimate }: { estimate: UseQueryResult<Estimate> }) => {
  if (!estimate.data && !estimate.isError) return null;
  return (
    <Section title={words.rule.estimate}>
      {estimate.isError ? <Failed error={estimate.error} retry={estimate.refetch} /> : null}
      {estimate.data ? <Costs estimate={estimate.data} /> : null}
    </Section>
  );
};

/** What the draft would do now. */
export const TrySection = ({ dryRun }: { dryRun: UseQueryResult<DryRun> }) => (
  <Section title={words.rule.dryRun}>
    <Text color="fg.muted" fontSize="sm">
      {words.rule.dryRunBody}
    </Text>
    {dryRun.isError ? <Failed error={dryRun.error} retry={dryRun.refetch} /> : null}
    {dryRun.isPending ? <Loading /> : null}
    {dryRun.data ? <Outlook dryRun={dryRun.data} /> : null}
  </Section>
);
