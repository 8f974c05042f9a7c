import { Stack, Text } from "@chakra-ui/react";
import { memo, type RefObject, useMemo, useSyncExternalStore } from "react";
import { words } from "#shared";
import type { Fault } from "../api/schema";
import type { DraftStore } from "./model/draft";
import { YamlText } from "./YamlText";

const linesOf = (faults: readonly Fault[]): ReadonlySet<number> =>
  new Set(faults.flatMap((fault) => (fault.line ? [fault.line] : [])));

/** The draft as text. */
export const TextPane = memo(
  ({
    draft,
    area,
    errors,
    warnings,
    describedBy,
    onSave,
  }: {
    draft: DraftStore;
    area: RefObject<HTMLTextAreaElement | null>;
    errors: readonly Fault[];
    warnings: readonly Fault[];
    describedBy: string;
    onSave: () => void;
  }) => {
    const text = useSyncExternalStore(draft.subscribe, () => draft.get().text);
    return (
      <Stack gap={1} minW={0}>
        <YamlText
          area={area}
          describedBy={describedBy}
          errors={useMemo(() => linesOf(errors), [errors])}
          label={words.editor.label}
          onChange={draft.write}
          onSave={onSave}
          value={text}
          warnings={useMemo(() => linesOf(warnings), [warnings])}
        />
        <Text color="fg.muted" fontSize="xs">
          {words.editor.shortcut}
        </Text>
      </Stack>
    );
  },
);
