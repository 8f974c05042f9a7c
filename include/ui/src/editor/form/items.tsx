// The field for a param that names items: left to the action above, ids, a selector, or a reference.
import { HStack, Stack, Text } from "@chakra-ui/react";
import { memo } from "react";
import { labelOf, words } from "#shared";
import type { Field, Known } from "../model/fields";
import { readReference, referencesAt, referenceText, supplierAt } from "../model/graph";
import { isMapping, type Path, pathText } from "../model/text";
import { useMatching } from "../queries";
import { Conditions } from "./conditions";
import { Labelled, readNumber, Select, TextInput, useChange } from "./controls";
import { useActions, useDraft, useEditing, useFaults, usePlace, useValue } from "./editing";

type Way = "above" | "selector" | "reference" | "ids";

const wayOf = (value: unknown): Way => {
  if (value === undefined || value === null) return "above";
  if (isMapping(value)) return "selector";
  return typeof value === "string" ? "reference" : "ids";
};

const readIds = (text: string): unknown =>
  text
    .split(",")
    .map((part) => part.trim())
    .filter(Boolean)
    .map(readNumber);

/** The references that can stand at an action, and those of the event that starts the rule. */
const useReferences = (index: number | undefined, collection?: string): readonly (readonly [string, string])[] => {
  const { catalogue, events } = useEditing();
  const actions = useActions();
  const event = useDraft((state) => (state.rule.trigger === "event" ? state.rule.event : undefined));
  const brought = events.find((each) => each.type === event)?.example ?? {};
  if (index === undefined) return [];
  const fits = (value: unknown) => collection === undefined || typeof value === "number" || Array.isArray(value);
  return [
    ...referencesAt(actions, index, catalogue, collection).map(
      (reference) => [reference.text, `${reference.path} – ${reference.description}`] as const,
    ),
    ...Object.entries(brought)
      .filter(([, value]) => fits(value))
      .map(([name]) => [referenceText(`event.${name}`), `event.${name}`] as const),
  ];
};

/** A reference, chosen of those that can stand here or written by hand. */
export const ReferenceInput = ({
  index,
  collection,
  value,
  label,
  onChange,
}: {
  /** The place of the action that takes it; none for one on failure, which can refer to the failure only. */
  index: number | undefined;
  collection?: string;
  value: string;
  label: string;
  onChange: (reference: string) => void;
}) => {
  const references = useReferences(index, collection);
  return (
    <HStack align="flex-start" gap={2} w="full">
      {index === undefined ? null : (
        <Select
          empty={readReference(value) && references.some(([key]) => key === value) ? undefined : words.form.items.pick}
          label={words.form.items.pickLabel(label)}
          onChange={(reference) => (reference ? onChange(reference) : undefined)}
          options={references}
          value={references.some(([key]) => key === value) ? value : ""}
        />
      )}
      <TextInput
        label={label}
        mono
        onCommit={onChange}
        placeholder={referenceText(words.form.items.example)}
        value={value}
      />
    </HStack>
  );
};

const ORDER_UP = "";

const Selector = ({
  path,
  fields,
  collection,
}: {
  path: Path;
  fields: Readonly<Record<string, Known>>;
  collection: string;
}) => {
  const orderBy = useValue([...path, "order_by"]);
  const limit = useValue([...path, "limit"]);
  const changeOrder = useChange([...path, "order_by"]);
  const changeLimit = useChange([...path, "limit"]);
  const order = typeof orderBy === "string" ? orderBy : ORDER_UP;
  const down = order.startsWith("-");
  const name = order.replace(/^-/, "");
  const names = Object.keys(fields);
  return (
    <Stack borderRadius="md" borderWidth={1} gap={3} p={3} w="full">
      <Text fontSize="sm" fontWeight="medium">
        {words.form.items.where}
      </Text>
      <Conditions fields={fields} none={words.form.items.all} path={[...path, "where"]} />
      <HStack align="flex-start" gap={3}>
        <Labelled label={words.form.items.orderBy} path={[...path, "order_by"]}>
          <HStack w="full">
            <TextInput
              label={words.form.items.orderBy}
              onCommit={(text) => changeOrder(text === "" ? undefined : (down ? "-" : "") + text)}
              options={names}
              placeholder={words.form.items.anyOrder}
              value={name}
            />
            <Select
              label={words.form.items.direction}
              onChange={(to) => (name ? changeOrder((to === "down" ? "-" : "") + name) : undefined)}
              options={[
                ["up", words.form.items.smallest],
                ["down", words.form.items.largest],
              ]}
              value={down ? "down" : "up"}
              width="170px"
            />
          </HStack>
        </Labelled>
        <Labelled label={words.form.items.limit} path={[...path, "limit"]}>
          <TextInput
            label={words.form.items.limit}
            min={1}
            onCommit={(text) => changeLimit(readNumber(text))}
            placeholder={words.form.items.noLimit}
            type="number"
            value={limit === undefined || limit === null ? "" : String(limit)}
          />
        </Labelled>
      </HStack>
      <Matching collection={collection} path={path} />
    </Stack>
  );
};

/** How many items match now and how many of them the limit lets through, whatever is wrong elsewhere in the rule. */
const Matching = ({ path, collection }: { path: Path; collection: string }) => {
  const texts = words.form.items;
  const place = usePlace();
  const where = JSON.stringify(useValue([...path, "where"]) ?? []);
  const limit = useValue([...path, "limit"]);
  const faults = useFaults(path, true);
  const later = where.includes("{{");
  const found = useMatching(collection, later || faults.length > 0 ? undefined : place, where);
  if (faults.length > 0 || (!later && found.data === undefined)) return null;
  return (
    <Text aria-live="polite" color="fg.muted" fontSize="xs">
      {found.data === undefined ? texts.matchingLater : texts.matching(found.data, Number(limit) || undefined)}
    </Text>
  );
};

export const ItemsField = memo(
  ({ path, field, index }: { path: Path; field: Field; index: number }) => {
    const { catalogue } = useEditing();
    const actions = useActions();
    const value = useValue(path);
    const change = useChange(path);
    if (field.input.kind !== "items") return null;
    const { collection, suppliedBy, fields } = field.input;
    const way = wayOf(value);
    const supplier = supplierAt(actions, index, catalogue, suppliedBy);
    const references = referencesAt(actions, index, catalogue, collection);
    const begin: Record<Way, unknown> = {
      above: undefined,
      selector: { where: [], limit: 10 },
      reference: references[0]?.text ?? referenceText(`event.${field.name}`),
      ids: [],
    };
    return (
      <Labelled help={field.description} label={field.label} path={path} required={field.required}>
        <Select
          label={words.form.items.way(field.label)}
          onChange={(to) => change(begin[to as Way])}
          options={[
            ["above", words.form.items.above(supplier && labelOf(supplier.id))],
            ["selector", words.form.items.selector],
            ["reference", words.form.items.reference],
            ["ids", words.form.items.ids],
          ]}
          value={way}
        />
        {way === "selector" ? <Selector collection={collection} fields={fields} path={path} /> : null}
        {way === "reference" ? (
          <ReferenceInput
            collection={collection}
            index={index}
            label={field.label}
            onChange={change}
            value={String(value)}
          />
        ) : null}
        {way === "ids" ? (
          <TextInput
            label={words.form.items.ids}
            onCommit={(text) => change(readIds(text))}
            placeholder={words.form.items.idsExample}
            value={Array.isArray(value) ? value.join(", ") : String(value)}
          />
        ) : null}
      </Labelled>
    );
  },
  (before, after) =>
    pathText(before.path) === pathText(after.path) && before.field === after.field && before.index === after.index,
);
