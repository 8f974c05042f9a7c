import { Badge, Button, HStack, List, Stack, Text } from "@chakra-ui/react";
import { useState } from "react";
import { useComparison, useRestore, useRevisions } from "../api/queries";
import { notify, notifyError } from "../notices";
import { Failed, Loading, Section } from "../parts/blocks";
import { Confirm } from "../parts/dialog";
import { Diff } from "../parts/diff";
import { Time } from "../parts/time";
import { words } from "../words";

/** What differs between two revisions of a rule, in words and as lines. */
export const Difference = ({ ruleId, before, after }: { ruleId: string; before: number; after: number }) => {
  const found = useComparison(ruleId, before, after);
  if (found.isPending) return <Loading />;
  if (found.isError) return <Failed error={found.error} retry={found.refetch} />;
  const told = words.rule.differs(before, after);
  return (
    <Stack bg="bg.subtle" borderRadius="md" gap={2} p={3}>
      <Text fontWeight="medium">{told}</Text>
      {found.data.in_words.length === 0 ? <Text>{words.rule.same}</Text> : null}
      <List.Root gap={1} ps={4}>
        {found.data.in_words.map((sentence) => (
          <List.Item key={sentence}>{sentence}</List.Item>
        ))}
      </List.Root>
      {found.data.diff ? <Diff label={told} text={found.data.diff} /> : null}
    </Stack>
  );
};

/** The history of a rule: who changed what, what differs from now, and a way back. */
export const Revisions = ({
  ruleId,
  current,
  mayRestore,
}: {
  ruleId: string;
  current: number | null;
  mayRestore: boolean;
}) => {
  const revisions = useRevisions(ruleId);
  const restore = useRestore(ruleId);
  const [compared, setCompared] = useState<number>();
  const [restoring, setRestoring] = useState<number>();
  if (revisions.isPending) return <Loading />;
  if (revisions.isError) return <Failed error={revisions.error} retry={revisions.refetch} />;
  const newest = revisions.data[0]?.revision ?? 0;
  return (
    <Section title={words.rule.revisions}>
      <Stack as="ol" gap={0} listStyleType="none">
        {revisions.data.map((revision) => (
          <Stack
            as="li"
            borderTopWidth={1}
            data-revision={revision.revision}
            gap={2}
            key={revision.revision}
            py={3}
            _first={{ borderTopWidth: 0, pt: 0 }}
          >
            <HStack align="flex-start" gap={4} justify="space-between">
              <Stack gap={1}>
                <HStack wrap="wrap">
                  <Text fontWeight="medium">{words.rule.revision(revision.revision)}</Text>
                  {revision.revision === current ? <Badge colorPalette="success">{words.rule.current}</Badge> : null}
                  {revision.deleted ? <Badge colorPalette="failed">{words.rule.deletedMark}</Badge> : null}
                  <Text color="fg.muted" fontSize="sm">
                    {words.rule.by(revision.author)} · <Time at={revision.saved_at} />
                  </Text>
                </HStack>
                <List.Root fontSize="sm" gap={0} ps={4}>
                  {revision.summary.map((sentence) => (
                    <List.Item key={sentence}>{sentence}</List.Item>
                  ))}
                </List.Root>
              </Stack>
              {revision.revision === newest || revision.deleted ? null : (
                <HStack>
                  <Button
                    aria-expanded={compared === revision.revision}
                    onClick={() => setCompared(compared === revision.revision ? undefined : revision.revision)}
                    size="xs"
                    variant="outline"
                  >
                    {words.rule.compare}
                  </Button>
                  {mayRestore ? (
                    <Button onClick={() => setRestoring(revision.revision)} size="xs" variant="outline">
                      {words.rule.restore}
                    </Button>
                  ) : null}
                </HStack>
              )}
            </HStack>
            {compared === revision.revision ? (
              <Difference after={newest} before={revision.revision} ruleId={ruleId} />
            ) : null}
          </Stack>
        ))}
      </Stack>
      <Confirm
        confirm={words.rule.restore}
        onClose={() => setRestoring(undefined)}
        onConfirm={() => {
          const number = restoring ?? 0;
          restore.mutate(
            { number, expected: current },
            {
              onError: notifyError,
              onSuccess: () => notify({ status: "success", text: words.rule.restored(number) }),
            },
          );
        }}
        open={restoring !== undefined}
        title={words.rule.restoreTitle(restoring ?? 0)}
      >
        {words.rule.restoreBody}
      </Confirm>
    </Section>
  );
};
