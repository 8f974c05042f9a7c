import { useSyncExternalStore } from "react";

const ZONE = "timezone";

const readZone = (): string => {
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(ZONE) ?? "null");
    return typeof kept === "string" && kept ? kept : own;
  } catch {
    return own;
  }
};

const subscribe = (changed: () => void) => {
  const events = ["storage", "local-storage"]; // the second is how Airflow's page tells of its own changes
  for (const name of events) addEventListener(name, changed);
  return () => {
    for (const name of events) removeEventListener(name, changed);
  };
};

/** The time zone that the user has chosen in Airflow's page. */
export const useZone = () => useSyncExternalStore(subscribe, readZone);

/** A time as Airflow's page shows times: 2026-11-25 06:00:00. */
export const formatTime = (iso: string, zone: string): string => {
  const parts = new Intl.DateTimeFormat("en-CA", {
    timeZone: zone,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
  }).formatToParts(new Date(iso));
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.find((each) => each.type === type)?.value ?? "";
  return `${part("year")}-${part("month")}-${part("day")} ${part("hour")}:${part("minute")}:${part("second")}`;
};

/** The moment at which a day (2026-11-25) begins in a zone; undefined for what is no day. */
export const startOfDay = (day: string, zone: string): string | undefined => {
  const wall = /^\d{4}-\d{2}-\d{2}$/.test(day) ? Date.parse(`${day}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(wall)) return undefined;
  const clockAt = (moment: number) =>
    Date.parse(`${formatTime(new Date(moment).toISOString(), zone).replace(" ", "T")}Z`);
  // How far the zone's clock is ahead differs on either side of a change to or from summer time: of the moment found
  // first it is looked up once more.
  const found = wall - (clockAt(wall) - wall);
  return new Date(wall - (clockAt(found) - found)).toISOString();
};

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
];

/** How far off a time is: in 2 days, 5 minutes ago. */
export const formatRelative = (iso: string, now: number = Date.now()): string => {
  const seconds = Math.round((new Date(iso).getTime() - now) / 1000);
  const [unit, size] = STEPS.find(([, length]) => Math.abs(seconds) >= length) ?? ["second", 1];
  return new Intl.RelativeTimeFormat(undefined, { numeric: "auto" }).format(Math.trunc(seconds / size), unit);
};

/** A span of seconds: 850 ms, 2.8 s, 1 min 5 s, 2 h 3 min. */
export const formatDuration = (seconds: number): string => {
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 60) return `${seconds < 10 ? Math.round(seconds * 10) / 10 : Math.round(seconds)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min${whole % 60 ? ` ${whole % 60} s` : ""}`;
  const minutes = Math.round(whole / 60);
  return `${Math.floor(minutes / 60).toLocaleString()} h${minutes % 60 ? ` ${minutes % 60} min` : ""}`;
};

/** A time to be read by people: Mon, 30 Nov 2026, 07:30 CET. Where the browser does not know the zone, in UTC. */
export const formatMoment = (iso: string, zone: string, locale?: string): string => {
  const format = (timeZone: string) =>
    new Intl.DateTimeFormat(locale, {
      timeZone,
      weekday: "short",
      day: "numeric",
      month: "short",
      year: "numeric",
      hour: "2-digit",
      minute: "2-digit",
      hourCycle: "h23",
      timeZoneName: "short",
    }).format(new Date(iso));
  try {
    return format(zone);
  } catch {
    return format("UTC");
  }
};

/** How what usually takes so long stands after some seconds: what is left of it, or that it takes longer than usual. */
export const outlookOf = (elapsed: number, usual: number): { left: number; late: boolean } => ({
  left: Math.max(0, usual - elapsed),
  late: elapsed > Math.max(1.25 * usual, usual + 2),
});

/** The parts of a text in which ** stands around what is bold. */
export const boldOf = (text: string): { text: string; bold: boolean }[] =>
  text
    .split(/\*\*(\S(?:[^*]*\S)?)\*\*/)
    .map((part, place) => ({ text: part, bold: place % 2 === 1 }))
    .filter((part) => part.text);

export const formatNumber = (value: number): string => value.toLocaleString();

export const formatShare = (value: number): string =>
  new Intl.NumberFormat(undefined, { style: "percent", maximumFractionDigits: 0 }).format(value);

/** Any value that is shown as it stands in a rule. */
export const formatValue = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

/** An address that a link may lead to: only of the web, whatever the server says. */
export const webAddress = (value: unknown): string | undefined => {
  if (typeof value !== "string") return undefined;
  try {
    const { protocol, href } = new URL(value);
    return protocol === "https:" || protocol === "http:" ? href : undefined;
  } catch {
    return undefined;
  }
};
