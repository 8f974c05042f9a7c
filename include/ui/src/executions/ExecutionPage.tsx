import { Progress as Bar, Button, Code, HStack, Stack, Text } from "@chakra-ui/react";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useNavigate, useParams } from "react-router-dom";
import { isLive, useCancel, useExecution, useProgress, useRerun, useRule } from "../api/queries";
import type { ExecutionDetail, Progress, RerunBody } from "../api/schema";
import { RuleFlow } from "../bundles";
import { formatNumber } from "../format";
import { labelOf } from "../names";
import { notify, notifyError } from "../notices";
import { BesideFlow, Failed, LinkButton, Loading, Note, RouterLink, Section, Stat } from "../parts/blocks";
import { Choices, type Choosable } from "../parts/controls";
import { Confirm, Question } from "../parts/dialog";
import { Page } from "../parts/frame";
import { AgainIcon, DownIcon, OutIcon, StopIcon } from "../parts/icons";
import { paletteOf, StatusBadge, statusName } from "../parts/status";
import { Time } from "../parts/time";
import { places } from "../places";
import { words } from "../words";
import { Actions, Elapsed, Expected } from "./actions";
import { Approvals } from "./approvals";
import { Articles } from "./articles";
import { Conditions } from "./conditions";
import { Items } from "./items";

const useRepeat = (run: ExecutionDetail) => {
  const rerun = useRerun();
  const navigate = useNavigate();
  return (body: RerunBody) =>
    rerun.mutate(
      { id: run.id, rule: run.automation_rule, body },
      {
        onError: notifyError,
        onSuccess: (again) => {
          notify({ status: "success", text: words.executions.again });
          if (again.run_id !== run.id) navigate(places.execution(again.run_id, again.automation_rule));
        },
      },
    );
};

/** Ends a run, or repeats it in one of the ways that it can be. */
const Deeds = ({ run }: { run: ExecutionDetail }) => {
  const cancel = useCancel();
  const send = useRepeat(run);
  const rule = useRule(run.automation_rule, !isLive(run.status));
  const [asking, setAsking] = useState(false);
  const [wanted, setWanted] = useState<RerunBody>();
  const [then, now] = [run.revision, rule.data?.revision];
  const repeat = (body: RerunBody) => (then && now && then !== now ? setWanted(body) : send(body));
  const failed = run.actions.some((action) => action.state === "failed");
  const [anew, within] = [run.allowed.includes("run"), run.allowed.includes("change_runs")];
  const entries: (Choosable | false)[] = [
    within &&
      failed && { key: "only", name: words.executions.rerunFailed, onChoose: () => repeat({ mode: "only_failed" }) },
    within &&
      failed && {
        key: "rest",
        name: words.executions.rerunFromFailed,
        onChoose: () => repeat({ mode: "from_failed" }),
      },
    ...(within ? run.actions : []).map((action) => ({
      key: `from ${action.id}`,
      name: words.executions.rerunFrom(labelOf(action.id)),
      onChoose: () => repeat({ action: action.id }),
    })),
    anew && { key: "whole", name: words.executions.rerunWhole, onChoose: () => repeat({ mode: "whole" }) },
  ];
  if (isLive(run.status) ? !within : !(anew || within)) return null;
  if (!isLive(run.status)) {
    return (
      <>
        <Choices
          button={
            <Button size="sm" variant="outline">
              <AgainIcon />
              {words.executions.rerun}
              <DownIcon />
            </Button>
          }
          entries={entries.filter((entry) => entry !== false)}
        />
        <Question
          answers={[
            { name: words.executions.asThen(then ?? 0), onChoose: () => send({ ...wanted, revision: "same" }) },
            { name: words.executions.asNow(now ?? 0), onChoose: () => send({ ...wanted, revision: "latest" }) },
          ]}
          onClose={() => setWanted(undefined)}
          open={wanted !== undefined}
          title={words.executions.whichRevision}
        >
          {words.executions.revisionsDiffer}
        </Question>
      </>
    );
  }
  return (
    <>
      <Button
        colorPalette="danger"
        loading={cancel.isPending}
        onClick={() => setAsking(true)}
        size="sm"
        variant="outline"
      >
        <StopIcon />
        {words.executions.cancel}
      </Button>
      <Confirm
        confirm={words.executions.cancel}
        keep={words.executions.goOn}
        onClose={() => setAsking(false)}
        onConfirm={() =>
          cancel.mutate(
            { id: run.id, rule: run.automation_rule },
            {
              onError: notifyError,
              onSuccess: () => notify({ status: "success", text: words.executions.cancelled }),
            },
          )
        }
        open={asking}
        title={words.executions.cancelTitle}
      >
        {words.executions.cancelBody}
      </Confirm>
    </>
  );
};

/** What a run is doing; where an action is doing it, with that one's name. */
const phaseOf = (now: Progress): string => {
  const action = now.actions.find(({ id }) => id === now.action);
  const told = action?.phase ?? (action?.state === "awaiting_approval" ? statusName(action.state) : undefined);
  return action && told ? words.executions.phaseIn(told, labelOf(action.type ?? action.id)) : (now.phase ?? "");
};

