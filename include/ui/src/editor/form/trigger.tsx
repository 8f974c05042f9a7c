import { Box, Button, Code, chakra, Grid, HStack, IconButton, Stack, Text } from "@chakra-ui/react";
import { useId, useRef } from "react";
import { CloseIcon, formatMoment, formatRelative, labelOf, PlusIcon, words } from "#shared";
import {
  changeEvery,
  cronsOf,
  EVERY,
  type Every,
  type Recurrence,
  readCron,
  readTime,
  scheduleOf,
  timeText,
  WEEK,
  writeCron,
} from "../model/schedule";
import type { Edit } from "../model/text";
import { FaultTexts, Labelled, Select, TextField, TextInput } from "./controls";
import { useEditing, useFaults, useValue } from "./editing";

const TRIGGERS = ["schedule", "event", "manual"] as const;
type Trigger = (typeof TRIGGERS)[number];
const FIRST = "0 6 * * MON";
const BELONGING: Record<Trigger, readonly string[]> = {
  schedule: ["schedule", "timezone"],
  event: ["event", "assets"],
  manual: [],
};

/** What starts the rule, each kind as a card; they are radio buttons. */
const Cards = () => {
  const { draft, events } = useEditing();
  const value = useValue(["trigger"]);
  const name = useId();
  const left = useRef<Record<string, unknown>>({}); // what another kind of trigger had, for coming back to it
  const choose = (to: Trigger) => {
    const { rule } = draft.get();
    const first: Record<string, unknown> = { schedule: FIRST, event: events[0]?.type ?? "keywords.imported" };
    const others = TRIGGERS.flatMap((each) => (each === to ? [] : BELONGING[each]));
    const gone = others.filter((field) => rule[field] !== undefined);
    for (const field of gone) left.current[field] = rule[field];
    const back = BELONGING[to].filter((field) => rule[field] === undefined);
    draft.edit(
      { kind: "set", path: ["trigger"], value: to },
      ...gone.map((field): Edit => ({ kind: "remove", path: [field] })),
      ...back.flatMap((field): Edit[] => {
        const value = left.current[field] ?? first[field];
        return value === undefined ? [] : [{ kind: "set", path: [field], value }];
      }),
    );
  };
  return (
    <Grid aria-label={words.form.trigger} gap={2} gridTemplateColumns="repeat(3, 1fr)" role="radiogroup">
      {TRIGGERS.map((trigger) => (
        <Box
          _focusWithin={{ outline: "2px solid", outlineColor: "brand.focusRing" }}
          _hover={{ bg: "bg.subtle" }}
          as="label"
          bg={value === trigger ? "brand.subtle" : undefined}
          borderColor={value === trigger ? "brand.solid" : "border.emphasized"}
          borderRadius="md"
          borderWidth={1}
          cursor="pointer"
          key={trigger}
          p={3}
        >
          <HStack align="flex-start" gap={2}>
            <input
              checked={value === trigger}
              name={name}
              onChange={() => choose(trigger)}
              style={{ appearance: "auto", marginTop: 3 }}
              type="radio"
            />
            <Stack gap={0}>
              <Text fontWeight="medium">{words.form.triggers[trigger]}</Text>
              <Text color="fg.muted" fontSize="xs">
                {words.form.triggersTold[trigger]}
              </Text>
            </Stack>
          </HStack>
        </Box>
      ))}
    </Grid>
  );
};

const Day = ({ day, on, onToggle }: { day: number; on: boolean; onToggle: () => void }) => (
  <Button
    aria-pressed={on}
    colorPalette={on ? "brand" : undefined}
    minW={0}
    onClick={onToggle}
    px={2}
    size="xs"
    title={words.form.days[day]}
    variant={on ? "solid" : "outline"}
  >
    {words.form.days[day]?.slice(0, 3)}
  </Button>
);

const Time = ({
  when,
  onChange,
}: {
  when: Extract<Recurrence, { hour: number }>;
  onChange: (when: Recurrence) => void;
}) => (
  <Box w="120px">
    <TextInput
      label={words.form.schedule.time}
      onCommit={(text) => {
        const time = readTime(text);
        if (time) onChange({ ...when, ...time });
      }}
      type="time"
      value={timeText(when.hour, when.minute)}
    />
  </Box>
);

