import { Badge, Box, Button, Grid, HStack, Stack, Table, Text } from "@chakra-ui/react";
import { useMemo, useState } from "react";
import { useDashboard, usePlaces } from "../api/queries";
import type { Balance, Concern, Dashboard, RuleFigures } from "../api/schema";
import { formatDuration, formatNumber, formatShare, formatTime, useZone } from "../format";
import { Empty, Failed, LinkButton, Loading, Note, RouterLink, Section, Stat } from "../parts/blocks";
import { Choice } from "../parts/controls";
import { Page } from "../parts/frame";
import { paletteOf, statusName } from "../parts/status";
import { Time } from "../parts/time";
import { places, useAddress } from "../places";
import { words } from "../words";
import { DayChart, DayTable, type Look } from "./charts";
import { creditsOf, daysUntil, durationsOf, largest, OTHERS, RESULTS, resultsOf, type Series } from "./series";
import { wayTo } from "./ways";

const SPANS = ["7", "30", "90"] as const;
const NOTHING = { days: "30", account: "" };
const RULES = 8;
const FEW_DAYS = 7;

const RESULT_LOOKS: Readonly<Record<string, Look>> = Object.fromEntries(
  RESULTS.map((key) => [key, { name: statusName(key), color: `${paletteOf(key)}.solid` }]),
);
/** Colours that can be told apart, light and dark; grey is for all others. */
const COLORS = ["blue.500", "orange.500", "teal.500", "purple.500", "pink.500", "yellow.600", "green.700"];
const creditLooks = (series: readonly Series[]): Readonly<Record<string, Look>> =>
  Object.fromEntries(
    series.map(({ key }, place) => [
      key,
      key === OTHERS
        ? { name: words.dashboard.otherRules, color: "gray.400" }
        : { name: key, color: COLORS[place % COLORS.length] ?? "brand.solid" },
    ]),
  );
const DURATION_LOOKS = {
  p50: { name: words.dashboard.p50, color: "blue.500" },
  p95: { name: words.dashboard.p95, color: "fg.muted", dashed: true },
};

const PALETTES: Readonly<Record<Concern["kind"], string>> = {
  approval: "warning",
  engine: "failed",
  credits: "warning",
  integration: "failed",
  broken_rule: "failed",
  failing_rule: "failed",
};

const Attention = ({ dashboard }: { dashboard: Dashboard }) => {
  const texts = words.dashboard;
  if (dashboard.attention.length === 0) return <Note status="success" title={texts.calm} />;
  const hidden = dashboard.attention_count - dashboard.attention.length;
  return (
    <Section title={texts.attention(dashboard.attention_count)}>
      <Stack as="ul" gap={0} listStyleType="none" maxH="320px" overflow="auto">
        {dashboard.attention.map((concern) => {
          const way = wayTo(concern);
          return (
            <HStack
              _first={{ borderTopWidth: 0 }}
              align="flex-start"
              as="li"
              borderTopWidth={1}
              data-concern={concern.kind}
              gap={3}
              key={`${concern.kind} ${concern.automation_rule} ${concern.run_id} ${concern.message}`}
              py={2}
            >
              <Badge colorPalette={PALETTES[concern.kind]} flexShrink={0} justifyContent="center" w="128px">
                {texts.kinds[concern.kind] ?? concern.kind}
              </Badge>
              <Stack flex={1} gap={0} minW={0}>
                <Text fontSize="sm" lineClamp={3}>
                  {concern.automation_rule ? (
                    <>
                      <RouterLink to={places.rule(concern.automation_rule)}>{concern.automation_rule}</RouterLink>
                      {": "}
                    </>
                  ) : null}
                  {concern.message}
                </Text>
                {concern.since ? (
                  <Text color="fg.muted" fontSize="xs">
                    <Time at={concern.since} relative />
                  </Text>
                ) : null}
              </Stack>
              {way ? (
                <LinkButton size="xs" to={way.to}>
                  {way.name}
                </LinkButton>
              ) : null}
            </HStack>
          );
        })}
      </Stack>
      {hidden > 0 ? <Text color="fg.muted">{texts.more(hidden)}</Text> : null}
    </Section>
  );
};

