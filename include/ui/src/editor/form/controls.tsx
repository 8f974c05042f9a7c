// The controls of the form; each knows its place in the rule, shows what is wrong there, and changes only that.
import { Box, Field, HStack, Input, NativeSelect, Switch, Text, Textarea } from "@chakra-ui/react";
import { createContext, type ReactNode, useContext, useId } from "react";
import { choiceName, errorColor, words } from "#shared";
import type { Fault } from "../../api/schema";
import { at, isMapping, type Path, pathText } from "../model/text";
import { useEditing, useFaults, useTyping, useValue } from "./editing";

export const FaultTexts = ({ faults }: { faults: readonly Fault[] }) => (
  <>
    {faults.map((fault) => (
      <Text color={errorColor} fontSize="xs" key={fault.message}>
        {fault.message} {fault.suggestion ? words.rules.suggestion(fault.suggestion) : null}
      </Text>
    ))}
  </>
);

/** A control under its name, with what it is for and what is wrong with it. */
export const Labelled = ({
  label,
  path,
  help,
  required = false,
  deep = false,
  children,
}: {
  label: string;
  path: Path;
  help?: string;
  required?: boolean;
  deep?: boolean;
  children: ReactNode;
}) => {
  const faults = useFaults(path, deep);
  return (
    <Field.Root data-path={pathText(path)} gap={1} invalid={faults.length > 0} required={required}>
      <Field.Label fontSize="sm">
        {label}
        <Field.RequiredIndicator />
      </Field.Label>
      {children}
      {help ? (
        <Field.HelperText fontSize="xs" mt={0}>
          {help}
        </Field.HelperText>
      ) : null}
      <Field.ErrorText asChild>
        <Box>
          <FaultTexts faults={faults} />
        </Box>
      </Field.ErrorText>
    </Field.Root>
  );
};

/** The place of something around a field that can be left out, and is where nothing is left in it. */
export const WithinOptional = createContext<Path | undefined>(undefined);

/** Puts a value at a place, or takes it out. */
export const useChange = (path: Path) => {
  const { draft } = useEditing();
  const outer = useContext(WithinOptional);
  return (value: unknown) => {
    if (value !== undefined) return draft.edit({ kind: "set", path, value });
    const around = outer === undefined ? undefined : at(draft.get().rule, outer);
    const last = isMapping(around) && Object.keys(around).every((name) => name === path.at(-1));
    draft.edit({ kind: "remove", path: outer && last ? outer : path });
  };
};

const shown = (value: unknown): string =>
  value === undefined || value === null ? "" : typeof value === "object" ? JSON.stringify(value) : String(value);

/** A line, or some lines, of text that says the value at a path. */
export const TextInput = ({
  value,
  onCommit,
  long = false,
  onlyWhenLeft = false,
  options,
  placeholder,
  label,
  type,
  mono = false,
  min,
  max,
  invalid,
}: {
  value: string;
  onCommit: (text: string) => void;
  long?: boolean;
  onlyWhenLeft?: boolean;
  options?: readonly string[];
  placeholder?: string;
  label?: string;
  type?: "number" | "time";
  mono?: boolean;
  min?: number;
  max?: number;
  invalid?: boolean;
}) => {
  const list = useId();
  const typing = useTyping(value, (text) => (text === value ? undefined : onCommit(text)), onlyWhenLeft);
  const shared = {
    ...(label ? { "aria-label": label } : {}),
    ...(invalid ? { "aria-invalid": true } : {}),
    bg: "bg",
    borderColor: invalid ? "border.error" : "border.emphasized",
    fontFamily: mono ? "mono" : undefined,
    onBlur: typing.onBlur,
    placeholder,
    size: "sm" as const,
    value: typing.value,
  };
  if (long) {
    return (
      <Textarea
        autoresize
        {...shared}
        fontSize={mono ? "13px" : undefined}
        maxH="40vh"
        onChange={(event) => typing.onChange(event.currentTarget.value)}
        rows={2}
      />
    );
  }
  return (
    <>
      <Input
        {...shared}
        list={options ? list : undefined}
        max={max}
        min={min}
        onChange={(event) => typing.onChange(event.currentTarget.value)}
        type={type}
      />
      {options ? (
        <datalist id={list}>
          {options.map((option) => (
            <option key={option} value={option} />
          ))}
        </datalist>
      ) : null}
    </>
  );
};

