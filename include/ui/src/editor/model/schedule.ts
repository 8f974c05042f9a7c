// The schedules that have a form of their own, and the crons that they are.

/** How often something starts. Weekdays are those of cron: 0 is Sunday. */
export type Recurrence =
  | { every: "hour"; minute: number }
  | { every: "day"; hour: number; minute: number }
  | { every: "week"; days: readonly number[]; hour: number; minute: number }
  | { every: "month"; day: number; hour: number; minute: number }
  | { every: "cron"; cron: string };

export type Every = Recurrence["every"];
export const EVERY: readonly Every[] = ["hour", "day", "week", "month", "cron"];

const NAMES = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
/** The days of the week as a week is read. */
export const WEEK = [1, 2, 3, 4, 5, 6, 0] as const;

const whole = (text: string | undefined, most: number, least = 0): number | undefined => {
  if (text === undefined || !/^\d{1,2}$/.test(text)) return undefined;
  const number = Number(text);
  return number >= least && number <= most ? number : undefined;
};

const dayOf = (text: string): number | undefined => {
  const named = NAMES.indexOf(text.toUpperCase());
  if (named !== -1) return named;
  const number = whole(text, 7);
  return number === undefined ? undefined : number % 7;
};

/** The days that a cron's last field names; undefined where it says more than days and spans of days. */
const daysOf = (text: string): number[] | undefined => {
  const days = new Set<number>();
  for (const part of text.split(",")) {
    const ends = part.split("-").map(dayOf);
    const [first, last = first] = ends;
    if (ends.length > 2 || first === undefined || last === undefined) return undefined;
    const end = last < first && last === 0 ? 7 : last;
    if (end < first) return undefined;
    for (let day = first; day <= end; day += 1) days.add(day % 7);
  }
  return WEEK.filter((day) => days.has(day));
};

/** What a cron says; a cron as such where it says more than the others can. */
export const readCron = (cron: string): Recurrence => {
  const asCron: Recurrence = { every: "cron", cron };
  const [minutes, hours, day, month, weekdays, ...more] = cron.trim().split(/\s+/);
  const minute = whole(minutes, 59);
  if (more.length > 0 || weekdays === undefined || month !== "*" || minute === undefined) return asCron;
  if (hours === "*") return day === "*" && weekdays === "*" ? { every: "hour", minute } : asCron;
  const hour = whole(hours, 23);
  if (hour === undefined) return asCron;
  if (day !== "*") {
    const number = whole(day, 31, 1);
    return number !== undefined && weekdays === "*" ? { every: "month", day: number, hour, minute } : asCron;
  }
  if (weekdays === "*") return { every: "day", hour, minute };
  const days = daysOf(weekdays);
  return days ? { every: "week", days, hour, minute } : asCron;
};

const written = (days: readonly number[]): string => {
  const places = WEEK.flatMap((day, place) => (days.includes(day) ? [place] : []));
  const first = places[0] ?? 0;
  const last = places.at(-1) ?? 0;
  const name = (place: number) => NAMES[WEEK[place] ?? 0] ?? "";
  const span = places.length > 2 && last - first === places.length - 1;
  return span ? `${name(first)}-${name(last)}` : places.map(name).join(",");
};

export const writeCron = (when: Recurrence): string => {
  switch (when.every) {
    case "hour":
      return `${when.minute} * * * *`;
    case "day":
      return `${when.minute} ${when.hour} * * *`;
    case "week":
      return `${when.minute} ${when.hour} * * ${written(when.days.length > 0 ? when.days : [1])}`;
    case "month":
      return `${when.minute} ${when.hour} ${when.day} * *`;
    case "cron":
      return when.cron;
  }
};

/** The same time of the day at another rate. */
export const changeEvery = (when: Recurrence, every: Every): Recurrence => {
  const minute = when.every === "cron" ? 0 : when.minute;
  const hour = when.every === "cron" || when.every === "hour" ? 6 : when.hour;
  switch (every) {
    case "hour":
      return { every, minute };
    case "day":
      return { every, hour, minute };
    case "week":
      return { every, days: [1], hour, minute };
    case "month":
      return { every, day: 1, hour, minute };
    case "cron":
      return { every, cron: writeCron(when) };
  }
};

/** The crons of a rule's `schedule`, which is one or a list. */
export const cronsOf = (schedule: unknown): string[] =>
  (Array.isArray(schedule) ? schedule : [schedule]).filter((cron): cron is string => typeof cron === "string");

/** A rule's `schedule` of crons: one stands alone. */
export const scheduleOf = (crons: readonly string[]): string | readonly string[] =>
  crons.length === 1 ? (crons[0] ?? "") : crons;

export const timeText = (hour: number, minute: number) =>
  `${String(hour).padStart(2, "0")}:${String(minute).padStart(2, "0")}`;

export const readTime = (text: string): { hour: number; minute: number } | undefined => {
  const [hour, minute] = text.split(":");
  const hours = whole(hour, 23);
  const minutes = whole(minute, 59);
  return hours === undefined || minutes === undefined ? undefined : { hour: hours, minute: minutes };
};
