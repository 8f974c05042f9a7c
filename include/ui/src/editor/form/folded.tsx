// A thing that can be said and mostly is not: its form is behind its name.
import { Badge, Button, HStack, Stack, Text } from "@chakra-ui/react";
import { type ReactNode, useState } from "react";
import { choiceName, DownIcon, labelOf, RightIcon, words } from "#shared";
import type { Field } from "../model/fields";
import { isMapping, type Path, pathText } from "../model/text";
import { FaultTexts } from "./controls";
import { useFaults, useValue } from "./editing";

/** What shows by itself what is wrong within it. */
const WITH_PLACES: ReadonlySet<Field["input"]["kind"]> = new Set(["fields", "entries", "ways", "actions"]);

const nameOf = (field: Field): string => words.form.further.names[field.name] ?? labelOf(field.name);

/** What stands there, in a word or two; undefined where nothing does. */
const toldOf = (value: unknown, field: Field): string | undefined => {
  if (value === undefined || value === null) return undefined;
  if (Array.isArray(value)) return value.length > 0 ? words.form.further.entries(value.length) : undefined;
  return isMapping(value) ? words.form.further.given : choiceName(field.name, String(value));
};

/** A thing that can be said, under its name; its form is made when it is opened. */
export const Folded = ({ field, path, children }: { field: Field; path: Path; children: ReactNode }) => {
  const [open, setOpen] = useState(false);
  const faults = useFaults(path, true);
  const own = useFaults(path);
  const told = toldOf(useValue(path), field);
  return (
    <Stack data-path={pathText(path)} gap={1}>
      <HStack>
        <Button
          aria-expanded={open}
          flex={1}
          justifyContent="flex-start"
          minW={0}
          onClick={() => setOpen(!open)}
          px={1}
          size="sm"
          variant="plain"
        >
          {open ? <DownIcon /> : <RightIcon />}
          {nameOf(field)}
        </Button>
        {faults.length > 0 ? <Badge colorPalette="failed">{words.rules.problems(faults.length)}</Badge> : null}
        <Text color="fg.muted" fontSize="xs" whiteSpace="nowrap">
          {told ?? words.form.further.notGiven}
        </Text>
      </HStack>
      {open ? (
        <Stack gap={3} pb={3} px={2}>
          <Text color="fg.muted" fontSize="xs">
            {field.description}
          </Text>
          <FaultTexts faults={WITH_PLACES.has(field.input.kind) ? own : faults} />
          {children}
        </Stack>
      ) : null}
    </Stack>
  );
};
