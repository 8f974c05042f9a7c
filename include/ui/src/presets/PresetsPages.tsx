import {
  Badge,
  Box,
  Button,
  Code,
  Field,
  Grid,
  Heading,
  HStack,
  Input,
  NativeSelect,
  Stack,
  Text,
} from "@chakra-ui/react";
import { useMemo, useState } from "react";
import { useNavigate, useParams } from "react-router-dom";
import { ApiError } from "../api/client";
import { useInstance, useInstantiate, usePlaces, usePreset, usePresets } from "../api/queries";
import type { Fault, InstantiateBody, JsonValue, PresetDetail, PresetInput } from "../api/schema";
import { notify, notifyError } from "../notices";
import { Empty, Failed, Faults, LinkButton, Loading, Note, Section } from "../parts/blocks";
import { Page } from "../parts/frame";
import { places, useRested } from "../places";
import { Aloud } from "../rule/plans";
import { words } from "../words";
import { given, written } from "./inputs";

const TYPING = 300;

// What has been filled in, by preset; beside the components, as the page is mounted anew when the path changes.
const drafts = new Map<string, Record<string, string>>();

export const PresetsPage = () => {
  const presets = usePresets();
  return (
    <Page
      lead={
        <Text color="fg.muted" mt={1}>
          {words.presets.lead}
        </Text>
      }
      title={words.tabs.presets}
    >
      {presets.isPending ? <Loading /> : null}
      {presets.isError ? <Failed error={presets.error} retry={presets.refetch} /> : null}
      {presets.data?.length === 0 ? <Empty title={words.presets.none} /> : null}
      <Grid as="ul" gap={4} gridTemplateColumns="repeat(auto-fill, minmax(300px, 1fr))" listStyleType="none">
        {(presets.data ?? []).map((preset) => (
          <Stack as="li" borderRadius="md" borderWidth={1} data-preset={preset.id} gap={3} key={preset.id} p={4}>
            <Heading as="h2" size="sm">
              {preset.name}
            </Heading>
            {preset.problems.length > 0 ? (
              <Note status="error" title={words.presets.broken}>
                <Faults faults={preset.problems} />
              </Note>
            ) : (
              <>
                <Text color="fg.muted" flex={1} fontSize="sm">
                  {preset.description}
                </Text>
                <HStack justify="space-between">
                  <Badge variant="outline">{words.presets.inputs(preset.inputs.length)}</Badge>
                  <LinkButton to={places.preset(preset.id)}>{words.presets.use}</LinkButton>
                </HStack>
              </>
            )}
          </Stack>
        ))}
      </Grid>
    </Page>
  );
};

const Select = ({
  value,
  options,
  onChange,
}: {
  value: string;
  options: readonly string[];
  onChange: (value: string) => void;
}) => (
  <NativeSelect.Root size="sm">
    <NativeSelect.Field
      borderColor="border.emphasized"
      onChange={(event) => onChange(event.currentTarget.value)}
      value={value}
    >
      {options.map((each) => (
        <option key={each} value={each}>
          {each || words.presets.leaveOut}
        </option>
      ))}
    </NativeSelect.Field>
    <NativeSelect.Indicator />
  </NativeSelect.Root>
);

const optionsOf = (input: PresetInput): string[] | undefined => {
  const left = input.default === null || input.default === undefined ? [""] : [];
  if (input.choices) return [...left, ...input.choices.map(String)];
  return input.type === "boolean" ? [...left, "true", "false"] : undefined;
};

const InputField = ({
  input,
  value,
  required,
  faults,
  onChange,
}: {
  input: PresetInput;
  value: string;
  required: boolean;
  faults: readonly Fault[];
  onChange: (value: string) => void;
}) => {
  const options = optionsOf(input);
  const numeric = ["integer", "number", "integration", "id"].includes(input.type);
  return (
    <Field.Root invalid={faults.length > 0} required={required}>
      <Field.Label>
        {input.title}
        <Field.RequiredIndicator />
      </Field.Label>
      {options ? (
        <Select onChange={onChange} options={options} value={value} />
      ) : (
        <Input
          borderColor="border.emphasized"
          inputMode={numeric ? "decimal" : undefined}
          onChange={(event) => onChange(event.currentTarget.value)}
          size="sm"
          value={value}
        />
      )}
      <Field.HelperText>
        {[input.description, input.type === "ids" ? words.presets.list : ""].filter(Boolean).join(" ")}
      </Field.HelperText>
      {faults.map((fault) => (
        <Field.ErrorText key={fault.message}>{fault.message}</Field.ErrorText>
      ))}
    </Field.Root>
  );
};

const OWN = ["name", "account", "site"] as const;