const Cron = ({
  cron,
  number,
  onChange,
  onRemove,
}: {
  cron: string;
  number: number;
  onChange: (cron: string) => void;
  onRemove?: () => void;
}) => {
  const chosen = useRef(false); // by hand, although it says what one of the others could
  const read = readCron(cron);
  const when: Recurrence = chosen.current ? { every: "cron", cron } : read;
  const faults = useFaults(["schedule", number]);
  const change = (after: Recurrence) => onChange(writeCron(after));
  return (
    <Stack gap={1}>
      <HStack gap={2} wrap="wrap">
        <Select
          label={words.form.schedule.every}
          onChange={(every) => {
            chosen.current = every === "cron";
            change(changeEvery(read, every as Every));
          }}
          options={EVERY.map((every) => [every, words.form.every[every] ?? every] as const)}
          value={when.every}
          width="150px"
        />
        {when.every === "hour" ? (
          <HStack>
            <Text fontSize="sm">{words.form.schedule.minute}</Text>
            <Box w="80px">
              <TextInput
                label={words.form.schedule.minute}
                max={59}
                min={0}
                onCommit={(text) =>
                  /^\d{1,2}$/.test(text) && Number(text) < 60 && change({ ...when, minute: Number(text) })
                }
                type="number"
                value={String(when.minute)}
              />
            </Box>
          </HStack>
        ) : null}
        {when.every === "week" ? (
          <HStack aria-label={words.form.schedule.days} gap={1} role="group">
            {WEEK.map((day) => (
              <Day
                day={day}
                key={day}
                on={when.days.includes(day)}
                onToggle={() => {
                  const days = when.days.includes(day) ? when.days.filter((each) => each !== day) : [...when.days, day];
                  if (days.length > 0) change({ ...when, days });
                }}
              />
            ))}
          </HStack>
        ) : null}
        {when.every === "month" ? (
          <HStack>
            <Text fontSize="sm">{words.form.schedule.day}</Text>
            <Select
              label={words.form.schedule.day}
              onChange={(day) => change({ ...when, day: Number(day) })}
              options={Array.from({ length: 31 }, (_, index) => [String(index + 1), String(index + 1)] as const)}
              value={String(when.day)}
              width="80px"
            />
          </HStack>
        ) : null}
        {when.every === "day" || when.every === "week" || when.every === "month" ? (
          <HStack>
            <Text fontSize="sm">{words.form.schedule.at}</Text>
            <Time onChange={change} when={when} />
          </HStack>
        ) : null}
        {when.every === "cron" ? (
          <Box flex={1} maxW="260px">
            <TextInput label={words.form.schedule.cron} mono onCommit={onChange} placeholder={FIRST} value={cron} />
          </Box>
        ) : (
          <Code color="fg.muted" variant="plain">
            {cron}
          </Code>
        )}
        {onRemove ? (
          <IconButton aria-label={words.form.schedule.remove} onClick={onRemove} size="xs" variant="ghost">
            <CloseIcon />
          </IconButton>
        ) : null}
      </HStack>
      {when.every === "month" && when.day > 28 ? (
        <Text color="fg.muted" fontSize="xs">
          {words.form.schedule.shortMonths}
        </Text>
      ) : null}
      <FaultTexts faults={faults} />
    </Stack>
  );
};

const zones = (): readonly string[] => ["UTC", ...Intl.supportedValuesOf("timeZone")];

const Schedule = () => {
  const { draft } = useEditing();
  const crons = cronsOf(useValue(["schedule"]));
  const set = (after: readonly string[]) => draft.edit({ kind: "set", path: ["schedule"], value: scheduleOf(after) });
  return (
    <Stack gap={3}>
      <Labelled label={words.form.schedule.label} path={["schedule"]}>
        <Stack gap={2} w="full">
          {crons.map((cron, index) => (
            <Cron
              cron={cron}
              // biome-ignore lint/suspicious/noArrayIndexKey: two may be the same while one is being made
              key={index}
              number={index}
              onChange={(after) => set(crons.map((each, place) => (place === index ? after : each)))}
              onRemove={crons.length > 1 ? () => set(crons.filter((_, place) => place !== index)) : undefined}
            />
          ))}
          <Box>
            <Button onClick={() => set([...crons, "0 6 * * *"])} size="xs" variant="outline">
              <PlusIcon />
              {words.form.schedule.add}
            </Button>
          </Box>
        </Stack>
      </Labelled>
      <Box maxW="300px">
        <TextField
          label={words.form.schedule.zone}
          options={zones()}
          path={["timezone"]}
          placeholder={words.form.unless("UTC")}
        />
      </Box>
      <NextRuns />
    </Stack>
  );
};

