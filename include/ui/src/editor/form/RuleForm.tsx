import { Grid, Stack } from "@chakra-ui/react";
import { useMemo } from "react";
import { Section, usePlaces, words } from "#shared";
import { eventFields } from "../model/actions";
import { ActionsForm } from "./actions";
import { Conditions } from "./conditions";
import { ChoiceField, TextField } from "./controls";
import { useDraft, useEditing, useValue } from "./editing";
import { FurtherForm } from "./further";
import { TriggerForm } from "./trigger";

const slug = (name: string): string =>
  name
    .normalize("NFKD")
    .replace(/[\u0300-\u036f]/g, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 80);

/** What the rule is called and where it works. A new one's id follows its name until it is given one of its own. */
const Basics = ({ fresh }: { fresh: boolean }) => {
  const { draft } = useEditing();
  const account = useValue(["account"]);
  const known = usePlaces(true, typeof account === "string" ? account : "");
  return (
    <Section title={words.form.basics}>
      <Grid gap={4} gridTemplateColumns="repeat(2, minmax(0, 1fr))">
        <TextField
          label={words.form.name}
          onCommit={(name) => {
            const { rule } = draft.get();
            const follows = fresh && (rule.id === undefined || rule.id === slug(String(rule.name ?? "")));
            draft.edit(
              { kind: "set", path: ["name"], value: name },
              ...(follows && slug(name) ? [{ kind: "set" as const, path: ["id"], value: slug(name) }] : []),
            );
          }}
          path={["name"]}
          required
        />
        {fresh ? (
          <TextField label={words.form.id} path={["id"]} required />
        ) : (
          <ChoiceField
            fallback="active"
            label={words.rules.columns.status}
            options={["active", "paused", "inactive"]}
            path={["status"]}
          />
        )}
        <TextField label={words.presets.account} options={known.data?.accounts} path={["account"]} required />
        <TextField label={words.presets.site} options={known.data?.sites} path={["site"]} required />
      </Grid>
      <TextField label={words.form.description} long path={["description"]} />
      {fresh ? (
        <ChoiceField
          fallback="active"
          label={words.rules.columns.status}
          options={["active", "paused", "inactive"]}
          path={["status"]}
        />
      ) : null}
    </Section>
  );
};

/** The rule's own conditions. */
export const GateForm = () => {
  const { facts, events, tried } = useEditing();
  const trigger = useValue(["trigger"]);
  const event = useValue(["event"]);
  const fields = useMemo(
    () => ({ ...facts, ...eventFields({ trigger, event }, events) }),
    [facts, trigger, event, events],
  );
  return <Conditions fields={fields} none={words.form.noConditions} path={["conditions"]} tried={tried} />;
};

/** The rule as a form; while its text cannot be read it shows what it said last, and changes nothing. */
export const RuleForm = ({ fresh }: { fresh: boolean }) => {
  const readable = useDraft((state) => state.readable);
  return (
    <Stack gap={4} inert={!readable} opacity={readable ? 1 : 0.5}>
      <Basics fresh={fresh} />
      <Section title={words.form.when}>
        <TriggerForm />
      </Section>
      <Section title={words.form.onlyIf}>
        <GateForm />
      </Section>
      <Section title={words.form.do}>
        <ActionsForm />
      </Section>
      <FurtherForm />
    </Stack>
  );
};
