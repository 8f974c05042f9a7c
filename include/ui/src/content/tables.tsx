import { Button, Stack, Table, Text } from "@chakra-ui/react";
import type { ReactNode } from "react";
import type { ArticleItem, ClusterItem, IdeaItem, KeywordItem, PostView, SitePost } from "../api/schema";
import { formatNumber, webAddress } from "../format";
import { OutLink, RouterLink } from "../parts/blocks";
import { StatusBadge } from "../parts/status";
import { Column } from "../parts/table";
import { Time } from "../parts/time";
import { places } from "../places";
import { words } from "../words";
import { Jump } from "./Jump";
import type { Collections, Site } from "./queries";

const texts = words.content;

/** What the cells of a table need besides the item. */
export interface Around {
  place: Site;
  clusterName: (id: number | null) => string | undefined;
  onCluster: (id: number) => void;
  /** Show the keywords of a cluster. */
  onKeywords: (clusterId: number) => void;
}

interface Shown<Item> {
  name: string;
  /** The field to sort by, where the API can. */
  by?: string;
  end?: boolean;
  cell: (item: Item, around: Around) => ReactNode;
}

const amount = (value: number | null | undefined) =>
  value === null || value === undefined ? words.none : formatNumber(value);

const Cluster = ({ id, around }: { id: number | null; around: Around }) =>
  id === null ? (
    words.none
  ) : (
    <Button
      fontSize="inherit"
      fontWeight="normal"
      h="auto"
      mx={-2}
      onClick={() => around.onCluster(id)}
      px={2}
      size="xs"
      textAlign="start"
      variant="ghost"
      whiteSpace="normal"
    >
      {around.clusterName(id) ?? texts.number(id)}
    </Button>
  );

/** Where an article can be read; a post without an address that a link may lead to is named by its number. */
export const PostLinks = ({ posts }: { posts: readonly PostView[] }) => (
  <Stack fontSize="sm" gap={0} minW="16ch" overflowWrap="anywhere">
    {posts.map((post) => {
      const href = webAddress(post.post_url);
      const name = post.post_id ? texts.number(post.post_id) : words.none;
      return href ? (
        <OutLink href={href} key={post.integration_id}>
          {href}
        </OutLink>
      ) : (
        <Text key={post.integration_id}>{name}</Text>
      );
    })}
  </Stack>
);

const status = <Item extends { status: string }>(): Shown<Item> => ({
  name: texts.columns.status,
  by: "status",
  cell: (item) => <StatusBadge status={item.status} />,
});
const cluster = <Item extends { cluster_id: number | null }>(): Shown<Item> => ({
  name: texts.columns.cluster,
  cell: (item, around) => <Cluster around={around} id={item.cluster_id} />,
});
const added = <Item extends { created_at: string }>(): Shown<Item> => ({
  name: texts.columns.added,
  by: "created_at",
  cell: (item) => <Time at={item.created_at} relative />,
});

const keywords: Shown<KeywordItem>[] = [
  { name: texts.columns.phrase, by: "phrase", cell: (item) => item.phrase },
  { name: texts.columns.volume, by: "volume", end: true, cell: (item) => amount(item.volume) },
  { name: texts.columns.difficulty, by: "difficulty", end: true, cell: (item) => amount(item.difficulty) },
  { name: texts.columns.intent, by: "intent", cell: (item) => item.intent ?? words.none },
  cluster(),
  status(),
  added(),
];

const clusters: Shown<ClusterItem>[] = [
  { name: texts.columns.name, by: "name", cell: (item) => item.name },
  {
    name: texts.columns.keywords,
    by: "keyword_count",
    end: true,
    cell: (item, around) => (
      <Jump
        label={`${texts.columns.keywords}: ${amount(item.keyword_count)}, ${item.name}`}
        onJump={() => around.onKeywords(item.id)}
      >
        {amount(item.keyword_count)}
      </Jump>
    ),
  },
  { name: texts.columns.volume, by: "volume", end: true, cell: (item) => amount(item.volume) },
  { name: texts.columns.difficulty, by: "difficulty", end: true, cell: (item) => amount(item.difficulty) },
  { name: texts.columns.opportunity, by: "opportunity", end: true, cell: (item) => amount(item.opportunity) },
  status(),
  added(),
];

const ideas: Shown<IdeaItem>[] = [
  { name: texts.columns.title, by: "title", cell: (item) => item.title },
  { name: texts.columns.keyword, by: "keyword", cell: (item) => item.keyword },
  { name: texts.columns.volume, by: "volume", end: true, cell: (item) => amount(item.volume) },
  cluster(),
  status(),
  added(),
];

const articles: Shown<ArticleItem>[] = [
  {
    name: texts.columns.title,
    by: "title",
    cell: (item, around) => (
      <RouterLink to={places.article(item.id, around.place.account)}>{item.title ?? texts.number(item.id)}</RouterLink>
    ),
  },
  status(),
  { name: texts.columns.words, by: "word_count", end: true, cell: (item) => amount(item.word_count) },
  { name: texts.columns.score, by: "seo_score", end: true, cell: (item) => amount(item.seo_score) },
  { name: texts.columns.updated, by: "updated_at", cell: (item) => <Time at={item.updated_at} relative /> },
  {
    name: texts.columns.posts,
    cell: (item) => (item.posts?.length ? <PostLinks posts={item.posts} /> : words.none),
  },
];

const posts: Shown<SitePost>[] = [
  {
    name: texts.columns.article,
    cell: (item, around) => (
      <RouterLink to={places.article(item.content_id, around.place.account)}>{item.title}</RouterLink>
    ),
  },
  { name: texts.columns.where, cell: (item) => item.integration },
  {
    name: texts.columns.status,
    cell: (item) => (item.post_status ? <StatusBadge status={item.post_status} /> : words.none),
  },
  { name: texts.columns.address, cell: (item) => <PostLinks posts={[item]} /> },
  { name: texts.columns.written, cell: (item) => <Time at={item.updated_at} relative /> },
];

const TABLES: { [Name in keyof Collections]?: Shown<Collections[Name]>[] } = {
  keywords,
  clusters,
  ideas,
  articles,
  posts,
};

/** The items of a collection in a table. */
export const ItemsTable = <Name extends keyof Collections>({
  name,
  items,
  around,
  ordering,
  onOrder,
}: {
  name: Name;
  items: readonly Collections[Name][];
  around: Around;
  ordering: string;
  onOrder: (ordering: string) => void;
}) => {
  const columns: Shown<Collections[Name]>[] = TABLES[name] ?? [];
  return (
    <Table.ScrollArea borderRadius="md" borderWidth={1} flexShrink={0}>
      <Table.Root aria-label={texts.views[name]} size="sm">
        <Table.Header>
          <Table.Row bg="bg.subtle">
            {columns.map((column) => (
              <Column
                by={column.by}
                end={column.end}
                key={column.name}
                name={column.name}
                onOrder={onOrder}
                ordering={ordering}
              />
            ))}
          </Table.Row>
        </Table.Header>
        <Table.Body>
          {items.map((item) => (
            <Table.Row
              data-item={"id" in item ? item.id : item.content_id}
              key={"id" in item ? item.id : `${item.content_id} ${item.integration_id}`}
            >
              {columns.map((column) => (
                <Table.Cell
                  key={column.name}
                  maxW="420px"
                  textAlign={column.end ? "end" : undefined}
                  whiteSpace="normal"
                >
                  {column.cell(item, around)}
                </Table.Cell>
              ))}
            </Table.Row>
          ))}
        </Table.Body>
      </Table.Root>
    </Table.ScrollArea>
  );
};
