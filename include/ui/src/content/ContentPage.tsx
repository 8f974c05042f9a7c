import { Button, HStack, Input, NativeSelect, Stack, Text } from "@chakra-ui/react";
import type { AccountSummary, ImageItem } from "../api/schema";
import { formatNumber } from "../format";
import { Empty, Failed, LinkButton, Loading } from "../parts/blocks";
import { Choice, Pager, Views } from "../parts/controls";
import { Page } from "../parts/frame";
import { statusName } from "../parts/status";
import { places, useAddress, useRested } from "../places";
import { words } from "../words";
import { statusesOf } from "./files";
import { ImageGrid } from "./ImageGrid";
import { ImportFile } from "./ImportFile";
import { type Collections, type Site, useAccounts, useClusterNames, useItems } from "./queries";
import { SitesView } from "./SitesView";
import { placeOf, together } from "./sites";
import { ItemsTable } from "./tables";

const texts = words.content;
const NOTHING = { view: "sites", account: "", site: "", search: "", status: "", cluster: "", ordering: "", page: "1" };
type Address = typeof NOTHING;
/** What no other view takes over. */
const AFRESH = { search: "", status: "", cluster: "", ordering: "", page: "1" };
const PAGE_SIZE = 50;
const TYPING = 250;

const COLLECTIONS: (keyof Collections)[] = ["keywords", "clusters", "ideas", "articles", "images", "posts"];
const isCollection = (view: string): view is keyof Collections => COLLECTIONS.some((name) => name === view);
/** What a list shows first, where it is sorted by nothing else. */
const FIRST: Partial<Record<keyof Collections, string>> = {
  keywords: "-volume",
  clusters: "-opportunity",
  ideas: "-volume",
  articles: "-updated_at",
  images: "-id",
};
const counted = (name: keyof Collections) => (name === "articles" ? "content" : name);

const SiteChoice = ({
  accounts,
  place,
  more,
  onChoose,
}: {
  accounts: readonly AccountSummary[];
  place: Site;
  /** Whether there are others, which are looked for among the sites. */
  more: boolean;
  onChoose: (place: Site | undefined) => void;
}) => (
  <NativeSelect.Root size="sm" w="auto">
    <NativeSelect.Field
      aria-label={texts.site}
      borderColor="border.emphasized"
      onChange={(event) => {
        const [account = "", site = ""] = event.currentTarget.value.split("/");
        onChoose(account ? { account, site } : undefined);
      }}
      value={`${place.account}/${place.site}`}
    >
      {accounts.flatMap((each) =>
        each.sites.map(({ slug }) => (
          <option key={`${each.account}/${slug}`} value={`${each.account}/${slug}`}>
            {`${each.account} / ${slug}`}
          </option>
        )),
      )}
      {more ? <option value="">{texts.otherAccounts}</option> : null}
    </NativeSelect.Field>
    <NativeSelect.Indicator />
  </NativeSelect.Root>
);

const Collection = <Name extends keyof Collections>({
  name,
  place,
  counts,
  address,
  setAddress,
}: {
  name: Name;
  place: Site;
  counts: Record<string, number>;
  address: Address;
  setAddress: (changes: Partial<Address>) => void;
}) => {
  const search = useRested(address.search, TYPING);
  const ordering = address.ordering || (FIRST[name] ?? "");
  const asked = name === "posts" ? {} : { search, status: address.status, cluster: address.cluster, ordering };
  const items = useItems(name, place, { ...asked, page: Number(address.page) || 1, page_size: PAGE_SIZE });
  const names = useClusterNames(place);
  const filter = (changes: Partial<Address>) => setAddress({ page: "1", ...changes });
  const unfiltered = !(address.search || address.status || address.cluster);
  const statuses = statusesOf(counts, counted(name));
  const clusterName = (id: number | null) => (id === null ? undefined : (names.data?.get(id) ?? undefined));
  const shown = items.data?.data ?? [];
  const bare = unfiltered && items.data?.meta.count === 0;
  return (
    <>
      {name === "keywords" ? <ImportFile place={place} /> : null}
      {name === "posts" || bare ? null : (
        <HStack wrap="wrap">
          <Input
            aria-label={texts.search(texts.views[name] ?? name)}
            borderColor="border.emphasized"
            maxW="320px"
            onChange={(event) => filter({ search: event.currentTarget.value })}
            placeholder={texts.search(texts.views[name] ?? name)}
            size="sm"
            type="search"
            value={address.search}
          />
          {statuses.length > 1 ? (
            <Choice
              label={texts.status}
              onChange={(status) => filter({ status })}
              options={statuses.map(([key, number]) => [key, `${statusName(key)} (${formatNumber(number)})`])}
              value={address.status}
            />
          ) : null}
          {address.cluster ? (
            <>
              <Text fontSize="sm">
                {texts.ofCluster(clusterName(Number(address.cluster)) ?? texts.number(Number(address.cluster)))}
              </Text>
              <Button onClick={() => filter({ cluster: "" })} size="xs" variant="outline">
                {texts.showAll}
              </Button>
            </>
          ) : null}
        </HStack>
      )}
      {items.isError ? <Failed error={items.error} retry={items.refetch} /> : null}
      {items.isPending ? <Loading /> : null}
      {items.data?.meta.count === 0 ? (
        bare ? (
          <Empty title={texts.empty[name] ?? ""}>
            <Text color="fg.muted">{texts.next[name]}</Text>
            {name === "keywords" ? null : <LinkButton to={places.presets}>{texts.presets}</LinkButton>}
          </Empty>
        ) : (
          <Empty title={texts.noneFound}>
            <Button onClick={() => filter({ search: "", status: "", cluster: "" })} size="sm" variant="outline">
              {words.rules.clear}
            </Button>
          </Empty>
        )
      ) : null}
      {items.data && shown.length > 0 ? (
        <>
          {name === "images" ? (
            <ImageGrid images={shown as readonly ImageItem[]} place={place} />
          ) : (
            <ItemsTable
              around={{
                place,
                clusterName,
                onCluster: (id) => filter({ cluster: String(id) }),
                onKeywords: (id) => setAddress({ ...AFRESH, view: "keywords", cluster: String(id) }),
              }}
              items={shown}
              name={name}
              onOrder={(changed) => filter({ ordering: changed })}
              ordering={ordering}
            />
          )}
          <Pager meta={items.data.meta} onPage={(page) => setAddress({ page: String(page) })} />
        </>
      ) : null}
    </>
  );
};

