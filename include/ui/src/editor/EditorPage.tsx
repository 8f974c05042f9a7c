import { Badge, Box, Button, Grid, HStack, Stack, Text } from "@chakra-ui/react";
import { useQuery } from "@tanstack/react-query";
import { memo, useDeferredValue, useEffect, useId, useMemo, useRef, useState, useSyncExternalStore } from "react";
import { useNavigate } from "react-router-dom";
import {
  ApiError,
  Confirm,
  Failed,
  LinkButton,
  Loading,
  Note,
  notify,
  Page,
  places,
  useAddress,
  usePlaces,
  useRule,
  useRuleText,
  useSaveYaml,
  Views,
  validateYaml,
  words,
} from "#shared";
import type { ActionTypeView, Conflict, EventTypeView, Fault } from "../api/schema";
import { Workflow } from "../canvas/Workflow";
import { ConflictNote } from "./Conflict";
import { Checks, CostsSection, Price, TrySection } from "./checks";
import { type Draft, draftOf, dropDraft, keepDraft } from "./drafts";
import { type Clock, type Editing, EditingProvider, WithActions } from "./form/editing";
import { RuleForm } from "./form/RuleForm";
import { Leaving } from "./leaving";
import { type DraftState, type DraftStore, makeDraft } from "./model/draft";
import { makeFaults } from "./model/faults";
import type { RuleSchema } from "./model/further";
import { showPlace } from "./place";
import { useActionTypes, useDraftDryRun, useDraftEstimate, useEventTypes, useRuleSchema } from "./queries";
import { starter } from "./starter";
import { TextPane } from "./TextPane";
import { startOfLine } from "./YamlText";

const TYPING = 300;
const NEW = "";
const VIEWS = ["both", "form", "canvas", "yaml"] as const;
const NO_FAULTS: readonly Fault[] = [];
const FormOfRule = memo(RuleForm);
const FlowOfRule = memo(Workflow);

/** What rules may say, as the form needs it. */
interface Vocabulary extends RuleSchema {
  catalogue: readonly ActionTypeView[];
  events: readonly EventTypeView[];
}

/** The draft's text once it has not been changed for some milliseconds. */
const useRestedText = (draft: DraftStore, milliseconds: number): string => {
  const [rested, setRested] = useState(() => draft.get().text);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout>;
    const forget = draft.subscribe(() => {
      clearTimeout(timer);
      timer = setTimeout(() => setRested(draft.get().text), milliseconds);
    });
    return () => {
      clearTimeout(timer);
      forget();
    };
  }, [draft, milliseconds]);
  return rested;
};

const clockOf = (text: string | undefined): Clock | undefined => {
  if (text === undefined) return undefined;
  const [told = "", ...runs] = text.split("\n");
  return { told, runs };
};

const refusalOf = (error: Error) => (error instanceof ApiError ? error : new ApiError(0, error.message));

