import { Box } from "@chakra-ui/react";

const COLOURS: Record<string, { bg: string; color: string }> = {
  "+": { bg: "success.subtle", color: "success.fg" },
  "-": { bg: "failed.subtle", color: "failed.fg" },
};

/** The lines that differ, as `diff -u` writes them. */
export const Diff = ({ text, label }: { text: string; label: string }) => (
  <Box
    aria-label={label}
    as="pre"
    borderRadius="md"
    borderWidth={1}
    fontFamily="mono"
    fontSize="xs"
    overflow="auto"
    p={2}
    role="region"
    tabIndex={0}
  >
    {text
      .split("\n")
      .filter((line) => !line.startsWith("---") && !line.startsWith("+++"))
      .map((line, number) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines of a text that does not change
        <Box key={number} px={1} {...(COLOURS[line[0] ?? ""] ?? (line.startsWith("@") ? { color: "fg.muted" } : {}))}>
          {line || " "}
        </Box>
      ))}
  </Box>
);
