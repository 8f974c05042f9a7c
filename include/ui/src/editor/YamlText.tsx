import { Box, chakra, HStack } from "@chakra-ui/react";
import { type KeyboardEvent, memo, useRef } from "react";

const LINE = 20;
const INDENT = "  ";

/** Where the line of that number begins in a text. */
export const startOfLine = (text: string, line: number): number =>
  text
    .split("\n")
    .slice(0, Math.max(0, line - 1))
    .reduce((length, each) => length + each.length + 1, 0);

const Numbers = memo(
  ({ lines, errors, warnings }: { lines: number; errors: ReadonlySet<number>; warnings: ReadonlySet<number> }) => (
    <>
      {Array.from({ length: lines }, (_, index) => index + 1).map((number) => (
        <Box
          bg={errors.has(number) ? "failed.muted" : warnings.has(number) ? "warning.muted" : undefined}
          color={errors.has(number) || warnings.has(number) ? "fg" : undefined}
          h={`${LINE}px`}
          key={number}
          px={2}
        >
          {number}
        </Box>
      ))}
    </>
  ),
);

/** A text with line numbers; the lines that something is said of are coloured. */
export const YamlText = ({
  value,
  label,
  describedBy,
  errors,
  warnings,
  onChange,
  onSave,
  area,
}: {
  value: string;
  label: string;
  describedBy: string;
  errors: ReadonlySet<number>;
  warnings: ReadonlySet<number>;
  onChange: (value: string) => void;
  onSave: () => void;
  area: React.RefObject<HTMLTextAreaElement | null>;
}) => {
  const gutter = useRef<HTMLDivElement>(null);
  const leaving = useRef(false);
  const lines = value.split("\n").length;

  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if ((event.ctrlKey || event.metaKey) && event.key === "s") {
      event.preventDefault();
      onSave();
    } else if (event.key === "Escape") {
      leaving.current = true; // the next Tab goes on to the next control, as it does everywhere else
    } else if (event.key === "Tab" && !event.shiftKey && !leaving.current) {
      event.preventDefault();
      document.execCommand("insertText", false, INDENT); // unlike setting the value, this can be undone
    } else if (event.key !== "Tab") {
      leaving.current = false;
    }
  };

  return (
    <HStack
      _focusWithin={{ borderColor: "brand.focusRing", outline: "1px solid", outlineColor: "brand.focusRing" }}
      align="stretch"
      borderColor="border.emphasized"
      borderRadius="md"
      borderWidth={1}
      fontFamily="mono"
      fontSize="13px"
      gap={0}
      h="max(360px, calc(100vh - 300px))"
      lineHeight={`${LINE}px`}
      overflow="hidden"
    >
      <Box
        aria-hidden="true"
        bg="bg.subtle"
        color="fg.muted"
        flexShrink={0}
        overflow="hidden"
        py={2}
        ref={gutter}
        textAlign="end"
        userSelect="none"
      >
        <Numbers errors={errors} lines={lines} warnings={warnings} />
      </Box>
      <chakra.textarea
        aria-describedby={describedBy}
        aria-invalid={errors.size > 0}
        aria-label={label}
        bg="transparent"
        flex={1}
        minW={0}
        onChange={(event) => onChange(event.currentTarget.value)}
        onKeyDown={onKeyDown}
        onScroll={(event) => {
          if (gutter.current) gutter.current.scrollTop = event.currentTarget.scrollTop;
        }}
        outline="none"
        p={2}
        ref={area}
        resize="none"
        spellCheck={false}
        value={value}
        whiteSpace="pre"
        wrap="off"
      />
    </HStack>
  );
};
