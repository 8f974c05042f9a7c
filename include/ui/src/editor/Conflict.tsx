import { Box, Button, Code, Grid, HStack, Stack, Text } from "@chakra-ui/react";
import { Note, words } from "#shared";
import type { Conflict } from "../api/schema";

const Side = ({ title, text }: { title: string; text: string }) => (
  <Stack gap={1} minW={0}>
    <Text fontWeight="medium">{title}</Text>
    <Code
      aria-label={title}
      bg="bg"
      display="block"
      fontSize="xs"
      maxH="40vh"
      overflow="auto"
      p={2}
      role="region"
      tabIndex={0}
      whiteSpace="pre"
    >
      {text}
    </Code>
  </Stack>
);

/** Both versions of a rule that somebody else has saved meanwhile, for the user to decide. */
export const ConflictNote = ({
  conflict,
  mine,
  onTheirs,
  onMine,
}: {
  conflict: Conflict;
  mine: string;
  onTheirs: () => void;
  onMine: () => void;
}) => (
  <Box data-conflict="">
    <Note status="warning" title={words.editor.conflict}>
      <Stack gap={3}>
        <Text>{words.editor.conflictBody(conflict.expected_revision, conflict.current_revision)}</Text>
        <Grid gap={3} gridTemplateColumns="1fr 1fr">
          <Side text={conflict.current ?? words.none} title={words.editor.theirs} />
          <Side text={mine} title={words.editor.mine} />
        </Grid>
        <HStack>
          {conflict.current === null ? null : (
            <Button onClick={onTheirs} size="xs" variant="outline">
              {words.editor.takeTheirs}
            </Button>
          )}
          <Button onClick={onMine} size="xs" variant="outline">
            {words.editor.keepMine}
          </Button>
        </HStack>
      </Stack>
    </Note>
  </Box>
);
