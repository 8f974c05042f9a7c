// The fields of a form that is made of JSON schemas: an action's params, and what else a rule may say.
import { Button, HStack, IconButton, Stack } from "@chakra-ui/react";
import { parse, stringify } from "yaml";
import { CloseIcon, choiceName, PlusIcon, words } from "#shared";
import type { Field, Way } from "../model/fields";
import { referenceText } from "../model/graph";
import { isMapping, type Path, pathText } from "../model/text";
import {
  ChoiceField,
  Labelled,
  readNumber,
  Select,
  SwitchField,
  TextInput,
  useChange,
  WithinOptional,
} from "./controls";
import { useEditing, useValue } from "./editing";
import { Folded } from "./folded";
import { ItemsField, ReferenceInput } from "./items";

/** The action that a field is of, by its place among the rule's; none for what is not of one of these. */
type OfAction = number | undefined;

const shown = (value: unknown): string =>
  value === undefined || value === null ? "" : typeof value === "object" ? JSON.stringify(value) : String(value);

const asYaml = (value: unknown): string =>
  value === undefined || value === null ? "" : stringify(value, { lineWidth: 0 }).trimEnd();

const fromYaml = (text: string): unknown => {
  try {
    return parse(text) ?? undefined;
  } catch {
    return text; // the server says what is wrong with it
  }
};

const list = (text: string, numbers: boolean): unknown => {
  const parts = text
    .split(",")
    .map((part) => part.trim())
    .filter(Boolean);
  return parts.length === 0 ? undefined : numbers ? parts.map(readNumber) : parts;
};

const Plain = ({ path, field }: { path: Path; field: Field }) => {
  const value = useValue(path);
  const change = useChange(path);
  const { input } = field;
  const fallback = field.fallback === undefined ? undefined : words.form.unless(shown(field.fallback));
  switch (input.kind) {
    case "number":
      return (
        <TextInput
          label={field.label}
          max={input.most}
          min={input.least}
          onCommit={(text) => change(readNumber(text))}
          placeholder={fallback}
          type="number"
          value={shown(value)}
        />
      );
    case "list":
      return (
        <TextInput
          label={field.label}
          onCommit={(text) => change(list(text, input.numbers))}
          placeholder={fallback ?? words.form.conditions.list}
          value={Array.isArray(value) ? value.join(", ") : shown(value)}
        />
      );
    case "yaml":
      return (
        <TextInput
          label={field.label}
          long
          mono
          onCommit={(text) => change(fromYaml(text))}
          onlyWhenLeft
          placeholder={fallback ?? words.form.asYaml}
          value={asYaml(value)}
        />
      );
    default:
      return (
        <TextInput
          label={field.label}
          long={input.kind === "text" && input.long}
          onCommit={(text) => change(text === "" ? undefined : text)}
          placeholder={fallback ?? (input.kind === "text" && input.time ? words.form.time : undefined)}
          value={shown(value)}
        />
      );
  }
};

/** A value, or a reference in its place. */
const Referable = ({ path, field, index }: { path: Path; field: Field; index: OfAction }) => {
  const value = useValue(path);
  const change = useChange(path);
  const refers = typeof value === "string" && value.includes("{{");
  return (
    <Labelled help={field.description} label={field.label} path={path} required={field.required}>
      <Select
        label={words.form.items.way(field.label)}
        onChange={(to) =>
          change(
            to === "reference"
              ? referenceText(index === undefined ? "failure.text" : `event.${field.name}`)
              : undefined,
          )
        }
        options={[
          ["value", words.form.value],
          ["reference", words.form.items.reference],
        ]}
        value={refers ? "reference" : "value"}
      />
      {refers ? (
        <ReferenceInput index={index} label={field.label} onChange={change} value={value} />
      ) : (
        <Plain field={field} path={path} />
      )}
    </Labelled>
  );
};

/** Several of a few words; all of them together where that is what leaving it out means. */
const Several = ({ path, field, options }: { path: Path; field: Field; options: readonly string[] }) => {
  const change = useChange(path);
  const value = useValue(path) ?? field.fallback;
  const chosen = new Set(Array.isArray(value) ? value : []);
  const toggle = (option: string) => {
    const after = options.filter((each) => chosen.has(each) !== (each === option));
    change(JSON.stringify(after) === JSON.stringify(field.fallback) ? undefined : after);
  };
  return (
    <HStack aria-label={field.label} gap={1} role="group" wrap="wrap">
      {options.map((option) => (
        <Button
          aria-pressed={chosen.has(option)}
          colorPalette={chosen.has(option) ? "brand" : undefined}
          key={option}
          onClick={() => toggle(option)}
          size="xs"
          variant={chosen.has(option) ? "solid" : "outline"}
        >
          {choiceName(field.name, option)}
        </Button>
      ))}
    </HStack>
  );
};

