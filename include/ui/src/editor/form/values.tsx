// A text field that offers the values that there are; any other can be typed all the same.
import { Box, Input, Stack, Text } from "@chakra-ui/react";
import { type KeyboardEvent, useId, useState } from "react";
import { errorColor, labelOf, useRested, words } from "#shared";
import type { FieldValueView } from "../../api/schema";
import { wanted, withChosen } from "../model/conditions";
import type { Values } from "../model/fields";
import { useValues } from "../queries";
import { usePlace, useTyping } from "./editing";

const TYPING = 200;
const NOTHING: readonly FieldValueView[] = [];
const NO_CHOICE = -1;

const Offer = ({
  offered,
  id,
  active,
  onChoose,
}: {
  offered: FieldValueView;
  id: string;
  active: boolean;
  onChoose: () => void;
}) => (
  // Never focused: the focus stays in the text field, which says which one is meant.
  <Box
    _hover={{ bg: "bg.muted" }}
    aria-selected={active}
    bg={active ? "bg.emphasized" : undefined}
    cursor="pointer"
    display="flex"
    gap={3}
    id={id}
    justifyContent="space-between"
    onClick={onChoose}
    px={2}
    py={1}
    ref={active ? (option: HTMLElement | null) => option?.scrollIntoView({ block: "nearest" }) : undefined}
    role="option"
  >
    <Text as="span">{offered.name ?? String(offered.value)}</Text>
    <Text as="span" color="fg.muted" fontSize="xs" whiteSpace="nowrap">
      {offered.name === null ? null : `${offered.value} · `}
      {words.form.values.count(offered.count)}
    </Text>
  </Box>
);

/** A value, or with `many` several of them after commas, chosen among those that there are or typed. */
export const ValueBox = ({
  label,
  value,
  values,
  many,
  onCommit,
}: {
  label: string;
  value: string;
  values: Values;
  many: boolean;
  onCommit: (text: string) => void;
}) => {
  const id = useId();
  // What is looked for; undefined while nothing is offered. A name that is half typed is no number yet.
  const [search, setSearch] = useState<string>();
  const [active, setActive] = useState(NO_CHOICE);
  const open = search !== undefined;
  const typing = useTyping(value, (text) => (text === value ? undefined : onCommit(text)), values.named);
  const place = usePlace();
  const found = useValues(values, place, useRested(search ?? "", TYPING), open);
  const offered = found.data?.data ?? NOTHING;
  const more = (found.data?.meta.count ?? 0) - offered.length;
  const texts = words.form.values;

  const show = (text: string | undefined) => {
    setSearch(text);
    setActive(NO_CHOICE);
  };
  const choose = (chosen: FieldValueView) => {
    // What was typed to look for it makes room for it; what stood there when the list was opened stays.
    const ended = search === "" && /[^,\s]\s*$/.test(typing.value);
    typing.take(withChosen(ended ? `${typing.value},` : typing.value, chosen.value, many));
    show(many ? "" : undefined);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!open) show("");
      else if (offered.length > 0) {
        const step = event.key === "ArrowDown" ? 1 : active === NO_CHOICE ? 0 : -1;
        setActive((active + step + offered.length) % offered.length);
      }
    } else if (event.key === "Enter" && open) {
      event.preventDefault();
      const chosen = offered[active];
      if (chosen) choose(chosen);
      else show(undefined);
    } else if (event.key === "Escape" && open) {
      event.stopPropagation();
      show(undefined);
    }
  };

  return (
    <Box position="relative">
      <Input
        aria-activedescendant={open && active !== NO_CHOICE ? `${id}-${active}` : undefined}
        aria-autocomplete="list"
        aria-controls={open ? id : undefined}
        aria-expanded={open}
        aria-label={label}
        autoComplete="off"
        bg="bg"
        borderColor="border.emphasized"
        onBlur={() => {
          show(undefined);
          typing.onBlur();
        }}
        onChange={(event) => {
          typing.onChange(event.currentTarget.value);
          show(wanted(event.currentTarget.value, many));
        }}
        onClick={() => (open ? undefined : show(""))}
        onKeyDown={onKeyDown}
        placeholder={many ? words.form.conditions.list : undefined}
        role="combobox"
        size="sm"
        value={typing.value}
      />
      {open ? (
        <Stack
          bg="bg.panel"
          borderRadius="md"
          borderWidth={1}
          boxShadow="md"
          fontSize="sm"
          gap={0}
          insetInlineEnd={0}
          minW="min(320px, 60vw)"
          mt={1}
          onMouseDown={(event) => event.preventDefault()} // the focus stays where it is
          position="absolute"
          top="100%"
          zIndex="dropdown"
        >
          <Box aria-label={texts.of(labelOf(values.field))} id={id} maxH="260px" overflowY="auto" role="listbox">
            {offered.map((each, number) => (
              <Offer
                active={number === active}
                id={`${id}-${number}`}
                key={String(each.value)}
                offered={each}
                onChoose={() => choose(each)}
              />
            ))}
          </Box>
          <Text
            _empty={{ py: 0 }}
            aria-live="polite"
            color={found.isError ? errorColor : "fg.muted"}
            fontSize="xs"
            px={2}
            py={1}
          >
            {found.isError
              ? found.error.message
              : found.data === undefined
                ? place
                  ? words.loading
                  : texts.noPlace
                : offered.length === 0
                  ? texts.none
                  : more > 0
                    ? texts.more(more)
                    : null}
          </Text>
        </Stack>
      ) : null}
    </Box>
  );
};

/** What the numbers of a comparison are called. */
export const Named = ({ value, values }: { value: unknown; values: Values }) => {
  const number = typeof value === "number" ? value : undefined;
  const found = useValues(values, usePlace(), String(number), number !== undefined);
  const name = found.data?.data.find((each) => each.value === number)?.name;
  return name && number !== undefined ? (
    <Text color="fg.muted" fontSize="xs">
      {words.form.values.named(name)}
    </Text>
  ) : null;
};