/** How far a run is, as it goes; the same on its own page and in the panel on its Dag's run. */
export const RunProgress = ({ runId, rule }: { runId: string; rule: string }) => {
  const client = useQueryClient();
  const run = useExecution(runId, rule);
  const progress = useProgress(run.data?.automation_rule ?? rule, runId);
  const now = progress.data;
  const step = `${now?.execution_status} ${now?.actions.map((action) => action.state).join()}`;
  // biome-ignore lint/correctness/useExhaustiveDependencies: what it is asked for is that the step has changed
  useEffect(() => {
    void client.invalidateQueries({ queryKey: ["execution", runId] });
  }, [step, runId, client]);
  if (run.isPending) return <Loading />;
  if (run.isError) return <Failed error={run.error} retry={run.refetch} />;
  const status = now?.execution_status ?? run.data.status;
  const actions = now?.actions.length ? now.actions : run.data.actions;
  const credits = now?.credits ?? run.data.result?.credits ?? 0;
  const began = now?.started_at ?? run.data.executed_at;
  const ended = now?.ended_at ?? run.data.ended_at;
  const texts = words.executions;
  return (
    <Stack gap={4}>
      <Approvals live={isLive(status)} rule={run.data.automation_rule} runId={runId} />
      <Section title={texts.columns.result}>
        <HStack align="flex-start" gap={8} wrap="wrap">
          <Stat label={texts.columns.status}>
            <StatusBadge status={status} />
          </Stat>
          <Stat label={texts.started}>
            <Time at={began} />
          </Stat>
          <Stat label={texts.duration}>
            <Elapsed from={began} until={ended} />
            <Expected from={began} until={ended} usual={now?.expected_duration ?? null} />
          </Stat>
          <Stat label={texts.credits}>{formatNumber(credits)}</Stat>
          <Stat label={texts.startedBy}>
            {run.data.started_by ?? texts.clock} ({words.triggers[run.data.trigger] ?? run.data.trigger})
          </Stat>
          <Stat label={texts.revision}>{run.data.revision ?? words.none}</Stat>
        </HStack>
        {status === "skipped" ? null : (
          <Bar.Root
            aria-label={texts.progress(texts.whole)}
            colorPalette={paletteOf(status)}
            size="md"
            value={now?.progress ?? (isLive(status) ? 0 : 100)}
          >
            <Bar.Track borderRadius="full">
              <Bar.Range transition="width 0.5s" />
            </Bar.Track>
          </Bar.Root>
        )}
        {isLive(status) && now?.phase ? (
          <Text aria-live="polite" fontSize="sm">
            {`${texts.phase}: ${phaseOf(now)}`}
          </Text>
        ) : null}
        {run.data.result?.summary && !isLive(status) ? <Text fontSize="sm">{run.data.result.summary}</Text> : null}
        <Articles account={run.data.account} ids={run.data.result?.articles} />
        {run.data.error_message ? (
          <Note status="error" title={texts.whyFailed}>
            {run.data.error_message}
          </Note>
        ) : null}
        {run.data.skip_reason ? (
          <Note status="info" title={texts.why}>
            {run.data.skip_reason}
          </Note>
        ) : null}
      </Section>
      <BesideFlow>
        <RuleFlow
          ruleId={run.data.automation_rule}
          run={{
            id: run.data.id,
            revision: run.data.revision,
            trigger: words.triggers[run.data.trigger] ?? run.data.trigger,
            held: run.data.conditions?.holds,
          }}
        />
        <Section title={words.rule.actions}>
          <Actions actions={actions} dagId={run.data.dag_id} runId={run.data.id} />
        </Section>
      </BesideFlow>
      <Approvals live={isLive(status)} past rule={run.data.automation_rule} runId={runId} />
      {run.data.conditions ? (
        <Section title={texts.conditions}>
          <Conditions ledger={run.data.conditions} />
        </Section>
      ) : null}
      {run.data.actions
        .filter((action) => action.items.length > 0 || action.conditions)
        .map((action) => (
          <Section key={action.id} title={texts.ofAction(labelOf(action.id))}>
            {action.conditions ? <Conditions ledger={action.conditions} /> : null}
            {action.items.length > 0 ? (
              <Items account={run.data.account} items={action.items} label={texts.ofAction(labelOf(action.id))} />
            ) : null}
          </Section>
        ))}
      {Object.keys(run.data.context).length > 0 ? (
        <Section title={texts.context}>
          <Code display="block" overflow="auto" p={3} whiteSpace="pre">
            {JSON.stringify(run.data.context, null, 2)}
          </Code>
        </Section>
      ) : null}
    </Stack>
  );
};

/** One run of a rule: live while it goes on, and everything it has left behind after that. */
export const ExecutionPage = () => {
  const { runId = "" } = useParams();
  const asked = new URLSearchParams(location.search).get("rule") ?? undefined;
  const run = useExecution(runId, asked);
  const rule = run.data?.automation_rule ?? asked;
  const about = useRule(rule ?? "", rule !== undefined);
  return (
    <Page
      aside={
        run.data ? (
          <>
            <LinkButton to={places.dagRun(run.data.dag_id, run.data.id)} variant="ghost">
              <OutIcon />
              {words.executions.dagRun}
            </LinkButton>
            <Deeds run={run.data} />
          </>
        ) : null
      }
      lead={
        <HStack color="fg.muted" fontSize="sm" gap={3} mt={1} wrap="wrap">
          {rule ? <RouterLink to={places.rule(rule)}>{words.rule.open}</RouterLink> : null}
          {run.data?.scheduled_at ? (
            <Text>
              {words.executions.due} <Time at={run.data.scheduled_at} />
            </Text>
          ) : null}
          <Text fontSize="xs">{runId}</Text>
        </HStack>
      }
      title={rule ? words.executions.title(about.data?.name ?? rule) : runId}
    >
      {rule ? <RunProgress rule={rule} runId={runId} /> : run.isError ? <Failed error={run.error} /> : <Loading />}
    </Page>
  );
};