const Editor = ({
  ruleId,
  name,
  stored,
  vocabulary,
}: {
  ruleId: string;
  name: string;
  stored: Draft;
  vocabulary: Vocabulary;
}) => {
  const [found] = useState(() => draftOf(ruleId));
  const [faults] = useState(makeFaults);
  const [draft] = useState(() =>
    makeDraft(found ?? stored, (after) =>
      after.text === stored.text && after.revision === stored.revision ? dropDraft(ruleId) : keepDraft(ruleId, after),
    ),
  );
  // The page is drawn anew when the typing rests, not with every key.
  const watch =
    <T,>(select: (state: DraftState) => T) =>
    () =>
      select(draft.get());
  const revision = useSyncExternalStore(
    draft.subscribe,
    watch((state) => state.revision),
  );
  const readable = useSyncExternalStore(
    draft.subscribe,
    watch((state) => state.readable),
  );
  const dirty = useSyncExternalStore(
    draft.subscribe,
    watch((state) => state.text !== stored.text || state.revision !== stored.revision),
  );
  const rested = useRestedText(draft, TYPING);
  const [{ view }, setAddress] = useAddress({ view: "both" });
  const [conflict, setConflict] = useState<Conflict>();
  const [refused, setRefused] = useState<{ error: ApiError; text: string }>();
  const [discarding, setDiscarding] = useState(false);
  const [trying, setTrying] = useState(false);
  const area = useRef<HTMLTextAreaElement>(null);
  const form = useRef<HTMLDivElement>(null);
  const saved = useRef(false);
  const findings = useId();
  const navigate = useNavigate();
  const save = useSaveYaml();
  const checked = useQuery({
    queryKey: ["validate", rested],
    queryFn: ({ signal }) => validateYaml(rested, signal),
    placeholderData: (before) => before,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const errors = checked.data?.errors ?? NO_FAULTS;
  const warnings = checked.data?.warnings ?? NO_FAULTS;
  const usable = checked.data?.valid === true && !checked.isPlaceholderData;
  const estimate = useDraftEstimate(rested, usable);
  const dryRun = useDraftDryRun(rested, usable);
  // As a text, since what is checked anew with every pause in the typing mostly says the same of the clock.
  const told = checked.data?.trigger_in_words;
  const clockText = checked.data && told ? [told, ...checked.data.next_runs].join("\n") : undefined;

  useEffect(() => faults.set(errors), [faults, errors]);

  const onSave = () => {
    if (save.isPending) return;
    draft.settle();
    setConflict(undefined);
    setRefused(undefined);
    const { text: yaml, revision } = draft.get();
    save.mutate(
      { yaml, revision },
      {
        onSuccess: (rule) => {
          saved.current = true;
          dropDraft(ruleId);
          notify({ status: "success", text: words.editor.saved(rule.name) });
          navigate(places.rule(rule.id));
        },
        onError: (error) => {
          const refusal = refusalOf(error);
          if (refusal.conflict) setConflict(refusal.conflict);
          else setRefused({ error: refusal, text: yaml });
        },
      },
    );
  };
  const latest = useRef(onSave);
  latest.current = onSave;
  const onKey = useMemo(() => () => latest.current(), []);

  const onLine = (fault: Fault) => {
    const { text } = draft.get();
    const start = startOfLine(text, fault.line ?? 1);
    const end = text.indexOf("\n", start);
    area.current?.focus();
    area.current?.setSelectionRange(start, end === -1 ? text.length : end);
  };
  const onField = (fault: Fault) => {
    if (form.current) showPlace(form.current, fault.path);
  };

  const editing = useMemo<Editing>(
    () => ({
      draft,
      faults,
      ...vocabulary,
      estimate: estimate.data,
      clock: clockOf(clockText),
      tried: dryRun.data?.conditions,
      triedOf: Object.fromEntries((dryRun.data?.actions ?? []).map((action) => [action.id, action.when ?? undefined])),
    }),
    [draft, faults, vocabulary, estimate.data, clockText, dryRun.data],
  );
  const side = view === "both" ? "minmax(0, 11fr) minmax(0, 9fr)" : "minmax(0, 3fr) minmax(0, 2fr)";
  const pane = (
    <TextPane area={area} describedBy={findings} draft={draft} errors={errors} onSave={onKey} warnings={warnings} />
  );

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
            disabled={!usable}
            loading={trying && dryRun.isFetching}
            onClick={() => {
              setTrying(true);
              void dryRun.refetch();
            }}
            size="sm"
            variant="outline"
          >
            {words.rule.dryRun}
          </Button>
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
        <HStack color="fg.muted" fontSize="sm" gap={3} mt={1} wrap="wrap">
          {revision === null ? null : <Text>{words.editor.startedFrom(revision)}</Text>}
          {checked.data?.valid === false ? <Badge colorPalette="failed">{words.editor.notYet}</Badge> : null}
          {estimate.data ? <Price estimate={estimate.data} /> : null}
          {/* Hidden in its place, without a rule for the style sheet: the first key would wait for the whole page else. */}
          <Badge aria-hidden={!dirty} colorPalette="warning" style={{ visibility: dirty ? "visible" : "hidden" }}>
            {words.editor.draft}
          </Badge>
        </HStack>
      }
      title={ruleId === NEW ? words.editor.newTitle : words.editor.title(name)}
    >
      {found ? <Note status="info">{words.editor.draftKept}</Note> : null}
      {conflict ? (
        <ConflictNote
          conflict={conflict}
          mine={draft.get().text}
          onMine={() => {
            draft.take({ text: draft.get().text, revision: conflict.current_revision ?? null });
            setConflict(undefined);
          }}
          onTheirs={() => {
            draft.take({ text: conflict.current ?? "", revision: conflict.current_revision });
            dropDraft(ruleId);
            setConflict(undefined);
          }}
        />
      ) : null}
      {refused?.text === rested ? <Failed error={refused.error} /> : null}
      {trying ? <TrySection dryRun={dryRun} /> : null}
      <Views
        label={words.editor.views}
        onChange={(to) => {
          draft.settle();
          setAddress({ view: to });
        }}
        options={VIEWS.map((each) => [each, words.editor.viewNames[each] ?? each] as const)}
        value={view}
      >
        {readable || view === "yaml" ? null : <Note status="warning">{words.form.unreadable}</Note>}
        <EditingProvider value={useDeferredValue(editing)}>
          <WithActions>
            {view === "canvas" ? (
              <Box inert={!readable} opacity={readable ? 1 : 0.5} ref={form}>
                <FlowOfRule />
              </Box>
            ) : null}
            <Grid
              alignItems="start"
              gap={4}
              gridTemplateColumns={{ base: "minmax(0, 1fr)", lg: view === "canvas" ? "1fr" : side }}
            >
              {view === "canvas" ? null : view === "yaml" ? (
                pane
              ) : (
                <Box minW={0} ref={form}>
                  <FormOfRule fresh={ruleId === NEW} />
                </Box>
              )}
              <Stack gap={4} id={findings} minW={0}>
                {view === "both" ? pane : null}
                <Checks
                  checked={checked}
                  ways={{
                    onLine: view === "both" || view === "yaml" ? onLine : undefined,
                    onField: view === "both" || view === "form" ? onField : undefined,
                  }}
                />
                <CostsSection estimate={estimate} />
              </Stack>
            </Grid>
          </WithActions>
        </EditingProvider>
      </Views>
      <Confirm
        confirm={words.editor.discard}
        onClose={() => setDiscarding(false)}
        onConfirm={() => {
          draft.take(stored);
          setConflict(undefined);
          setRefused(undefined);
        }}
        open={discarding}
        title={words.editor.discardTitle}
      >
        {words.editor.discardBody}
      </Confirm>
      <Leaving dirty={dirty} saved={saved} />
    </Page>
  );
};