const ChartSection = ({
  title,
  days,
  series,
  looks,
  kind,
  format,
}: {
  title: string;
  days: readonly string[];
  series: readonly Series[];
  looks: Readonly<Record<string, Look>>;
  kind: "bars" | "lines";
  format: (value: number) => string;
}) => {
  const [asTable, setAsTable] = useState(false);
  const empty = !series.some(({ values }) => values.some(Boolean));
  const drawn = { label: title, days, series, looks, format };
  return (
    <Section
      aside={
        empty ? null : (
          <Button onClick={() => setAsTable(!asTable)} size="xs" variant="outline">
            {asTable ? words.dashboard.asChart : words.dashboard.asTable}
          </Button>
        )
      }
      title={title}
    >
      {empty ? (
        <Text color="fg.muted">{words.dashboard.nothing}</Text>
      ) : asTable ? (
        <DayTable {...drawn} />
      ) : (
        <DayChart {...drawn} kind={kind} />
      )}
    </Section>
  );
};

const CreditsByRule = ({ rules }: { rules: readonly RuleFigures[] }) => {
  const { first, others, rest } = useMemo(() => largest(rules, (rule) => rule.credits, RULES), [rules]);
  const texts = words.dashboard;
  const most = first[0]?.credits ?? 1;
  return (
    <Section title={texts.byRule}>
      {first.length === 0 ? (
        <Text color="fg.muted">{texts.nothing}</Text>
      ) : (
        <Table.Root aria-label={texts.byRule} size="sm" tableLayout="fixed">
          <Table.Body>
            {first.map((rule) => (
              <Table.Row key={`${rule.account} ${rule.automation_rule}`}>
                <Table.Cell overflow="hidden" ps={0} textOverflow="ellipsis" w="40%">
                  <RouterLink to={places.rule(rule.automation_rule)}>{rule.automation_rule}</RouterLink>
                </Table.Cell>
                <Table.Cell>
                  <Box bg="brand.solid" borderRadius="2px" h="10px" w={`${(100 * rule.credits) / most}%`} />
                </Table.Cell>
                <Table.Cell fontVariantNumeric="tabular-nums" pe={0} textAlign="end" w="130px" whiteSpace="nowrap">
                  {words.rule.credits(formatNumber(rule.credits))}
                </Table.Cell>
              </Table.Row>
            ))}
          </Table.Body>
        </Table.Root>
      )}
      {others > 0 ? <Text color="fg.muted">{texts.others(others, formatNumber(rest))}</Text> : null}
    </Section>
  );
};

const Lasts = ({ balance }: { balance: Balance }) => {
  const texts = words.dashboard;
  if (balance.balance === 0) return <Badge colorPalette="failed">{texts.empty}</Badge>;
  if (balance.days_left === null) return balance.spent_per_day === null ? words.none : texts.forEver;
  const told = texts.lasts(formatNumber(Math.floor(balance.days_left)));
  return balance.days_left > FEW_DAYS ? told : <Badge colorPalette="warning">{told}</Badge>;
};

const Balances = ({ balances }: { balances: readonly Balance[] }) => {
  const texts = words.dashboard;
  const columns = texts.balanceColumns;
  return (
    <Section title={texts.balances}>
      {balances.length === 0 ? <Text color="fg.muted">{texts.nothing}</Text> : null}
      {balances.length > 0 ? (
        <Table.ScrollArea maxH="320px">
          <Table.Root aria-label={texts.balances} size="sm">
            <Table.Header>
              <Table.Row>
                <Table.ColumnHeader ps={0}>{columns.account}</Table.ColumnHeader>
                <Table.ColumnHeader textAlign="end">{columns.balance}</Table.ColumnHeader>
                <Table.ColumnHeader textAlign="end">{columns.perDay}</Table.ColumnHeader>
                <Table.ColumnHeader pe={0} textAlign="end">
                  {columns.lasts}
                </Table.ColumnHeader>
              </Table.Row>
            </Table.Header>
            <Table.Body>
              {balances.map((each) => (
                <Table.Row key={each.account}>
                  <Table.Cell ps={0}>{each.account}</Table.Cell>
                  <Table.Cell fontVariantNumeric="tabular-nums" textAlign="end" title={each.problem ?? undefined}>
                    {each.balance === null ? texts.unknown : formatNumber(each.balance)}
                    {each.reserved ? (
                      <Text color="fg.muted" fontSize="xs">
                        {texts.reserved(formatNumber(each.reserved))}
                      </Text>
                    ) : null}
                  </Table.Cell>
                  <Table.Cell fontVariantNumeric="tabular-nums" textAlign="end">
                    {each.spent_per_day === null ? words.none : formatNumber(Math.round(each.spent_per_day))}
                  </Table.Cell>
                  <Table.Cell pe={0} textAlign="end">
                    <Lasts balance={each} />
                  </Table.Cell>
                </Table.Row>
              ))}
            </Table.Body>
          </Table.Root>
        </Table.ScrollArea>
      ) : null}
    </Section>
  );
};

