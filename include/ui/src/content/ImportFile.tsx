import { Box, Button, HStack, Spinner, Stack, Table, Text } from "@chakra-ui/react";
import { useRef, useState } from "react";
import type { ImportReport } from "../api/schema";
import { notify } from "../notices";
import { Failed, Note } from "../parts/blocks";
import { words } from "../words";
import { pick } from "./files";
import { type Site, useImport } from "./queries";

const texts = words.content;

const Report = ({ report, name }: { report: ImportReport; name: string }) => {
  const rejected = report.rejected ?? [];
  const all = report.rejected_rows ?? rejected.length;
  const columns = texts.rejectedColumns;
  return (
    <Stack gap={3}>
      <Note status={all > 0 ? "warning" : "success"} title={texts.imported(name)}>
        <Text data-report="">{texts.importedSum(report.added, report.merged, all)}</Text>
      </Note>
      {rejected.length > 0 ? (
        <Table.ScrollArea borderRadius="md" borderWidth={1} maxH="240px">
          <Table.Root aria-label={texts.rejected} size="sm">
            <Table.Header>
              <Table.Row bg="bg.subtle">
                <Table.ColumnHeader textAlign="end" w="80px">
                  {columns.line}
                </Table.ColumnHeader>
                <Table.ColumnHeader>{columns.reason}</Table.ColumnHeader>
                <Table.ColumnHeader>{columns.text}</Table.ColumnHeader>
              </Table.Row>
            </Table.Header>
            <Table.Body>
              {rejected.map((row) => (
                <Table.Row key={row.line}>
                  <Table.Cell textAlign="end">{row.line}</Table.Cell>
                  <Table.Cell>{row.reason}</Table.Cell>
                  <Table.Cell fontFamily="mono" fontSize="xs">
                    {row.text}
                  </Table.Cell>
                </Table.Row>
              ))}
            </Table.Body>
          </Table.Root>
          {all > rejected.length ? <Text p={2}>{texts.moreRejected(all - rejected.length)}</Text> : null}
        </Table.ScrollArea>
      ) : null}
    </Stack>
  );
};

/** A place to drop a file of keywords on, or to choose one; says what became of it. */
export const ImportFile = ({ place }: { place: Site }) => {
  const input = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const importing = useImport(place);
  const take = (files: FileList | null | undefined) => {
    const picked = pick(files);
    if (input.current) input.current.value = ""; // so that the same file can be chosen again
    if (!picked || importing.isPending) return;
    if ("file" in picked) importing.mutate(picked.file);
    else notify({ status: "error", text: picked.refusal === "large" ? texts.tooLarge(picked.name) : texts.oneFile });
  };
  const name = importing.variables?.name ?? "";
  return (
    <Stack gap={3}>
      <Box
        bg={over ? "brand.subtle" : undefined}
        borderColor={over ? "brand.solid" : "border.emphasized"}
        borderRadius="md"
        borderStyle="dashed"
        borderWidth={1}
        data-drop=""
        onDragLeave={() => setOver(false)}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDrop={(event) => {
          event.preventDefault();
          setOver(false);
          take(event.dataTransfer.files);
        }}
        px={4}
        py={3}
      >
        <HStack gap={4} justify="space-between" wrap="wrap">
          <Box>
            <Text fontSize="sm" fontWeight="medium">
              {texts.drop}
            </Text>
            <Text color="fg.muted" fontSize="xs">
              {texts.dropBody}
            </Text>
          </Box>
          {importing.isPending ? (
            <HStack role="status">
              <Spinner size="sm" />
              <Text fontSize="sm">{texts.importing(name)}</Text>
            </HStack>
          ) : (
            <Button onClick={() => input.current?.click()} size="sm" variant="outline">
              {texts.choose}
            </Button>
          )}
        </HStack>
        <input
          accept=".csv,.tsv,.txt,text/csv"
          aria-label={texts.file}
          hidden
          onChange={(event) => take(event.currentTarget.files)}
          ref={input}
          type="file"
        />
      </Box>
      <Box aria-live="polite">
        {importing.isError ? <Failed error={importing.error} /> : null}
        {importing.isSuccess ? <Report name={name} report={importing.data} /> : null}
      </Box>
    </Stack>
  );
};
