import { Button, HStack, IconButton, Menu, NativeSelect, Portal, Stack, Text } from "@chakra-ui/react";
import { type ReactNode, useState } from "react";
import type { Meta } from "../api/schema";
import { words } from "../words";
import { LeftIcon, RightIcon } from "./icons";

/** A choice of one of a few values; the first stands for all of them. */
export const Choice = ({
  label,
  value,
  options,
  onChange,
}: {
  label: string;
  value: string;
  options: readonly (readonly [string, string])[];
  onChange: (value: string) => void;
}) => (
  <NativeSelect.Root size="sm" w="auto">
    <NativeSelect.Field
      aria-label={label}
      borderColor="border.emphasized"
      onChange={(event) => onChange(event.currentTarget.value)}
      value={value}
    >
      <option value="">{`${label}: ${words.all.toLowerCase()}`}</option>
      {options.map(([key, name]) => (
        <option key={key} value={key}>
          {name}
        </option>
      ))}
    </NativeSelect.Field>
    <NativeSelect.Indicator />
  </NativeSelect.Root>
);

export const Pager = ({ meta, onPage }: { meta: Meta; onPage: (page: number) => void }) => {
  const from = meta.count === 0 ? 0 : (meta.page - 1) * meta.page_size + 1;
  const to = Math.min(meta.count, meta.page * meta.page_size);
  return (
    <HStack aria-label={words.pages.navigation} as="nav" justify="flex-end">
      <Text color="fg.muted" fontSize="sm">
        {words.pages.shown(from, to, meta.count)}
      </Text>
      <IconButton
        aria-label={words.pages.previous}
        disabled={meta.page <= 1}
        onClick={() => onPage(meta.page - 1)}
        size="xs"
        variant="outline"
      >
        <LeftIcon />
      </IconButton>
      <IconButton
        aria-label={words.pages.next}
        disabled={meta.next === null}
        onClick={() => onPage(meta.page + 1)}
        size="xs"
        variant="outline"
      >
        <RightIcon />
      </IconButton>
    </HStack>
  );
};

export interface Choosable {
  key: string;
  name: string;
  danger?: boolean;
  onChoose: () => void;
}

/**
 * A button with a menu behind it.
 *
 * The menu is made when it is first opened: fifty of them, one for each row of a table, take longer than the table.
 */
export const Choices = ({ button, entries }: { button: ReactNode; entries: readonly Choosable[] }) => {
  const [wanted, setWanted] = useState(false);
  if (!wanted) {
    return (
      // biome-ignore lint/a11y/noStaticElementInteractions: the button inside is what is clicked, also by keyboard
      // biome-ignore lint/a11y/useKeyWithClickEvents: as above
      <span onClick={() => setWanted(true)}>{button}</span>
    );
  }
  return (
    <Menu.Root defaultOpen positioning={{ placement: "bottom-end" }}>
      <Menu.Trigger asChild>{button}</Menu.Trigger>
      <Portal>
        <Menu.Positioner>
          <Menu.Content>
            {entries.map((entry) => (
              <Menu.Item
                color={entry.danger ? "fg.error" : undefined}
                key={entry.key}
                onClick={entry.onChoose}
                value={entry.key}
              >
                {entry.name}
              </Menu.Item>
            ))}
          </Menu.Content>
        </Menu.Positioner>
      </Portal>
    </Menu.Root>
  );
};

/** Views of one thing, of which one is shown. They are buttons: links would mount the page anew. */
export const Views = ({
  label,
  value,
  options,
  onChange,
  children,
}: {
  label: string;
  value: string;
  options: readonly (readonly [string, string])[];
  onChange: (value: string) => void;
  children: ReactNode;
}) => (
  <Stack gap={4}>
    <HStack aria-label={label} as="nav" borderBottomWidth={1} gap={1}>
      {options.map(([key, name]) => (
        <Button
          aria-current={key === value ? "page" : undefined}
          borderBottomColor={key === value ? "brand.solid" : "transparent"}
          borderBottomWidth={2}
          borderRadius={0}
          color={key === value ? "fg" : "fg.muted"}
          key={key}
          mb="-1px"
          onClick={() => onChange(key)}
          size="sm"
          variant="ghost"
        >
          {name}
        </Button>
      ))}
    </HStack>
    {children}
  </Stack>
);
