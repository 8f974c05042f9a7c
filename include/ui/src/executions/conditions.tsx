import { Code, Stack, Table, Text } from "@chakra-ui/react";
import type { Ledger } from "../api/schema";
import { formatValue } from "../format";
import { Time } from "../parts/time";
import { words } from "../words";

/** Every condition with what it asked for and what it found. */
export const Conditions = ({ ledger }: { ledger: Ledger }) => {
  const columns = words.executions.conditionColumns;
  return (
    <Stack gap={2}>
      <Text>
        {ledger.reason}{" "}
        <Text as="span" color="fg.muted" fontSize="xs">
          <Time at={ledger.checked_at} />
        </Text>
      </Text>
      {ledger.findings.length > 0 ? (
        <Table.ScrollArea borderRadius="md" borderWidth={1}>
          <Table.Root size="sm">
            <Table.Header>
              <Table.Row bg="bg.subtle">
                <Table.ColumnHeader>{columns.field}</Table.ColumnHeader>
                <Table.ColumnHeader>{columns.asked}</Table.ColumnHeader>
                <Table.ColumnHeader>{columns.actual}</Table.ColumnHeader>
                <Table.ColumnHeader>{columns.holds}</Table.ColumnHeader>
              </Table.Row>
            </Table.Header>
            <Table.Body>
              {ledger.findings.map((finding) => (
                <Table.Row key={finding.path}>
                  <Table.Cell>
                    <Code variant="plain">{finding.field}</Code>
                  </Table.Cell>
                  <Table.Cell>
                    {words.form.operators[finding.operator] ?? finding.operator}{" "}
                    <Code>{formatValue(finding.value)}</Code>
                  </Table.Cell>
                  <Table.Cell>
                    {finding.present ? <Code>{formatValue(finding.actual)}</Code> : words.executions.missing}
                  </Table.Cell>
                  <Table.Cell color={finding.holds ? "success.fg" : "failed.fg"} fontWeight="medium">
                    {finding.holds ? words.executions.yes : words.executions.no}
                  </Table.Cell>
                </Table.Row>
              ))}
            </Table.Body>
          </Table.Root>
        </Table.ScrollArea>
      ) : null}
    </Stack>
  );
};
