import { Box, HStack, Stack } from "@chakra-ui/react";
import { useProgress, useRule } from "./api/queries";
import { RunProgress } from "./executions/ExecutionPage";
import { Empty, Failed, LinkButton, Loading } from "./parts/blocks";
import { places, ruleOfDag } from "./places";
import { Overview } from "./rule/overview";
import { words } from "./words";

const Rule = ({ ruleId }: { ruleId: string }) => {
  const rule = useRule(ruleId);
  if (rule.isPending) return <Loading />;
  if (rule.isError) return <Failed error={rule.error} retry={rule.refetch} />;
  return (
    <Stack gap={4}>
      <HStack justify="flex-end">
        {rule.data.allowed.includes("edit") ? (
          <LinkButton to={places.editRule(ruleId)}>{words.rules.edit}</LinkButton>
        ) : null}
        <LinkButton to={places.rule(ruleId)}>{words.rule.open}</LinkButton>
      </HStack>
      <Overview rule={rule.data} />
    </Stack>
  );
};

/** The tab on a Dag's page: the rule that it was made of. */
export const DagPanel = ({ dagId = "" }: { dagId?: string }) => {
  const ruleId = ruleOfDag(dagId);
  return <Box p={4}>{ruleId ? <Rule ruleId={ruleId} /> : <Empty title={words.executions.notARule} />}</Box>;
};

/** The tab on the page of a Dag's run: how far it is, and what it has made. */
export const RunPanel = ({ dagId = "", runId }: { dagId?: string; runId?: string }) => {
  const ruleId = ruleOfDag(dagId);
  const latest = useProgress(runId ? undefined : ruleId, undefined);
  const shown = runId ?? latest.data?.run_id;
  if (!ruleId) return <Empty title={words.executions.notARule} />;
  return (
    <Box p={4}>{shown ? <RunProgress rule={ruleId} runId={shown} /> : <Empty title={words.executions.none} />}</Box>
  );
};
