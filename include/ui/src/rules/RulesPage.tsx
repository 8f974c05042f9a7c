import { Box, Button, Checkbox, chakra, HStack, IconButton, Input, Stack, Table, Text } from "@chakra-ui/react";
import { memo, useMemo, useState } from "react";
import {
  type AnyRule,
  deleteRule,
  isBroken,
  isLive,
  queryClient,
  runRule,
  setStatus,
  useCreditsOfMonth,
  usePlaces,
  useRecentRuns,
  useRules,
} from "../api/queries";
import type { LastRun } from "../api/schema";
import { formatNumber, formatShare, useZone } from "../format";
import { notify } from "../notices";
import { Empty, Failed, Faults, LinkButton, Loading, RouterLink } from "../parts/blocks";
import { Choice, Pager } from "../parts/controls";
import { Confirm } from "../parts/dialog";
import { Page } from "../parts/frame";
import { PlayIcon, PlusIcon } from "../parts/icons";
import { RunStrip, StatusBadge } from "../parts/status";
import { Column } from "../parts/table";
import { Time } from "../parts/time";
import { places, useAddress, useRested } from "../places";
import { words } from "../words";
import { downloadYaml, duplicate, useDeeds } from "./deeds";
import { RuleMenu } from "./menu";

const NOTHING = { search: "", account: "", site: "", status: "", trigger: "", ordering: "name", page: "1" };
const PAGE_SIZE = 50;
const TYPING = 250;
const NO_RUNS: LastRun[] = [];

const statusOf = (rule: AnyRule): string => {
  if (isBroken(rule)) return "broken";
  return String((rule as Record<string, unknown>).status ?? "active");
};
const said = (rule: AnyRule, name: string) => {
  const value = (rule as Record<string, unknown>)[name];
  return typeof value === "string" ? value : words.none;
};

/** Of the last runs that got through or failed, how many got through. */
const successOf = (runs: LastRun[]): number | undefined => {
  const judged = runs.filter((run) => run.status === "completed" || run.status === "failed");
  if (judged.length === 0) return undefined;
  return judged.filter((run) => run.status === "completed").length / judged.length;
};

interface RowProps {
  rule: AnyRule;
  runs: LastRun[];
  credits: number | undefined;
  selected: boolean;
  running: boolean;
  onSelect: (id: string, selected: boolean) => void;
  onDelete: (rule: AnyRule) => void;
}

const Row = memo(({ rule, runs, credits, selected, running, onSelect, onDelete }: RowProps) => {
  const deeds = useDeeds();
  const broken = isBroken(rule);
  const success = successOf(runs);
  return (
    <Table.Row bg={broken ? "failed.solid/5" : undefined} data-rule={rule.id} data-selected={selected ? "" : undefined}>
      <Table.Cell boxShadow={broken ? "inset 3px 0 0 var(--chakra-colors-failed-solid)" : undefined} pe={0} w={8}>
        <Checkbox.Root
          checked={selected}
          onCheckedChange={(change) => onSelect(rule.id, change.checked === true)}
          size="sm"
        >
          <Checkbox.HiddenInput aria-label={words.rules.select(rule.name)} />
          <Checkbox.Control />
        </Checkbox.Root>
      </Table.Cell>
      <Table.Cell maxW="320px" minW="200px">
        <Box fontWeight="medium">
          <RouterLink to={places.rule(rule.id)}>{rule.name}</RouterLink>
        </Box>
        {broken ? (
          <Stack color="failed.fg" fontSize="xs" gap={1} mt={1}>
            <Faults faults={rule.problems.slice(0, 3)} />
            <HStack>
              {rule.allowed.includes("edit") ? (
                <LinkButton size="xs" to={places.editRule(rule.id)}>
                  {words.rules.mend}
                </LinkButton>
              ) : null}
              {rule.problems.length > 3 ? words.rules.problems(rule.problems.length) : null}
            </HStack>
          </Stack>
        ) : (
          <Text color="fg.muted" fontSize="xs" truncate>
            {rule.id}
          </Text>
        )}
      </Table.Cell>
      <Table.Cell>
        {said(rule, "account")}
        <Text color="fg.muted" fontSize="xs">
          {said(rule, "site")}
        </Text>
      </Table.Cell>
      <Table.Cell maxW="260px">
        <chakra.span _firstLetter={{ textTransform: "uppercase" }} display="block">
          {rule.trigger_in_words ?? words.none}
        </chakra.span>
        {rule.next_run_at ? (
          <Text color="fg.muted" fontSize="xs">
            {words.rules.next("")}
            <Time at={rule.next_run_at} relative />
          </Text>
        ) : null}
      </Table.Cell>
      <Table.Cell>
        <StatusBadge status={statusOf(rule)} />
        {rule.is_paused ? (
          <Text color="fg.warning" fontSize="xs">
            {words.rules.dagPaused}
          </Text>
        ) : null}
      </Table.Cell>
      <Table.Cell>
        {rule.last_run ? (
          <>
            <RouterLink to={places.execution(rule.last_run.id, rule.id)}>
              <StatusBadge status={rule.last_run.status} />
            </RouterLink>
            <Text color="fg.muted" fontSize="xs">
              <Time at={rule.last_run.executed_at} relative />
            </Text>
          </>
        ) : (
          words.none
        )}
      </Table.Cell>
      <Table.Cell>
        <RunStrip name={rule.name} rule={rule.id} runs={runs} />
      </Table.Cell>
      <Table.Cell textAlign="end">{formatNumber(rule.execution_count)}</Table.Cell>
      <Table.Cell textAlign="end">{success === undefined ? words.none : formatShare(success)}</Table.Cell>
      <Table.Cell textAlign="end">{credits === undefined ? words.none : formatNumber(credits)}</Table.Cell>
      <Table.Cell>
        <HStack gap={0} justify="flex-end">
          {rule.allowed.includes("run") ? (
            <IconButton
              aria-label={words.rules.runNamed(rule.name)}
              disabled={broken || statusOf(rule) === "inactive"}
              loading={running || deeds.running !== undefined}
              onClick={() => deeds.run(rule)}
              size="xs"
              title={words.rules.run}
              variant="ghost"
            >
              <PlayIcon />
            </IconButton>
          ) : null}
          <RuleMenu deeds={deeds} onDelete={() => onDelete(rule)} rule={rule} />
        </HStack>
      </Table.Cell>
    </Table.Row>
  );
});

