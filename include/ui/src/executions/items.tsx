import { Table, Text } from "@chakra-ui/react";
import type { Item } from "../api/schema";
import { formatNumber, formatValue, webAddress } from "../format";
import { errorColor, OutLink, RouterLink, warningColor } from "../parts/blocks";
import { statusName } from "../parts/status";
import { places } from "../places";
import { words } from "../words";

const SHOWN = 100;

/** The words of a text that lead to others of the site now. */
const linkedWords = (links: unknown): string[] =>
  Array.isArray(links) ? links.flatMap((each) => (typeof each?.words === "string" ? [each.words] : [])) : [];

/** What was made of an item: its article and its addresses as links, everything else in a line. */
const Result = ({ item, account }: { item: Item; account: string }) => {
  const entries = Object.entries(item.result ?? {});
  const links = entries.flatMap(([name, value]) => {
    const href = webAddress(value);
    return href ? [{ name, href }] : [];
  });
  const rest = entries.filter(([, value]) => value !== null && typeof value !== "object" && !webAddress(value));
  const article = item.result?.content_id;
  const linked = linkedWords(item.result?.links);
  if (item.error) return <Text color={errorColor}>{item.error}</Text>;
  return (
    <>
      {typeof article === "number" ? (
        <RouterLink to={places.article(article, account)}>{words.content.openArticle}</RouterLink>
      ) : null}
      {links.map(({ name, href }) => (
        <Text key={name}>
          <OutLink href={href}>{href}</OutLink>
        </Text>
      ))}
      {item.warnings?.map((warning) => (
        <Text color={warningColor} key={warning}>
          {warning}
        </Text>
      ))}
      <Text color="fg.muted" fontSize="xs">
        {[
          ...rest.map(([name, value]) => `${name.replaceAll("_", " ")}: ${formatValue(value)}`),
          ...(linked.length > 0 ? [words.executions.linked(linked)] : []),
        ].join(" · ")}
      </Text>
    </>
  );
};

/** What became of each item of an action. */
export const Items = ({ items, label, account }: { items: readonly Item[]; label: string; account: string }) => {
  const columns = words.executions.itemColumns;
  return (
    <Table.ScrollArea borderRadius="md" borderWidth={1}>
      <Table.Root aria-label={label} size="sm">
        <Table.Header>
          <Table.Row bg="bg.subtle">
            <Table.ColumnHeader>{columns.item}</Table.ColumnHeader>
            <Table.ColumnHeader>{columns.state}</Table.ColumnHeader>
            <Table.ColumnHeader>{columns.result}</Table.ColumnHeader>
            <Table.ColumnHeader textAlign="end">{columns.credits}</Table.ColumnHeader>
          </Table.Row>
        </Table.Header>
        <Table.Body>
          {items.slice(0, SHOWN).map((item) => (
            <Table.Row key={`${item.id} ${item.label}`}>
              <Table.Cell maxW="360px">{item.label || formatValue(item.id)}</Table.Cell>
              <Table.Cell color={item.error ? "failed.fg" : undefined}>{statusName(item.state)}</Table.Cell>
              <Table.Cell>
                <Result account={account} item={item} />
              </Table.Cell>
              <Table.Cell textAlign="end">{formatNumber(item.credits ?? 0)}</Table.Cell>
            </Table.Row>
          ))}
        </Table.Body>
      </Table.Root>
      {items.length > SHOWN ? (
        <Text color="fg.muted" fontSize="sm" p={2}>
          {words.executions.moreItems(items.length - SHOWN)}
        </Text>
      ) : null}
    </Table.ScrollArea>
  );
};
