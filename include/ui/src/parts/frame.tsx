import { Alert, Box, Button, Heading, HStack, IconButton, Stack, Text } from "@chakra-ui/react";
import { Component, type ReactNode } from "react";
import { Link, useLocation } from "react-router-dom";
import { dismiss, useNotices } from "../notices";
import { places, useTitle } from "../places";
import { words } from "../words";
import { Note, RouterLink } from "./blocks";
import { CloseIcon } from "./icons";

const TABS = [
  [words.tabs.dashboard, places.dashboard],
  [words.tabs.rules, places.rules],
  [words.tabs.executions, places.executions()],
  [words.tabs.presets, places.presets],
  [words.tabs.content, places.content("")],
] as const;

const tabOf = (path: string) => {
  const rest = path.slice(path.indexOf(places.rules) + places.rules.length);
  if (rest.startsWith("/dashboard")) return words.tabs.dashboard;
  if (rest.startsWith("/executions") || rest.startsWith("/compare")) return words.tabs.executions;
  if (rest.startsWith("/content")) return words.tabs.content;
  return rest.startsWith("/presets") ? words.tabs.presets : words.tabs.rules;
};

const Notices = () => (
  <Stack aria-label={words.notices} aria-live="polite" as="section" gap={2}>
    {useNotices().map((notice) => (
      <Alert.Root alignItems="center" key={notice.number} size="sm" status={notice.status}>
        <Alert.Indicator />
        <Alert.Content flexDirection="row" gap={3}>
          <Text>{notice.text}</Text>
          {notice.link ? <RouterLink to={notice.link.to}>{notice.link.text}</RouterLink> : null}
        </Alert.Content>
        <IconButton
          aria-label={words.dismiss}
          color="inherit"
          onClick={() => dismiss(notice.number)}
          size="2xs"
          variant="ghost"
        >
          <CloseIcon />
        </IconButton>
      </Alert.Root>
    ))}
  </Stack>
);

/** What every page has around it: the sections, the messages, a heading and what can be done. */
export const Page = ({
  title,
  aside,
  lead,
  children,
}: {
  title: string;
  aside?: ReactNode;
  lead?: ReactNode;
  children: ReactNode;
}) => {
  const here = tabOf(useLocation().pathname);
  useTitle(title);
  return (
    <Stack gap={4} h="full" overflow="auto" p={4}>
      <HStack aria-label={words.sections} as="nav" gap={1}>
        {TABS.map(([name, to]) => (
          <Button
            aria-current={name === here ? "page" : undefined}
            asChild
            colorPalette="brand"
            key={name}
            size="sm"
            variant={name === here ? "subtle" : "ghost"}
          >
            <Link to={to}>{name}</Link>
          </Button>
        ))}
      </HStack>
      <Notices />
      <HStack align="flex-start" gap={4} justify="space-between" wrap="wrap">
        <Box maxW="80ch">
          <Heading as="h1" size="lg">
            {title}
          </Heading>
          {lead}
        </Box>
        <HStack wrap="wrap">{aside}</HStack>
      </HStack>
      {children}
    </Stack>
  );
};

/** Keeps a mistake of ours within the page, with its message. */
export class Boundary extends Component<{ children: ReactNode }, { error?: Error }> {
  override state: { error?: Error } = {};

  static getDerivedStateFromError(error: Error) {
    return { error };
  }

  override render() {
    if (!this.state.error) return this.props.children;
    return (
      <Box p={4}>
        <Note status="error" title={words.crashed}>
          {this.state.error.message}
        </Note>
      </Box>
    );
  }
}