/** A text of the rule under its name. */
export const TextField = ({
  path,
  label,
  help,
  required,
  long,
  options,
  placeholder,
  onlyWhenLeft,
  onCommit,
}: {
  path: Path;
  label: string;
  help?: string;
  required?: boolean;
  long?: boolean;
  options?: readonly string[];
  placeholder?: string;
  onlyWhenLeft?: boolean;
  onCommit?: (text: string) => void;
}) => {
  const change = useChange(path);
  return (
    <Labelled help={help} label={label} path={path} required={required}>
      <TextInput
        long={long}
        onCommit={onCommit ?? ((text) => change(text === "" && !required ? undefined : text))}
        onlyWhenLeft={onlyWhenLeft}
        options={options}
        placeholder={placeholder}
        value={shown(useValue(path))}
      />
    </Labelled>
  );
};

/** A number of the rule; what is no number is handed on as it stands, for the server to say what is wrong with it. */
export const readNumber = (text: string): unknown => {
  if (text.trim() === "") return undefined;
  return Number.isFinite(Number(text)) ? Number(text) : text;
};

export const Select = ({
  value,
  options,
  label,
  onChange,
  empty,
  width = "full",
}: {
  value: string;
  options: readonly (readonly [string, string])[];
  label?: string;
  onChange: (value: string) => void;
  empty?: string;
  width?: string;
}) => {
  const all = options.some(([key]) => key === value) || value === "" ? options : [...options, [value, value] as const];
  return (
    <NativeSelect.Root flexShrink={width === "full" ? undefined : 0} size="sm" w={width}>
      <NativeSelect.Field
        {...(label ? { "aria-label": label } : {})}
        bg="bg"
        borderColor="border.emphasized"
        onChange={(event) => onChange(event.currentTarget.value)}
        value={value}
      >
        {empty === undefined ? null : <option value="">{empty}</option>}
        {all.map(([key, name]) => (
          <option key={key} value={key}>
            {name}
          </option>
        ))}
      </NativeSelect.Field>
      <NativeSelect.Indicator />
    </NativeSelect.Root>
  );
};

/** One of a few values of the rule; unless it must be given, it can be left to its default. */
export const ChoiceField = ({
  path,
  label,
  help,
  options,
  required = false,
  fallback,
}: {
  path: Path;
  label: string;
  help?: string;
  options: readonly (string | number)[];
  required?: boolean;
  fallback?: unknown;
}) => {
  const change = useChange(path);
  const value = useValue(path);
  const name = String(path.at(-1));
  return (
    <Labelled help={help} label={label} path={path} required={required}>
      <Select
        empty={
          required
            ? value === undefined
              ? words.form.choose
              : undefined
            : words.form.unless(fallback === undefined ? "" : choiceName(name, shown(fallback)))
        }
        onChange={(text) => change(text === "" ? undefined : options.find((option) => String(option) === text))}
        options={options.map((option) => [String(option), choiceName(name, String(option))])}
        value={shown(value)}
      />
    </Labelled>
  );
};

export const SwitchField = ({
  path,
  label,
  help,
  fallback,
}: {
  path: Path;
  label: string;
  help?: string;
  fallback: unknown;
}) => {
  const change = useChange(path);
  const value = useValue(path) ?? fallback;
  return (
    <HStack align="flex-start" data-path={pathText(path)}>
      <Switch.Root
        checked={value === true}
        colorPalette="brand"
        onCheckedChange={({ checked }) => change(checked === fallback ? undefined : checked)}
        size="sm"
      >
        <Switch.HiddenInput />
        <Switch.Control />
        <Switch.Label>{label}</Switch.Label>
      </Switch.Root>
      <Box>
        <Text color="fg.muted" fontSize="xs">
          {help}
        </Text>
        <FaultTexts faults={useFaults(path)} />
      </Box>
    </HStack>
  );
};
