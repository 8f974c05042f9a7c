import { Alert, Box, Button, Grid, Heading, HStack, List, Link as Plain, Spinner, Stack, Text } from "@chakra-ui/react";
import type { ReactNode } from "react";
import { Link } from "react-router-dom";
import { ApiError } from "../api/client";
import type { Fault } from "../api/schema";
import { words } from "../words";

/** For what is wrong, in small letters: the theme's own red is too light to be read on white. */
export const errorColor = { base: "red.700", _dark: "red.300" };
/** For what is otherwise than was asked for. */
export const warningColor = { base: "orange.700", _dark: "orange.300" };

export const Loading = () => (
  <HStack color="fg.muted" p={6} role="status">
    <Spinner size="sm" />
    <Text>{words.loading}</Text>
  </HStack>
);

/** What is wrong, what was meant perhaps, and where. */
export const FaultText = ({ fault }: { fault: Fault }) => (
  <>
    {fault.message} {fault.suggestion ? words.rules.suggestion(fault.suggestion) : null}
    {fault.path ? (
      <Box as="code" color="fg.muted" display="block" fontSize="xs">
        {fault.path}
      </Box>
    ) : null}
  </>
);

/** Everything that is wrong with a rule or a request, one by one. */
export const Faults = ({ faults }: { faults: readonly Fault[] }) => (
  <List.Root gap={1} ps={4}>
    {faults.map((fault) => (
      <List.Item key={`${fault.path} ${fault.line} ${fault.message}`}>
        {fault.line ? <b>{words.rules.line(fault.line)}</b> : null}
        <FaultText fault={fault} />
      </List.Item>
    ))}
  </List.Root>
);

export const Note = ({
  status,
  title,
  children,
}: {
  status: "info" | "warning" | "error" | "success";
  title?: string;
  children?: ReactNode;
}) => (
  <Alert.Root size="sm" status={status} variant="surface">
    <Alert.Indicator />
    <Alert.Content>
      {title ? <Alert.Title>{title}</Alert.Title> : null}
      {children ? <Alert.Description w="full">{children}</Alert.Description> : null}
    </Alert.Content>
  </Alert.Root>
);

/** What could not be looked up, and a way to ask again. */
export const Failed = ({ error, retry }: { error: Error; retry?: () => unknown }) => (
  <Note status="error" title={error.message}>
    {error instanceof ApiError && error.faults.length > 1 ? <Faults faults={error.faults} /> : null}
    {retry ? (
      <Button mt={2} onClick={() => retry()} size="xs" variant="outline">
        {words.retry}
      </Button>
    ) : null}
  </Note>
);

/** A part of a page under a heading of its own. */
export const Section = ({ title, aside, children }: { title: string; aside?: ReactNode; children: ReactNode }) => (
  <Stack as="section" borderRadius="md" borderWidth={1} gap={3} minW={0} p={4}>
    <HStack justify="space-between">
      <Heading as="h2" size="sm">
        {title}
      </Heading>
      {aside}
    </HStack>
    {children}
  </Stack>
);

/** A flow chart and what is told of its actions: beside each other where there is room. */
export const BesideFlow = ({ children }: { children: ReactNode }) => (
  <Grid
    alignItems="start"
    gap={4}
    gridTemplateColumns={{ base: "minmax(0, 1fr)", xl: "minmax(0, 2fr) minmax(0, 3fr)" }}
  >
    {children}
  </Grid>
);

/** A name and its value, as in Airflow's own headers. */
export const Stat = ({ label, children }: { label: string; children: ReactNode }) => (
  <Stack gap={0} minW="90px">
    <Text color="fg.muted" fontSize="xs">
      {label}
    </Text>
    <Box fontSize="sm">{children}</Box>
  </Stack>
);

/** A link within Airflow, in Airflow's colours. */
export const RouterLink = ({ to, children, ...rest }: { to: string; children: ReactNode; "aria-label"?: string }) => (
  <Plain asChild color="fg.info">
    <Link to={to} {...rest}>
      {children}
    </Link>
  </Plain>
);

/** A link out of Airflow; only ever to an address that `webAddress` has let through. */
export const OutLink = ({ href, children }: { href: string; children: ReactNode }) => (
  <Plain color="fg.info" href={href} rel="noopener noreferrer" target="_blank">
    {children}
  </Plain>
);

/** A button that leads somewhere. */
export const LinkButton = ({
  to,
  children,
  variant = "outline",
  colorPalette,
  size = "sm",
}: {
  to: string;
  children: ReactNode;
  variant?: "outline" | "solid" | "ghost";
  colorPalette?: string;
  size?: "xs" | "sm";
}) => (
  <Button asChild colorPalette={colorPalette} size={size} variant={variant}>
    <Link to={to}>{children}</Link>
  </Button>
);

/** Text in the place of a list that has nothing in it. */
export const Empty = ({ title, children }: { title: string; children?: ReactNode }) => (
  <Stack align="center" borderRadius="md" borderStyle="dashed" borderWidth={1} gap={3} p={10} textAlign="center">
    <Text fontWeight="medium">{title}</Text>
    {children}
  </Stack>
);