/** The fields of a value one below the other. */
export const Fields = ({ fields, path, index }: { fields: readonly Field[]; path: Path; index?: OfAction }) => (
  <Stack gap={4} w="full">
    {fields.map((field) => (
      <FieldOf field={field} index={index} key={field.name} path={[...path, field.name]} />
    ))}
  </Stack>
);

/** What an entry, or a form of a value, begins with: what must be a number has the smallest one. */
const begun = (fields: readonly Field[]): Record<string, unknown> =>
  Object.fromEntries(
    fields.flatMap(({ name, required, input }) =>
      required && input.kind === "number" ? [[name, input.least ?? 1]] : [],
    ),
  );

/** A list whose entries have fields. */
const Entries = ({ path, field, fields }: { path: Path; field: Field; fields: readonly Field[] }) => {
  const { draft } = useEditing();
  const value = useValue(path);
  const entries = Array.isArray(value) ? value : [];
  const texts = words.form.further;
  return (
    <Stack gap={3} w="full">
      {entries.map((_, place) => (
        <Stack
          borderRadius="md"
          borderWidth={1}
          data-path={pathText([...path, place])}
          gap={3}
          // biome-ignore lint/suspicious/noArrayIndexKey: two may be the same while one is being made
          key={place}
          p={3}
        >
          <HStack align="flex-start" justify="space-between">
            <WithinOptional.Provider value={undefined}>
              <Fields fields={fields} path={[...path, place]} />
            </WithinOptional.Provider>
            <IconButton
              aria-label={texts.remove(field.label, place + 1)}
              onClick={() => draft.edit({ kind: "remove", path: entries.length === 1 ? path : [...path, place] })}
              size="xs"
              variant="ghost"
            >
              <CloseIcon />
            </IconButton>
          </HStack>
        </Stack>
      ))}
      <HStack>
        <Button
          onClick={() => draft.edit({ kind: "insert", path, at: entries.length, value: begun(fields) })}
          size="xs"
          variant="outline"
        >
          <PlusIcon />
          {texts.add}
        </Button>
      </HStack>
    </Stack>
  );
};

/** A value that is one of a few words, or something with fields of its own. */
const Ways = ({
  path,
  field,
  options,
  others,
}: {
  path: Path;
  field: Field;
  options: readonly string[];
  others: readonly Way[];
}) => {
  const change = useChange(path);
  const value = useValue(path);
  const names = isMapping(value) ? Object.keys(value) : [];
  const way = isMapping(value)
    ? (others.find(({ fields }) => fields.some(({ name }) => names.includes(name))) ?? others[0])
    : undefined;
  return (
    <Stack gap={3} w="full">
      <Select
        empty={words.form.unless(field.fallback === undefined ? "" : shown(field.fallback))}
        label={field.label}
        onChange={(to) => {
          const other = others.find(({ name }) => name === to);
          change(other ? begun(other.fields) : to || undefined);
        }}
        options={[
          ...options.map((option) => [option, choiceName(field.name, option)] as const),
          ...others.map(({ name }) => [name, choiceName(field.name, name)] as const),
        ]}
        value={way?.name ?? shown(value)}
      />
      {way ? (
        <WithinOptional.Provider value={undefined}>
          <Fields fields={way.fields} path={path} />
        </WithinOptional.Provider>
      ) : null}
    </Stack>
  );
};

/** The control that fits a field, under its name. */
export const FieldOf = ({ path, field, index }: { path: Path; field: Field; index: OfAction }) => {
  const { input } = field;
  if (input.kind === "items") return <ItemsField field={field} index={index ?? 0} path={path} />;
  if (field.referable) return <Referable field={field} index={index} path={path} />;
  if (input.kind === "choice") {
    return (
      <ChoiceField
        fallback={field.fallback}
        help={field.description}
        label={field.label}
        options={input.options}
        path={path}
        required={field.required}
      />
    );
  }
  if (input.kind === "switch") {
    return <SwitchField fallback={field.fallback ?? false} help={field.description} label={field.label} path={path} />;
  }
  if (input.kind === "fields" && !field.required) {
    return (
      <Folded field={field} path={path}>
        <Given field={field} index={index} path={path} />
      </Folded>
    );
  }
  const structured = input.kind === "fields" || input.kind === "entries" || input.kind === "ways";
  return (
    <Labelled deep={!structured} help={field.description} label={field.label} path={path} required={field.required}>
      <Given field={field} index={index} path={path} />
    </Labelled>
  );
};

/** The control that fits a field, without its name. */
export const Given = ({ path, field, index }: { path: Path; field: Field; index: OfAction }) => {
  const { input } = field;
  switch (input.kind) {
    case "fields":
      return (
        <WithinOptional.Provider value={path}>
          <Fields fields={input.fields} index={index} path={path} />
        </WithinOptional.Provider>
      );
    case "entries":
      return <Entries field={field} fields={input.fields} path={path} />;
    case "ways":
      return <Ways field={field} options={input.options} others={input.others} path={path} />;
    case "several":
      return <Several field={field} options={input.options} path={path} />;
    default:
      return <Plain field={field} path={path} />;
  }
};
