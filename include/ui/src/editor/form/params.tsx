// The form of an action's params, made of their JSON schemas.
import { Stack } from "@chakra-ui/react";
import { useMemo } from "react";
import { parse, stringify } from "yaml";
import { words } from "#shared";
import type { ActionTypeView } from "../../api/schema";
import { type Field, fieldsOf } from "../model/fields";
import { referenceText } from "../model/graph";
import type { Mapping, Path } from "../model/text";
import { ChoiceField, Labelled, readNumber, Select, SwitchField, TextInput, useChange } from "./controls";
import { useValue } from "./editing";
import { ItemsField, ReferenceInput } from "./items";

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
const Referable = ({ path, field, index }: { path: Path; field: Field; index: number }) => {
  const value = useValue(path);
  const change = useChange(path);
  const refers = typeof value === "string" && value.includes("{{");
  return (
    <Labelled help={field.description} label={field.label} path={path} required={field.required}>
      <Select
        label={words.form.items.way(field.label)}
        onChange={(to) => change(to === "reference" ? referenceText(`event.${field.name}`) : undefined)}
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

const Param = ({ path, field, index }: { path: Path; field: Field; index: number }) => {
  const { input } = field;
  if (input.kind === "items") return <ItemsField field={field} index={index} path={path} />;
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
  return (
    <Labelled deep help={field.description} label={field.label} path={path} required={field.required}>
      <Plain field={field} path={path} />
    </Labelled>
  );
};

export const Params = ({ type, index }: { type: ActionTypeView; index: number }) => {
  const fields = useMemo(() => fieldsOf(type.params_schema as Record<string, Mapping>, type.required), [type]);
  return (
    <Stack gap={4}>
      {fields.map((field) => (
        <Param field={field} index={index} key={field.name} path={["actions", index, "params", field.name]} />
      ))}
    </Stack>
  );
};