/** What is done with several rules, one after the other; those that refuse are told. */
const doWithAll = async (rules: AnyRule[], deed: (rule: AnyRule) => Promise<unknown>) => {
  const refused: string[] = [];
  for (const rule of rules) {
    await deed(rule).catch((error: Error) => refused.push(`${rule.name}: ${error.message}`));
  }
  await queryClient.invalidateQueries();
  notify({
    status: refused.length ? "error" : "success",
    text: [words.rules.doneMany(rules.length - refused.length, rules.length), ...refused].join(" "),
  });
};

export const RulesPage = () => {
  const [address, setAddress] = useAddress(NOTHING);
  const search = useRested(address.search, TYPING);
  const zone = useZone();
  const page = Number(address.page) || 1;
  const rules = useRules({ ...address, search, page, page_size: PAGE_SIZE, timezone: zone });
  const shown = rules.data?.data ?? [];
  const live = shown.some((rule) => isLive(rule.last_run?.status));
  const recent = useRecentRuns(
    shown.filter((rule) => rule.execution_count > 0).map((rule) => rule.id),
    live,
  );
  const credits = useCreditsOfMonth(zone);
  const known = usePlaces(rules.isSuccess, address.account);
  const deeds = useDeeds();
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [deleting, setDeleting] = useState<AnyRule[]>([]);
  const filter = (changes: Partial<typeof NOTHING>) => setAddress({ page: "1", ...changes });
  const unfiltered = !(address.search || address.account || address.site || address.status || address.trigger);
  const chosen = shown.filter((rule) => selected.has(rule.id));
  const may = (deed: AnyRule["allowed"][number]) => chosen.some((rule) => rule.allowed.includes(deed));
  const rowDeeds = useMemo(
    () => ({
      onSelect: (id: string, on: boolean) =>
        setSelected((before) => new Set(on ? [...before, id] : [...before].filter((each) => each !== id))),
      onDelete: (rule: AnyRule) => setDeleting([rule]),
    }),
    [],
  );
  const forChosen = (deed: (rule: AnyRule) => Promise<unknown>) => {
    setSelected(new Set());
    void doWithAll(chosen, deed);
  };
  const columns = words.rules.columns;
  const order = { ordering: address.ordering, onOrder: (ordering: string) => filter({ ordering }) };

  const aside = (
    <>
      <LinkButton to={places.presets}>{words.rules.fromPreset}</LinkButton>
      <LinkButton colorPalette="brand" to={places.newRule} variant="solid">
        <PlusIcon />
        {words.rules.new}
      </LinkButton>
    </>
  );

  return (
    <Page aside={aside} title={words.tabs.rules}>
      <HStack wrap="wrap">
        <Input
          aria-label={words.rules.search}
          borderColor="border.emphasized"
          maxW="320px"
          onChange={(event) => filter({ search: event.currentTarget.value })}
          placeholder={words.rules.search}
          size="sm"
          type="search"
          value={address.search}
        />
        <Choice
          label={words.rules.filters.status}
          onChange={(status) => filter({ status })}
          options={["active", "paused", "inactive", "broken"].map((each) => [each, words.status[each] ?? each])}
          value={address.status}
        />
        <Choice
          label={words.rules.filters.trigger}
          onChange={(trigger) => filter({ trigger })}
          options={Object.entries(words.triggers)}
          value={address.trigger}
        />
        <Choice
          label={words.rules.filters.account}
          onChange={(account) => filter({ account, site: "" })}
          options={(known.data?.accounts ?? []).map((each) => [each, each])}
          value={address.account}
        />
        <Choice
          label={words.rules.filters.site}
          onChange={(site) => filter({ site })}
          options={(known.data?.sites ?? []).map((each) => [each, each])}
          value={address.site}
        />
      </HStack>
      {chosen.length > 0 ? (
        <HStack bg="bg.subtle" borderRadius="md" p={2} role="toolbar">
          <Text fontSize="sm" px={2}>
            {words.rules.selected(chosen.length)}
          </Text>
          {may("run") ? (
            <Button onClick={() => forChosen((rule) => runRule(rule.id))} size="xs" variant="outline">
              {words.rules.run}
            </Button>
          ) : null}
          {may("edit") ? (
            <>
              <Button onClick={() => forChosen((rule) => setStatus(rule, "paused"))} size="xs" variant="outline">
                {words.rules.pause}
              </Button>
              <Button onClick={() => forChosen((rule) => setStatus(rule, "active"))} size="xs" variant="outline">
                {words.rules.resume}
              </Button>
              <Button onClick={() => forChosen(duplicate)} size="xs" variant="outline">
                {words.rules.duplicate}
              </Button>
            </>
          ) : null}
          <Button onClick={() => forChosen(downloadYaml)} size="xs" variant="outline">
            {words.rules.export}
          </Button>
          {may("delete") ? (
            <Button colorPalette="danger" onClick={() => setDeleting(chosen)} size="xs" variant="outline">
              {words.rules.delete}
            </Button>
          ) : null}
        </HStack>
      ) : null}
      {rules.isError ? <Failed error={rules.error} retry={rules.refetch} /> : null}
      {rules.isPending ? <Loading /> : null}
      {rules.data && rules.data.meta.count === 0 ? (
        unfiltered ? (
          <Empty title={words.rules.empty}>
            <Text color="fg.muted" maxW="60ch">
              {words.rules.emptyBody}
            </Text>
            <HStack>{aside}</HStack>
          </Empty>
        ) : (
          <Empty title={words.rules.noneFound}>
            <Button onClick={() => setAddress(NOTHING)} size="sm" variant="outline">
              {words.rules.clear}
            </Button>
          </Empty>
        )
      ) : null}
      {shown.length > 0 ? (
        <>
          <Table.ScrollArea
            borderRadius="md"
            borderWidth={1}
            flexShrink={0}
            opacity={rules.isPlaceholderData ? 0.6 : 1}
          >
            <Table.Root size="sm">
              <Table.Header>
                <Table.Row bg="bg.subtle">
                  <Table.ColumnHeader pe={0} w={8}>
                    <Checkbox.Root
                      checked={chosen.length === 0 ? false : chosen.length === shown.length ? true : "indeterminate"}
                      onCheckedChange={(change) =>
                        setSelected(new Set(change.checked === true ? shown.map((rule) => rule.id) : []))
                      }
                      size="sm"
                    >
                      <Checkbox.HiddenInput aria-label={words.rules.selectAll} />
                      <Checkbox.Control />
                    </Checkbox.Root>
                  </Table.ColumnHeader>
                  <Column by="name" name={columns.name} {...order} />
                  <Column name={columns.place} {...order} />
                  <Column by="next_run_at" name={columns.trigger} {...order} />
                  <Column by="status" name={columns.status} {...order} />
                  <Column by="last_executed_at" name={columns.lastRun} {...order} />
                  <Column name={columns.recent} {...order} />
                  <Column by="execution_count" end name={columns.executions} {...order} />
                  <Column by="success_rate" end name={columns.success} {...order} />
                  <Column by="credits_this_month" end name={columns.credits} {...order} />
                  <Column end name={columns.actions} {...order} />
                </Table.Row>
              </Table.Header>
              <Table.Body>
                {shown.map((rule) => (
                  <Row
                    credits={credits.data ? (credits.data.get(rule.id) ?? 0) : undefined}
                    key={`${rule.dag_id} ${rule.id}`}
                    rule={rule}
                    running={false}
                    runs={recent.data?.get(rule.id) ?? NO_RUNS}
                    selected={selected.has(rule.id)}
                    {...rowDeeds}
                  />
                ))}
              </Table.Body>
            </Table.Root>
          </Table.ScrollArea>
          {rules.data ? <Pager meta={rules.data.meta} onPage={(page) => setAddress({ page: String(page) })} /> : null}
        </>
      ) : null}
      <Confirm
        confirm={words.rules.delete}
        onClose={() => setDeleting([])}
        onConfirm={() => {
          setSelected(new Set());
          const [only, ...others] = deleting;
          if (only && others.length === 0) deeds.remove(only);
          else void doWithAll(deleting, deleteRule);
        }}
        open={deleting.length > 0}
        title={
          deleting.length === 1
            ? words.rules.deleteTitle(deleting[0]?.name ?? "")
            : words.rules.deleteMany(deleting.length)
        }
      >
        {words.rules.deleteBody}
      </Confirm>
    </Page>
  );
};
