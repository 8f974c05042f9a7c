// One action: what it is told, and under "more" its name, what it waits for, and when it is skipped.
import { Box, Button, Checkbox, HStack, Stack, Text } from "@chakra-ui/react";
import { memo, useMemo, useState } from "react";
import { DownIcon, Note, RightIcon, words } from "#shared";
import { actionFields, eventFields } from "../model/actions";
import type { Field } from "../model/fields";
import { runsBefore } from "../model/graph";
import { renameEdits } from "../model/rename";
import { Conditions } from "./conditions";
import { FaultTexts, Labelled, Select, TextField, useChange } from "./controls";
import { useActions, useEditing, useFaults, useValue } from "./editing";
import { Fields } from "./fields";
import { Params } from "./params";

const NO_FIELDS: readonly Field[] = [];

const Waiting = ({ index }: { index: number }) => {
  const actions = useActions();
  const path = ["actions", index, "needs"];
  const change = useChange(path);
  const action = actions[index];
  if (!action) return null;
  const needs = action.needs;
  const others = actions.filter((other) => other.index !== index && !runsBefore(actions, index, other.index));
  const above = action.after.flatMap((place) => actions[place]?.id ?? []);
  return (
    <Labelled deep help={words.form.action.needsTold} label={words.form.action.needs} path={path}>
      <Select
        label={words.form.action.needs}
        onChange={(way) => change(way === "above" ? undefined : above)}
        options={[
          ["above", words.form.action.above],
          ["named", words.form.action.named],
        ]}
        value={needs === undefined ? "above" : "named"}
      />
      {needs === undefined ? null : (
        <HStack gap={4} wrap="wrap">
          {others.length === 0 ? <Text fontSize="sm">{words.form.action.atOnce}</Text> : null}
          {others.map((other) => (
            <Checkbox.Root
              checked={needs.includes(other.id)}
              key={other.id}
              onCheckedChange={({ checked }) =>
                change(checked === true ? [...needs, other.id] : needs.filter((need) => need !== other.id))
              }
              size="sm"
            >
              <Checkbox.HiddenInput />
              <Checkbox.Control />
              <Checkbox.Label>{other.id}</Checkbox.Label>
            </Checkbox.Root>
          ))}
        </HStack>
      )}
    </Labelled>
  );
};

const Name = ({ index }: { index: number }) => {
  const { draft } = useEditing();
  const actions = useActions();
  const own = useValue(["actions", index, "id"]);
  return (
    <TextField
      help={words.form.action.idTold}
      label={words.form.action.id}
      onCommit={(text) => {
        const id = text.trim();
        if (id) draft.edit(...renameEdits(draft.get().rule, index, id));
        else if (own !== undefined) draft.edit({ kind: "remove", path: ["actions", index, "id"] });
      }}
      onlyWhenLeft
      path={["actions", index, "id"]}
      placeholder={actions[index]?.id}
    />
  );
};

const ElseOf = ({ index }: { index: number }) => {
  const { draft } = useEditing();
  const actions = useActions();
  const elseOf = actions[index]?.elseOf ?? "";
  const choices = actions.filter((other) => other.index !== index && other.when !== undefined && other.when !== null);
  if (choices.length === 0 && !elseOf) return null;
  return (
    <Labelled help={words.form.action.elseTold} label={words.form.action.elseOf} path={["actions", index, "else_of"]}>
      <Select
        empty={words.form.action.always}
        label={words.form.action.elseOf}
        onChange={(id) =>
          draft.edit(
            ...(id
              ? [
                  { kind: "remove" as const, path: ["actions", index, "needs"] },
                  { kind: "remove" as const, path: ["actions", index, "when"] },
                  { kind: "set" as const, path: ["actions", index, "else_of"], value: id },
                ]
              : [{ kind: "remove" as const, path: ["actions", index, "else_of"] }]),
          )
        }
        options={choices.map((other) => [other.id, words.form.action.onlyIfSkipped(other.id)])}
        value={elseOf}
      />
    </Labelled>
  );
};

const More = ({ index }: { index: number }) => {
  const { catalogue, events, facts, ofActions, triedOf } = useEditing();
  const actions = useActions();
  const trigger = useValue(["trigger"]);
  const event = useValue(["event"]);
  const action = actions[index];
  const fields = useMemo(
    () => ({ ...actionFields(actions, index, catalogue), ...eventFields({ trigger, event }, events), ...facts }),
    [actions, index, catalogue, trigger, event, events, facts],
  );
  return (
    <Stack gap={4}>
      <Name index={index} />
      <ElseOf index={index} />
      {action?.elseOf ? null : (
        <>
          <Waiting index={index} />
          <Stack gap={2}>
            <Text fontSize="sm" fontWeight="medium">
              {words.form.action.when}
            </Text>
            <Conditions
              fields={fields}
              none={words.form.action.never}
              path={["actions", index, "when"]}
              tried={triedOf[action?.id ?? ""]}
            />
          </Stack>
        </>
      )}
      <Fields fields={ofActions[action?.type ?? ""] ?? NO_FIELDS} path={["actions", index]} />
    </Stack>
  );
};

/** The form of an action. */
export const ActionForm = memo(({ index }: { index: number }) => {
  const { catalogue, estimate } = useEditing();
  const actions = useActions();
  const action = actions[index];
  const type = catalogue.find((each) => each.type === action?.type);
  const [more, setMore] = useState(
    action !== undefined && [action.needs, action.when, action.elseOf].some((value) => value !== undefined),
  );
  const typeFaults = useFaults(["actions", index, "type"]);
  const own = useFaults(["actions", index]);
  const cost = estimate?.actions.find((each) => each.id === action?.id);
  if (!action) return null;
  return (
    <Stack gap={4}>
      <FaultTexts faults={[...own, ...typeFaults]} />
      {type ? (
        <>
          <Text color="fg.muted" fontSize="sm">
            {type.description}
          </Text>
          <Params index={index} path={["actions", index, "params"]} type={type} />
          <Text color="fg.muted" fontSize="xs">
            {cost ? cost.basis : words.form.action.credits(type.credits)}
          </Text>
          {cost?.problems.map((problem) => (
            <Note key={problem} status="warning" title={problem} />
          ))}
        </>
      ) : (
        <Note status="warning" title={words.form.action.unknown(action.type)} />
      )}
      <Box>
        <Button aria-expanded={more} onClick={() => setMore(!more)} size="xs" variant="ghost">
          {more ? <DownIcon /> : <RightIcon />}
          {words.form.action.more}
        </Button>
      </Box>
      {more ? <More index={index} /> : null}
    </Stack>
  );
});
