import { List, Stack, Text } from "@chakra-ui/react";
import type { DryRun, Estimate } from "../api/schema";
import { Conditions } from "../executions/conditions";
import { formatNumber } from "../format";
import { labelOf } from "../names";
import { errorColor, Note } from "../parts/blocks";
import { words } from "../words";

/** A text of the API's that may hold a numbered list, kept in its lines; never read as markup. */
export const Aloud = ({ text }: { text: string }) => (
  <Text maxW="90ch" whiteSpace="pre-line">
    {text}
  </Text>
);

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
            <b>{labelOf(action.id)}</b>{" "}
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
            <b>{labelOf(action.id)}</b> {action.says}
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
