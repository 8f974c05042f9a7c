import { Badge, Box, Button, Grid, HStack, List, Link as Plain, Stack, Text } from "@chakra-ui/react";
import { useQuery } from "@tanstack/react-query";
import { useId, useRef, useState } from "react";
import { useNavigate } from "react-router-dom";
import {
  Aloud,
  ApiError,
  Confirm,
  Failed,
  LinkButton,
  Loading,
  Note,
  notify,
  Page,
  places,
  Section,
  usePlaces,
  useRested,
  useRule,
  useRuleText,
  useSaveYaml,
  validateYaml,
  words,
} from "#shared";
import type { Conflict, Fault } from "../api/schema";
import { ConflictNote } from "./Conflict";
import { type Draft, draftOf, dropDraft, keepDraft } from "./drafts";
import { starter } from "./starter";
import { startOfLine, YamlText } from "./YamlText";

const TYPING = 300;
const NEW = "";

const linesOf = (faults: readonly Fault[]): ReadonlySet<number> =>
  new Set(faults.flatMap((fault) => (fault.line ? [fault.line] : [])));

/** What is wrong, each with a way to its line. */
const Findings = ({ faults, onLine }: { faults: readonly Fault[]; onLine: (line: number) => void }) => (
  <List.Root gap={2} listStyleType="none">
    {faults.map((fault) => (
      <List.Item fontSize="sm" key={`${fault.path} ${fault.line} ${fault.message}`}>
        {fault.line ? (
          <Plain as="button" color="fg.info" me={2} onClick={() => onLine(fault.line ?? 1)}>
            {words.editor.at(fault.line, fault.column)}
          </Plain>
        ) : null}
        {fault.message} {fault.suggestion ? words.rules.suggestion(fault.suggestion) : null}
        {fault.path ? (
          <Box as="code" color="fg.muted" display="block" fontSize="xs">
            {fault.path}
          </Box>
        ) : null}
      </List.Item>
    ))}
  </List.Root>
);