/** What there is for the sites: what rules work on, and what they have made. */
export const ContentPage = () => {
  const [address, setAddress] = useAddress(NOTHING);
  const searching = isCollection(address.view) ? "" : address.search;
  const search = useRested(searching, TYPING);
  const page = isCollection(address.view) ? 1 : Number(address.page) || 1;
  const accounts = useAccounts({ search, page });
  const named = useAccounts({ account: address.account }, address.account !== "" && isCollection(address.view));
  const listed = accounts.data?.data ?? [];
  const waiting = address.account !== "" && isCollection(address.view) && named.isPending;
  const known = isCollection(address.view) ? together(named.data?.data ?? [], listed) : listed;
  const many = (accounts.data?.meta.count ?? 0) > listed.length;
  const place = placeOf(known, address);
  const site = known.find((each) => each.account === place?.account)?.sites.find(({ slug }) => slug === place?.site);
  const view = isCollection(address.view) && place ? address.view : "sites";
  return (
    <Page
      aside={
        place && view !== "sites" ? (
          <SiteChoice
            accounts={known}
            more={many}
            onChoose={(chosen) => setAddress({ ...AFRESH, ...(chosen ?? { view: "sites" }) })}
            place={place}
          />
        ) : null
      }
      title={words.tabs.content}
    >
      {accounts.isError ? <Failed error={accounts.error} retry={accounts.refetch} /> : null}
      {accounts.isPending || waiting ? <Loading /> : null}
      {accounts.data && known.length === 0 && !searching ? (
        <Empty title={texts.noAccounts}>
          <Text color="fg.muted">{texts.noAccountsBody}</Text>
          <HStack>
            <LinkButton to={places.presets}>{texts.presets}</LinkButton>
            <LinkButton colorPalette="brand" to={places.newRule} variant="solid">
              {texts.makeRule}
            </LinkButton>
          </HStack>
        </Empty>
      ) : null}
      {(known.length > 0 || searching) && !waiting ? (
        <Views
          label={texts.viewsLabel}
          onChange={(chosen) => setAddress({ ...AFRESH, view: chosen })}
          options={["sites", ...COLLECTIONS].map((name) => [name, texts.views[name] ?? name])}
          value={view}
        >
          <Stack gap={4}>
            {view === "sites" || !place ? (
              <>
                {many || searching ? (
                  <Input
                    aria-label={texts.searchAccounts}
                    borderColor="border.emphasized"
                    maxW="320px"
                    onChange={(event) => setAddress({ search: event.currentTarget.value, page: "1" })}
                    placeholder={texts.searchAccounts}
                    size="sm"
                    type="search"
                    value={address.search}
                  />
                ) : null}
                {accounts.data && known.length === 0 ? <Empty title={texts.noneFound} /> : null}
                <SitesView accounts={known} onShow={(shown, at) => setAddress({ ...AFRESH, ...at, view: shown })} />
                {accounts.data && many ? (
                  <Pager meta={accounts.data.meta} onPage={(to) => setAddress({ page: String(to) })} />
                ) : null}
              </>
            ) : (
              <Collection
                address={address}
                counts={site?.counts ?? {}}
                key={`${view} ${place.account} ${place.site}`}
                name={view as keyof Collections}
                place={place}
                setAddress={setAddress}
              />
            )}
          </Stack>
        </Views>
      ) : null}
    </Page>
  );
};
