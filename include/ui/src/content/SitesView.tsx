import { Badge, Box, Button, Code, HStack, List, SimpleGrid, Stack, Text } from "@chakra-ui/react";
import type { AccountSummary, IntegrationView, SiteSummary } from "../api/schema";
import { formatNumber, webAddress } from "../format";
import { notifyError } from "../notices";
import { Empty, Failed, Loading, Note, OutLink, Section, Stat } from "../parts/blocks";
import { StatusBadge } from "../parts/status";
import { Time } from "../parts/time";
import { words } from "../words";
import { Jump } from "./Jump";
import { type Site, useIntegrations, useProbe } from "./queries";

const texts = words.content;

/** What a count of a site leads to, by the names that conditions have. */
const COUNTED = [
  ["keywords", "keywords"],
  ["clusters", "clusters"],
  ["ideas", "ideas"],
  ["articles", "content"],
  ["images", "images"],
] as const;

const Connection = ({ found, place }: { found: IntegrationView; place: Site }) => {
  const probe = useProbe(place);
  const href = webAddress(found.url);
  const works =
    found.works === null || found.works === undefined ? texts.unknown : found.works ? texts.works : texts.worksNot;
  return (
    <Stack borderRadius="md" borderWidth={1} data-integration={found.id} gap={2} p={3}>
      <HStack justify="space-between" wrap="wrap">
        <HStack fontSize="sm" gap={3} wrap="wrap">
          <Text fontWeight="medium">{found.name}</Text>
          <Badge colorPalette={found.works ? "success" : found.works === false ? "failed" : "gray"}>{works}</Badge>
          {href ? <OutLink href={href}>{found.url}</OutLink> : <Text>{found.url}</Text>}
          <Code fontSize="xs">{texts.integration(found.id)}</Code>
        </HStack>
        <HStack>
          <Text color="fg.muted" fontSize="xs">
            {found.probed_at ? (
              <>
                {texts.probed} <Time at={found.probed_at} relative />
              </>
            ) : (
              texts.neverProbed
            )}
          </Text>
          <Button
            aria-label={texts.probeNamed(found.name)}
            loading={probe.isPending}
            onClick={() => probe.mutate(found.id, { onError: notifyError })}
            size="xs"
            variant="outline"
          >
            {texts.probe}
          </Button>
        </HStack>
      </HStack>
      {found.findings?.length ? (
        <List.Root gap={1} variant="plain">
          {found.findings.map((finding) => (
            <List.Item key={finding.name}>
              <HStack align="flex-start" fontSize="sm">
                <Box flexShrink={0} w="72px">
                  <StatusBadge status={finding.level} />
                </Box>
                <Box>
                  {finding.message}{" "}
                  {finding.hint ? (
                    <Text as="span" color="fg.muted">
                      {finding.hint}
                    </Text>
                  ) : null}
                </Box>
              </HStack>
            </List.Item>
          ))}
        </List.Root>
      ) : null}
    </Stack>
  );
};

const Connections = ({ place }: { place: Site }) => {
  const found = useIntegrations(place);
  if (found.isPending) return <Loading />;
  if (found.isError) return <Failed error={found.error} retry={found.refetch} />;
  if (found.data.data.length === 0) {
    return (
      <Stack fontSize="sm" gap={1}>
        <Text>{texts.noConnections}</Text>
        <Code p={2}>{texts.connect(place.site)}</Code>
      </Stack>
    );
  }
  return (
    <>
      {found.data.data.map((each) => (
        <Connection found={each} key={each.id} place={place} />
      ))}
    </>
  );
};

type Show = (view: string, place: Site) => void;

const SiteCard = ({ account, site, onShow }: { account: string; site: SiteSummary; onShow: Show }) => {
  const place = { account, site: site.slug };
  const total = (name: string) => site.counts?.[`${name}.total`] ?? 0;
  return (
    <Section
      aside={
        <Text color="fg.muted" fontSize="sm">
          {account} / {site.slug}
        </Text>
      }
      title={site.name || site.slug}
    >
      <SimpleGrid columns={{ base: 3, md: 5 }} data-counts={site.slug} gap={4}>
        {COUNTED.map(([view, name]) => (
          <Stat key={view} label={texts.views[view] ?? view}>
            <Jump label={`${texts.views[view]}: ${formatNumber(total(name))}`} onJump={() => onShow(view, place)}>
              {formatNumber(total(name))}
            </Jump>
          </Stat>
        ))}
      </SimpleGrid>
      <Text color="fg.muted" fontSize="xs">
        {texts.connections}
      </Text>
      <Connections place={place} />
    </Section>
  );
};

/** Every site of every account, with how much there is for it and where it publishes to. */
export const SitesView = ({ accounts, onShow }: { accounts: readonly AccountSummary[]; onShow: Show }) => (
  <Stack gap={6}>
    {accounts.map((each) => (
      <Stack gap={3} key={each.account}>
        <HStack gap={3}>
          <Text fontWeight="semibold">{each.account}</Text>
          {each.credits ? (
            <Text color="fg.muted" fontSize="sm">
              {texts.credits(formatNumber(each.credits.balance), formatNumber(each.credits.reserved ?? 0))}
            </Text>
          ) : null}
        </HStack>
        {each.problem ? <Note status="warning" title={each.problem} /> : null}
        {!each.problem && each.sites.length === 0 ? (
          <Empty title={texts.noSites(each.account)}>
            <Text color="fg.muted">{texts.noSitesBody}</Text>
          </Empty>
        ) : null}
        {each.sites.map((site) => (
          <SiteCard account={each.account} key={site.slug} onShow={onShow} site={site} />
        ))}
      </Stack>
    ))}
  </Stack>
);
