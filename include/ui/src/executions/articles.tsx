import { HStack, Text } from "@chakra-ui/react";
import { RouterLink } from "../parts/blocks";
import { places } from "../places";
import { words } from "../words";

const SHOWN = 5;

/** Links to the articles that a run wrote or worked on. */
export const Articles = ({ ids = [], account }: { ids?: readonly number[]; account: string }) =>
  ids.length === 0 ? null : (
    <HStack fontSize="xs" gap={2} wrap="wrap">
      <Text color="fg.muted">{words.executions.articles}</Text>
      {ids.slice(0, SHOWN).map((id) => (
        <RouterLink key={id} to={places.article(id, account)}>
          {words.content.number(id)}
        </RouterLink>
      ))}
      {ids.length > SHOWN ? <Text color="fg.muted">{words.executions.moreItems(ids.length - SHOWN)}</Text> : null}
    </HStack>
  );