const Form = ({ ruleId, name, stored }: { ruleId: string; name: string; stored: Draft }) => {
  const [found] = useState(() => draftOf(ruleId));
  const [draft, setDraft] = useState<Draft>(found ?? stored);
  const [conflict, setConflict] = useState<Conflict>();
  const [refused, setRefused] = useState<ApiError>();
  const [discarding, setDiscarding] = useState(false);
  const area = useRef<HTMLTextAreaElement>(null);
  const findings = useId();
  const navigate = useNavigate();
  const save = useSaveYaml();
  const rested = useRested(draft.text, TYPING);
  const checked = useQuery({
    queryKey: ["validate", rested],
    queryFn: ({ signal }) => validateYaml(rested, signal),
    placeholderData: (before) => before,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const errors = checked.data?.errors ?? [];
  const warnings = checked.data?.warnings ?? [];
  const dirty = draft.text !== stored.text || draft.revision !== stored.revision;

  const change = (after: Draft) => {
    setDraft(after);
    setRefused(undefined);
    if (after.text === stored.text && after.revision === stored.revision) dropDraft(ruleId);
    else keepDraft(ruleId, after);
  };
  const onSave = () => {
    if (save.isPending) return;
    setConflict(undefined);
    setRefused(undefined);
    save.mutate(
      { yaml: draft.text, revision: draft.revision },
      {
        onSuccess: (rule) => {
          dropDraft(ruleId);
          notify({ status: "success", text: words.editor.saved(rule.name) });
          navigate(places.rule(rule.id));
        },
        onError: (error) => {
          const refusal = error instanceof ApiError ? error : new ApiError(0, error.message);
          if (refusal.conflict) setConflict(refusal.conflict);
          else setRefused(refusal);
        },
      },
    );
  };
  const onLine = (line: number) => {
    const start = startOfLine(draft.text, line);
    const end = draft.text.indexOf("\n", start);
    area.current?.focus();
    area.current?.setSelectionRange(start, end === -1 ? draft.text.length : end);
  };

  return (
    <Page
      aside={
        <>
          {dirty ? (
            <Button onClick={() => setDiscarding(true)} size="sm" variant="outline">
              {words.editor.discard}
            </Button>
          ) : (
            <LinkButton to={ruleId === NEW ? places.rules : places.rule(ruleId)}>{words.back}</LinkButton>
          )}
          <Button
            colorPalette="brand"
            disabled={!dirty && ruleId !== NEW}
            loading={save.isPending}
            onClick={onSave}
            size="sm"
          >
            {ruleId === NEW ? words.editor.make : words.editor.save}
          </Button>
        </>
      }
      lead={
        <HStack color="fg.muted" fontSize="sm" mt={1}>
          {draft.revision === null ? null : <Text>{words.editor.startedFrom(draft.revision)}</Text>}
          {dirty ? <Badge colorPalette="warning">{words.editor.draft}</Badge> : null}
        </HStack>
      }
      title={ruleId === NEW ? words.editor.newTitle : words.editor.title(name)}
    >
      {found ? <Note status="info">{words.editor.draftKept}</Note> : null}
      {conflict ? (
        <ConflictNote
          conflict={conflict}
          mine={draft.text}
          onMine={() => {
            change({ ...draft, revision: conflict.current_revision ?? null });
            setConflict(undefined);
          }}
          onTheirs={() => {
            dropDraft(ruleId);
            setDraft({ text: conflict.current ?? "", revision: conflict.current_revision });
            setConflict(undefined);
          }}
        />
      ) : null}
      {refused ? <Failed error={refused} /> : null}
      <Grid gap={4} gridTemplateColumns={{ base: "1fr", lg: "3fr 2fr" }}>
        <Stack gap={1} minW={0}>
          <YamlText
            area={area}
            describedBy={findings}
            errors={linesOf(errors)}
            label={words.editor.label}
            onChange={(text) => change({ ...draft, text })}
            onSave={onSave}
            value={draft.text}
            warnings={linesOf(warnings)}
          />
          <Text color="fg.muted" fontSize="xs">
            {words.editor.shortcut}
          </Text>
        </Stack>
        <Stack aria-live="polite" gap={4} id={findings} minW={0}>
          {checked.isError ? <Failed error={checked.error} retry={checked.refetch} /> : null}
          {checked.isPending ? <Loading /> : null}
          {checked.data?.valid === false ? (
            <Section title={words.editor.invalid(errors.length)}>
              <Findings faults={errors} onLine={onLine} />
            </Section>
          ) : null}
          {checked.data?.valid ? <Note status="success" title={words.editor.valid} /> : null}
          {warnings.length > 0 ? (
            <Section title={words.editor.warnings(warnings.length)}>
              <Findings faults={warnings} onLine={onLine} />
            </Section>
          ) : null}
          {checked.data?.in_words ? (
            <Section title={words.editor.aloud}>
              <Aloud text={checked.data.in_words} />
            </Section>
          ) : null}
        </Stack>
      </Grid>
      <Confirm
        confirm={words.editor.discard}
        onClose={() => setDiscarding(false)}
        onConfirm={() => {
          dropDraft(ruleId);
          setDraft(stored);
          setConflict(undefined);
          setRefused(undefined);
        }}
        open={discarding}
        title={words.editor.discardTitle}
      >
        {words.editor.discardBody}
      </Confirm>
    </Page>
  );
};

const Existing = ({ ruleId }: { ruleId: string }) => {
  const rule = useRule(ruleId);
  const yaml = useRuleText(ruleId);
  const error = rule.error ?? yaml.error;
  if (error && !(rule.data && yaml.data)) {
    return (
      <Page title={ruleId}>
        <Failed error={error} retry={() => Promise.all([rule.refetch(), yaml.refetch()])} />
      </Page>
    );
  }
  if (!rule.data || yaml.data === undefined) return <Loading />;
  return <Loaded name={rule.data.name} ruleId={ruleId} stored={{ text: yaml.data, revision: rule.data.revision }} />;
};

/** Keeps to what was stored when the page was opened: what others save meanwhile is told when it is saved over. */
const Loaded = ({ ruleId, name, stored }: { ruleId: string; name: string; stored: Draft }) => {
  const [first] = useState(stored);
  return <Form name={name} ruleId={ruleId} stored={first} />;
};

const Fresh = () => {
  const known = usePlaces();
  if (known.isPending) return <Loading />;
  const text = starter(known.data?.accounts[0], known.data?.sites[0]);
  return <Loaded name="" ruleId={NEW} stored={{ text, revision: null }} />;
};

/** A rule as YAML, checked as it is written. */
export const YamlPage = ({ ruleId }: { ruleId?: string }) =>
  ruleId === undefined ? <Fresh /> : <Existing key={ruleId} ruleId={ruleId} />;
