// What else a rule may say, each thing folded until it is wanted: made of the rule's schema.
import { Box, Button, HStack, IconButton, Stack, Text } from "@chakra-ui/react";
import { CloseIcon, Note, PlusIcon, Section, words } from "#shared";
import { type Path, pathText } from "../model/text";
import { AddAction } from "./actions";
import { FaultTexts } from "./controls";
import { useEditing, useFaults, useValue } from "./editing";
import { Given } from "./fields";
import { Folded } from "./folded";
import { Params } from "./params";

/** Actions that are no steps of the rule, one after the other: what is done when one of these has failed. */
const FailureActions = ({ path }: { path: Path }) => {
  const { draft, catalogue } = useEditing();
  const value = useValue(path);
  const actions = Array.isArray(value) ? value : [];
  const fitting = catalogue.filter((type) => type.runs_in === "airflow");
  return (
    <Stack gap={3}>
      {actions.map((_, place) => (
        <FailureAction
          // biome-ignore lint/suspicious/noArrayIndexKey: two may be the same while one is being made
          key={place}
          onRemove={() => draft.edit({ kind: "remove", path: actions.length === 1 ? path : [...path, place] })}
          path={[...path, place]}
        />
      ))}
      <Box>
        <AddAction
          onAdd={(type) => draft.edit({ kind: "insert", path, at: actions.length, value: { type } })}
          types={fitting}
        >
          <Button size="xs" variant="outline">
            <PlusIcon />
            {words.form.actions.add}
          </Button>
        </AddAction>
      </Box>
    </Stack>
  );
};

const FailureAction = ({ path, onRemove }: { path: Path; onRemove: () => void }) => {
  const { catalogue } = useEditing();
  const value = useValue([...path, "type"]);
  const type = catalogue.find((each) => each.type === value);
  const own = useFaults(path);
  const ofType = useFaults([...path, "type"]);
  return (
    <Stack borderRadius="md" borderWidth={1} data-path={pathText(path)} gap={3} p={3}>
      <HStack justify="space-between">
        <Text fontWeight="medium">{type?.name ?? String(value)}</Text>
        <IconButton
          aria-label={words.form.actions.remove(type?.name ?? String(value))}
          onClick={onRemove}
          size="xs"
          variant="ghost"
        >
          <CloseIcon />
        </IconButton>
      </HStack>
      <FaultTexts faults={[...own, ...ofType]} />
      {type ? (
        <Params path={[...path, "params"]} type={type} />
      ) : (
        <Note status="warning" title={words.form.action.unknown(String(value ?? ""))} />
      )}
    </Stack>
  );
};

export const FurtherForm = () => {
  const { further } = useEditing();
  return (
    <Section title={words.form.further.title}>
      <Stack as="ul" gap={0} listStyleType="none">
        {further.map((field) => (
          <Box _first={{ borderTopWidth: 0 }} as="li" borderTopWidth={1} key={field.name} py={1}>
            <Folded field={field} path={[field.name]}>
              {field.input.kind === "actions" ? (
                <FailureActions path={[field.name]} />
              ) : (
                <Given field={field} index={undefined} path={[field.name]} />
              )}
            </Folded>
          </Box>
        ))}
      </Stack>
    </Section>
  );
};
