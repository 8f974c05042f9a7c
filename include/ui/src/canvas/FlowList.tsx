import { HStack, Stack, Text } from "@chakra-ui/react";
import { useMemo } from "react";
import { StatusBadge, words } from "#shared";
import type { ActionProgress } from "../api/schema";
import { actionsOf } from "../editor/model/graph";
import type { Mapping } from "../editor/model/text";
import { titleOf, toldOf } from "./Canvas";
import { flowOf } from "./flow";

/** What the flow chart shows, as a list. */
export const FlowList = ({
  rule,
  names,
  about = {},
  progress = {},
}: {
  rule: Mapping;
  names: Readonly<Record<string, string>>;
  about?: Readonly<Record<string, string>>;
  progress?: Readonly<Record<string, ActionProgress>>;
}) => {
  const flow = useMemo(() => flowOf(rule), [rule]);
  const actions = useMemo(() => actionsOf(rule), [rule]);
  return (
    <Stack as="ol" gap={2} listStyleType="none">
      {flow.parts.map((part) => {
        const { title, sub } = titleOf(part, names);
        const action = part.kind === "action" ? actions[part.index] : undefined;
        const live = part.kind === "action" ? progress[part.action] : undefined;
        const after = action?.after.flatMap((place) => actions[place]?.id ?? []) ?? [];
        return (
          <Stack as="li" borderRadius="md" borderWidth={1} gap={0} key={part.id} p={2}>
            <HStack>
              <Text fontSize="sm" fontWeight="medium">
                {title}
              </Text>
              {live ? <StatusBadge status={live.state} /> : null}
            </HStack>
            <Text color="fg.muted" fontSize="xs">
              {[about[part.id], sub, after.length > 0 ? words.canvas.after(after) : "", live ? toldOf(live) : ""]
                .filter(Boolean)
                .join(" · ")}
            </Text>
          </Stack>
        );
      })}
    </Stack>
  );
};