const Form = ({ preset }: { preset: PresetDetail }) => {
  const navigate = useNavigate();
  const known = usePlaces();
  const initial = useMemo(
    () => Object.fromEntries(preset.inputs.map((input) => [input.name, written(input.default)])),
    [preset],
  );
  const [fields, setFields] = useState<Record<string, string>>(() => drafts.get(preset.id) ?? initial);
  const set = (name: string, value: string) => {
    const after = { ...fields, [name]: value };
    drafts.set(preset.id, after);
    setFields(after);
  };
  const body: InstantiateBody = useMemo(() => {
    const inputs: Record<string, JsonValue> = {};
    for (const input of preset.inputs) {
      const text = fields[input.name] ?? "";
      const value = given(input, text);
      if (value !== undefined && text !== initial[input.name]) inputs[input.name] = value as JsonValue;
      if (value === undefined && initial[input.name]) inputs[input.name] = "" as JsonValue;
    }
    const own = Object.fromEntries(OWN.map((name) => [name, fields[`rule.${name}`] || null]));
    return { inputs, save: false, id: null, name: null, account: null, site: null, ...own } as InstantiateBody;
  }, [fields, initial, preset]);
  const rested = useRested(body, TYPING);
  const instance = useInstance(preset.id, rested, true);
  const make = useInstantiate(preset.id);
  const errors = instance.data?.errors ?? (instance.error instanceof ApiError ? instance.error.faults : []);
  const touched = (name: string) => fields[name] !== initial[name] || make.isError;
  const ofInput = (name: string) => (touched(name) ? errors.filter((fault) => fault.path === `inputs.${name}`) : []);
  const others = errors.filter((fault) => !fault.path.startsWith("inputs."));
  return (
    <Grid alignItems="start" gap={4} gridTemplateColumns={{ base: "1fr", lg: "minmax(320px, 2fr) minmax(0, 3fr)" }}>
      <Stack
        as="form"
        borderRadius="md"
        borderWidth={1}
        gap={4}
        onSubmit={(event) => {
          event.preventDefault();
          make.mutate(body, {
            onError: notifyError,
            onSuccess: (rule) => {
              drafts.delete(preset.id);
              notify({ status: "success", text: words.presets.made(rule.name) });
              navigate(places.rule(rule.id));
            },
          });
        }}
        p={4}
      >
        <Field.Root>
          <Field.Label>{words.presets.name}</Field.Label>
          <Input
            borderColor="border.emphasized"
            onChange={(event) => set("rule.name", event.currentTarget.value)}
            placeholder={preset.name}
            size="sm"
            value={fields["rule.name"] ?? ""}
          />
        </Field.Root>
        <HStack align="flex-start">
          {(["account", "site"] as const).map((name) => (
            <Field.Root key={name}>
              <Field.Label>{words.presets[name]}</Field.Label>
              <Input
                borderColor="border.emphasized"
                list={`known-${name}`}
                onChange={(event) => set(`rule.${name}`, event.currentTarget.value)}
                placeholder={words.presets.defaultPlace}
                size="sm"
                value={fields[`rule.${name}`] ?? ""}
              />
              <datalist id={`known-${name}`}>
                {(known.data?.[`${name}s`] ?? []).map((each) => (
                  <option key={each} value={each} />
                ))}
              </datalist>
            </Field.Root>
          ))}
        </HStack>
        {preset.inputs.map((input) => (
          <InputField
            faults={ofInput(input.name)}
            input={input}
            key={input.name}
            onChange={(value) => set(input.name, value)}
            required={preset.must_set.includes(input.name)}
            value={fields[input.name] ?? ""}
          />
        ))}
        <Box>
          <Button
            colorPalette="brand"
            disabled={!instance.data?.valid}
            loading={make.isPending}
            size="sm"
            type="submit"
          >
            {words.presets.make}
          </Button>
        </Box>
      </Stack>
      <Section title={words.presets.becomes}>
        {instance.isPending ? <Loading /> : null}
        {instance.isError ? <Failed error={instance.error} /> : null}
        {instance.data?.must_set.length ? <Note status="info" title={words.presets.notYet} /> : null}
        {others.length > 0 ? (
          <Note status="error">
            <Faults faults={others} />
          </Note>
        ) : null}
        {instance.data?.in_words ? <Aloud text={instance.data.in_words} /> : null}
        {instance.data?.warnings.length ? (
          <Note status="warning" title={words.rule.warnings}>
            <Faults faults={instance.data.warnings} />
          </Note>
        ) : null}
        {instance.data?.yaml ? (
          <Code
            aria-label={words.rule.yaml}
            display="block"
            fontSize="xs"
            overflow="auto"
            p={3}
            role="region"
            tabIndex={0}
            whiteSpace="pre"
          >
            {instance.data.yaml}
          </Code>
        ) : null}
      </Section>
    </Grid>
  );
};

/** A preset to be filled in, with what it becomes beside it. */
export const PresetPage = () => {
  const { presetId = "" } = useParams();
  const preset = usePreset(presetId);
  return (
    <Page
      lead={
        <Text color="fg.muted" mt={1}>
          {preset.data?.description}
        </Text>
      }
      title={preset.data?.name ?? presetId}
    >
      {preset.isPending ? <Loading /> : null}
      {preset.isError ? <Failed error={preset.error} retry={preset.refetch} /> : null}
      {preset.data?.problems.length ? (
        <Note status="error" title={words.presets.broken}>
          <Faults faults={preset.data.problems} />
        </Note>
      ) : null}
      {preset.data?.rule ? <Form preset={preset.data} /> : null}
    </Page>
  );
};