const Shown = ({ dashboard }: { dashboard: Dashboard }) => {
  const { figures } = dashboard;
  const texts = words.dashboard;
  const days = useMemo(
    () => daysUntil(formatTime(figures.until, figures.timezone), dashboard.days),
    [figures.until, figures.timezone, dashboard.days],
  );
  const credits = useMemo(() => creditsOf(figures, days), [figures, days]);
  const { total } = figures;
  const took = (seconds: number | null) => (seconds === null ? words.none : formatDuration(seconds));
  return (
    <>
      <Attention dashboard={dashboard} />
      <Section title={texts.inShort}>
        <HStack gap={8} wrap="wrap">
          <Stat label={words.tabs.executions}>{formatNumber(total.runs)}</Stat>
          <Stat label={texts.success}>
            {total.success_rate === null ? words.none : formatShare(total.success_rate)}
          </Stat>
          <Stat label={texts.p50}>{took(total.duration_p50)}</Stat>
          <Stat label={texts.p95}>{took(total.duration_p95)}</Stat>
          <Stat label={texts.credits}>{formatNumber(total.credits)}</Stat>
        </HStack>
      </Section>
      <Grid gap={4} gridTemplateColumns={{ base: "minmax(0, 1fr)", lg: "repeat(2, minmax(0, 1fr))" }}>
        <ChartSection
          days={days}
          format={formatNumber}
          kind="bars"
          looks={RESULT_LOOKS}
          series={resultsOf(figures, days)}
          title={texts.results}
        />
        <ChartSection
          days={days}
          format={formatNumber}
          kind="bars"
          looks={creditLooks(credits)}
          series={credits}
          title={texts.creditsByDay}
        />
        <ChartSection
          days={days}
          format={formatDuration}
          kind="lines"
          looks={DURATION_LOOKS}
          series={durationsOf(figures, days)}
          title={texts.durations}
        />
        <Stack gap={4}>
          <Balances balances={dashboard.balances} />
          <CreditsByRule rules={figures.rules} />
        </Stack>
      </Grid>
    </>
  );
};

/** How the rules do at a glance: what needs somebody, how runs went, and what they cost. */
export const DashboardPage = () => {
  const [address, setAddress] = useAddress(NOTHING);
  const dashboard = useDashboard(Number(address.days) || 30, address.account, useZone());
  const known = usePlaces(dashboard.isSuccess);
  const texts = words.dashboard;
  return (
    <Page
      aside={
        <>
          <Choice
            label={words.rules.filters.account}
            onChange={(account) => setAddress({ account })}
            options={(known.data?.accounts ?? []).map((each) => [each, each])}
            value={address.account}
          />
          <HStack aria-label={texts.span} gap={0} role="group">
            {SPANS.map((days) => (
              <Button
                aria-pressed={address.days === days}
                key={days}
                onClick={() => setAddress({ days })}
                size="sm"
                variant={address.days === days ? "subtle" : "ghost"}
              >
                {texts.days(Number(days))}
              </Button>
            ))}
          </HStack>
        </>
      }
      title={words.tabs.dashboard}
    >
      {dashboard.isError ? <Failed error={dashboard.error} retry={dashboard.refetch} /> : null}
      {dashboard.isPending ? <Loading /> : null}
      {dashboard.data ? (
        <Stack gap={4} opacity={dashboard.isPlaceholderData ? 0.6 : 1}>
          {dashboard.data.figures.total.runs === 0 && dashboard.data.balances.length === 0 ? (
            <Empty title={words.executions.none} />
          ) : null}
          <Shown dashboard={dashboard.data} />
        </Stack>
      ) : null}
    </Page>
  );
};