/** When the clock would start the draft next; told anew while it is written. */
const NextRuns = () => {
  const { clock } = useEditing();
  const zone = useValue(["timezone"]);
  const status = useValue(["status"]);
  const texts = words.form.schedule;
  const active = status === undefined || status === "active";
  return (
    <Stack bg="bg.subtle" borderRadius="md" data-next-runs="" gap={1} p={3}>
      <Text fontSize="sm" fontWeight="medium">
        {texts.next}
      </Text>
      {clock?.told ? (
        <Text _firstLetter={{ textTransform: "uppercase" }} display="block" fontSize="sm">
          {`${clock.told}.`}
        </Text>
      ) : null}
      {clock && clock.runs.length > 0 ? (
        <Stack as="ol" fontSize="sm" gap={0} listStyleType="none">
          {clock.runs.map((run) => (
            <HStack as="li" gap={2} key={run}>
              <chakra.time dateTime={run} fontVariantNumeric="tabular-nums">
                {formatMoment(run, typeof zone === "string" ? zone : "UTC")}
              </chakra.time>
              <Text color="fg.muted" fontSize="xs">
                {formatRelative(run)}
              </Text>
            </HStack>
          ))}
        </Stack>
      ) : (
        <Text color="fg.muted" fontSize="sm">
          {clock === undefined ? texts.notYet : active ? texts.never : texts.notActive}
        </Text>
      )}
    </Stack>
  );
};

const Event = () => {
  const { draft, events } = useEditing();
  const value = useValue(["event"]);
  const known = events.find((each) => each.type === value);
  return (
    <Stack gap={3}>
      <Labelled help={known?.description} label={words.form.event.label} path={["event"]}>
        <TextInput
          label={words.form.event.label}
          onCommit={(text) =>
            draft.edit(
              text === "" ? { kind: "remove", path: ["event"] } : { kind: "set", path: ["event"], value: text },
            )
          }
          options={events.map((each) => each.type)}
          value={typeof value === "string" ? value : ""}
        />
      </Labelled>
      <HStack gap={1} wrap="wrap">
        {events.map((each) => (
          <Button
            aria-pressed={each.type === value}
            key={each.type}
            onClick={() => draft.edit({ kind: "set", path: ["event"], value: each.type })}
            size="2xs"
            title={each.description}
            variant={each.type === value ? "subtle" : "outline"}
          >
            {each.type}
          </Button>
        ))}
      </HStack>
      {known ? (
        <Stack gap={1}>
          <Text color="fg.muted" fontSize="xs">
            {words.form.event.about(known.about, known.emitted_by.map(labelOf))}
          </Text>
          <Code
            aria-label={words.form.event.example}
            display="block"
            fontSize="xs"
            maxH="220px"
            overflow="auto"
            p={2}
            role="region"
            tabIndex={0}
            whiteSpace="pre"
          >
            {JSON.stringify(known.example, undefined, 2)}
          </Code>
        </Stack>
      ) : null}
    </Stack>
  );
};

const Assets = () => {
  const { draft } = useEditing();
  const value = useValue(["assets"]);
  const assets = Array.isArray(value) ? value : [];
  return (
    <Labelled deep help={words.form.event.assetsTold} label={words.form.event.assets} path={["assets"]}>
      <TextInput
        label={words.form.event.assets}
        long
        onCommit={(text) => {
          const lines = text
            .split("\n")
            .map((line) => line.trim())
            .filter(Boolean);
          draft.edit(
            lines.length > 0 ? { kind: "set", path: ["assets"], value: lines } : { kind: "remove", path: ["assets"] },
          );
        }}
        onlyWhenLeft
        value={assets.join("\n")}
      />
    </Labelled>
  );
};

export const TriggerForm = () => {
  const trigger = useValue(["trigger"]);
  return (
    <Stack data-path="trigger" gap={4}>
      <Cards />
      <FaultTexts faults={useFaults(["trigger"])} />
      {trigger === "schedule" ? <Schedule /> : null}
      {trigger === "event" ? (
        <>
          <Event />
          <Assets />
        </>
      ) : null}
    </Stack>
  );
};
