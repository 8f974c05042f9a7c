import { Button, Text } from "@chakra-ui/react";
import { useState } from "react";
import { useNavigate, useParams } from "react-router-dom";
import { type AnyRule, isBroken, useExecutions, useRule } from "../api/queries";
import { ExecutionsTable } from "../executions/HistoryPage";
import { Empty, Failed, LinkButton, Loading, RouterLink } from "../parts/blocks";
import { Views } from "../parts/controls";
import { Confirm } from "../parts/dialog";
import { Page } from "../parts/frame";
import { EditIcon, OutIcon, PlayIcon } from "../parts/icons";
import { places, useAddress } from "../places";
import { useDeeds } from "../rules/deeds";
import { RuleMenu } from "../rules/menu";
import { words } from "../words";
import { Overview } from "./overview";
import { Revisions } from "./revisions";

const SHOWN = 25;

const Executions = ({ ruleId }: { ruleId: string }) => {
  const runs = useExecutions({ rule: ruleId, page_size: SHOWN });
  if (runs.isPending) return <Loading />;
  if (runs.isError) return <Failed error={runs.error} retry={runs.refetch} />;
  if (runs.data.data.length === 0) return <Empty title={words.executions.none} />;
  return (
    <>
      <ExecutionsTable runs={runs.data.data} withRule={false} />
      {runs.data.meta.next ? <RouterLink to={places.executions(ruleId)}>{words.tabs.executions}</RouterLink> : null}
    </>
  );
};

const Aside = ({ rule }: { rule: AnyRule }) => {
  const deeds = useDeeds();
  const navigate = useNavigate();
  const [deleting, setDeleting] = useState(false);
  return (
    <>
      {rule.has_dag ? (
        <LinkButton to={places.dag(rule.dag_id)} variant="ghost">
          <OutIcon />
          {words.rule.dag}
        </LinkButton>
      ) : null}
      {rule.allowed.includes("edit") ? (
        <LinkButton to={places.editRule(rule.id)}>
          <EditIcon />
          {isBroken(rule) ? words.rules.mend : words.rules.edit}
        </LinkButton>
      ) : null}
      {rule.allowed.includes("run") ? (
        <Button
          colorPalette="brand"
          disabled={isBroken(rule)}
          loading={deeds.running !== undefined}
          onClick={() => deeds.run(rule)}
          size="sm"
        >
          <PlayIcon />
          {words.rules.run}
        </Button>
      ) : null}
      <RuleMenu deeds={deeds} labelled onDelete={() => setDeleting(true)} rule={rule} />
      <Confirm
        confirm={words.rules.delete}
        onClose={() => setDeleting(false)}
        onConfirm={() => deeds.remove(rule, () => navigate(places.rules))}
        open={deleting}
        title={words.rules.deleteTitle(rule.name)}
      >
        {words.rules.deleteBody}
      </Confirm>
    </>
  );
};

/** One rule: what it does, how it ran, and how it came to be what it is. */
export const RulePage = () => {
  const { ruleId = "" } = useParams();
  const rule = useRule(ruleId);
  const [address, setAddress] = useAddress({ view: "overview" });
  const description = (rule.data as Record<string, unknown> | undefined)?.description;
  return (
    <Page
      aside={rule.data ? <Aside rule={rule.data} /> : null}
      lead={
        typeof description === "string" && description ? (
          <Text color="fg.muted" mt={1}>
            {description}
          </Text>
        ) : null
      }
      title={rule.data?.name ?? ruleId}
    >
      {rule.isPending ? <Loading /> : null}
      {rule.isError && !rule.data ? <Failed error={rule.error} retry={rule.refetch} /> : null}
      {rule.data || address.view === "revisions" ? (
        <Views
          label={words.rule.views}
          onChange={(view) => setAddress({ view })}
          options={[
            ["overview", words.rule.overview],
            ["runs", words.rule.runs],
            ["revisions", words.rule.revisions],
          ]}
          value={address.view}
        >
          {address.view === "overview" && rule.data ? <Overview rule={rule.data} /> : null}
          {address.view === "runs" ? <Executions ruleId={ruleId} /> : null}
          {address.view === "revisions" ? (
            <Revisions
              current={rule.data?.revision ?? null}
              mayRestore={rule.data?.allowed.includes("edit") ?? true}
              ruleId={ruleId}
            />
          ) : null}
        </Views>
      ) : null}
    </Page>
  );
};