/** Keeps to what was stored when the page was opened: what others save meanwhile is told when it is saved over. */
const Loaded = ({ ruleId, name, stored }: { ruleId: string; name: string; stored: Draft }) => {
  const [first] = useState(stored);
  const catalogue = useActionTypes();
  const events = useEventTypes();
  const schema = useRuleSchema();
  const vocabulary = useMemo(
    () =>
      catalogue.data && events.data && schema.data
        ? { catalogue: catalogue.data, events: events.data, ...schema.data }
        : undefined,
    [catalogue.data, events.data, schema.data],
  );
  const error = catalogue.error ?? events.error ?? schema.error;
  if (vocabulary) return <Editor name={name} ruleId={ruleId} stored={first} vocabulary={vocabulary} />;
  if (!error) return <Loading />;
  return (
    <Page title={words.editor.title(name)}>
      <Failed error={error} retry={() => Promise.all([catalogue.refetch(), events.refetch(), schema.refetch()])} />
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

const Fresh = () => {
  const known = usePlaces();
  if (known.isPending) return <Loading />;
  const text = starter(known.data?.accounts[0], known.data?.sites[0]);
  return <Loaded name="" ruleId={NEW} stored={{ text, revision: null }} />;
};

/** A rule as a form and as YAML, checked as it is written. */
export const EditorPage = ({ ruleId }: { ruleId?: string }) =>
  ruleId === undefined ? <Fresh /> : <Existing key={ruleId} ruleId={ruleId} />;
