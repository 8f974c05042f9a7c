// Charts over days, in plain SVG. Everything that they show is also said: in a table, and to whoever goes by keyboard.
import { Box, chakra, HStack, Stack, Table, Text } from "@chakra-ui/react";
import { type KeyboardEvent, type PointerEvent, useState } from "react";
import { useZone } from "../format";
import { words } from "../words";
import { type Series, stacked, ticksOf } from "./series";

export interface Look {
  name: string;
  /** A colour of the theme's. */
  color: string;
  dashed?: boolean;
}

interface ChartProps {
  label: string;
  days: readonly string[];
  series: readonly Series[];
  looks: Readonly<Record<string, Look>>;
  kind: "bars" | "lines";
  format: (value: number) => string;
}

const WIDTH = 640;
const HEIGHT = 200;
const EDGE = { left: 52, right: 8, top: 10, bottom: 22 };
const INNER = { width: WIDTH - EDGE.left - EDGE.right, height: HEIGHT - EDGE.top - EDGE.bottom };
const NO_LOOK: Look = { name: "", color: "fg.muted" };
const MARKS = 7;

/** A day as it stands below a chart: 26 Nov. */
const shortDay = (day: string) =>
  new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", timeZone: "UTC" }).format(new Date(day));

const told = (series: readonly Series[], looks: ChartProps["looks"], place: number, format: ChartProps["format"]) =>
  series.flatMap(({ key, values }) => {
    const value = values[place];
    return value === null || value === undefined || value === 0
      ? []
      : [{ key, look: looks[key] ?? NO_LOOK, value: format(value) }];
  });

const Swatch = ({ look }: { look: Look }) => (
  <Box aria-hidden="true" bg={look.color} borderRadius="2px" boxSize="10px" flexShrink={0} />
);

const Legend = ({ series, looks }: Pick<ChartProps, "series" | "looks">) => (
  <HStack color="fg.muted" fontSize="xs" gap={4} wrap="wrap">
    {series.map(({ key }) => (
      <HStack gap={1.5} key={key}>
        <Swatch look={looks[key] ?? NO_LOOK} />
        {looks[key]?.name ?? key}
      </HStack>
    ))}
  </HStack>
);

const Bars = ({ series, looks, x, y, width }: Pick<ChartProps, "series" | "looks"> & Scale & { width: number }) => (
  <>
    {stacked(series).map((parts, number) => {
      const key = series[number]?.key ?? "";
      return parts.map(({ from, to }, place) =>
        to > from ? (
          <chakra.rect
            fill={looks[key]?.color}
            height={Math.max(1, y(from) - y(to))}
            // biome-ignore lint/suspicious/noArrayIndexKey: a day has one place
            key={`${key} ${place}`}
            width={width}
            x={x(place) - width / 2}
            y={y(to)}
          />
        ) : null,
      );
    })}
  </>
);

const Lines = ({ series, looks, x, y }: Pick<ChartProps, "series" | "looks"> & Scale) => (
  <>
    {series.map(({ key, values }) => {
      const look = looks[key] ?? NO_LOOK;
      const points = values.flatMap((value, place) => (value === null ? [] : [[x(place), y(value)] as const]));
      return (
        <g key={key}>
          <chakra.polyline
            fill="none"
            points={points.map((point) => point.join(",")).join(" ")}
            stroke={look.color}
            strokeDasharray={look.dashed ? "5 4" : undefined}
            strokeWidth={2}
          />
          {points.map(([left, top]) => (
            <chakra.circle cx={left} cy={top} fill={look.color} key={left} r={3} />
          ))}
        </g>
      );
    })}
  </>
);

interface Scale {
  x: (place: number) => number;
  y: (value: number) => number;
}

/** A chart over days. A day is pointed at, or reached with the arrow keys. */
export const DayChart = ({ label, days, series, looks, kind, format }: ChartProps) => {
  const [at, setAt] = useState<number>();
  const parts = stacked(series);
  const most = Math.max(
    0,
    ...(kind === "bars" ? parts : []).flatMap((each) => each.map(({ to }) => to)),
    ...(kind === "lines" ? series : []).flatMap(({ values }) => values.map((value) => value ?? 0)),
  );
  const ticks = ticksOf(most, kind === "bars");
  const top = ticks.at(-1) ?? 1;
  const band = INNER.width / Math.max(1, days.length);
  const scale: Scale = {
    x: (place) => EDGE.left + band * (place + 0.5),
    y: (value) => EDGE.top + INNER.height * (1 - value / top),
  };
  const every = Math.max(1, Math.ceil(days.length / MARKS));
  const last = days.length - 1;
  const here = at === undefined ? undefined : Math.min(at, last);
  const said = here === undefined ? [] : told(series, looks, here, format);
  const move = (event: KeyboardEvent) => {
    const steps: Record<string, number | undefined> = {
      ArrowLeft: (here ?? last + 1) - 1,
      ArrowDown: (here ?? last + 1) - 1,
      ArrowRight: (here ?? last - 1) + 1,
      ArrowUp: (here ?? last - 1) + 1,
      Home: 0,
      End: last,
    };
    const to = steps[event.key];
    if (event.key === "Escape") setAt(undefined);
    if (to === undefined) return;
    event.preventDefault();
    setAt(Math.max(0, Math.min(last, to)));
  };
  const point = (event: PointerEvent) => {
    const box = event.currentTarget.getBoundingClientRect();
    const left = ((event.clientX - box.left) / box.width) * WIDTH - EDGE.left;
    setAt(left < 0 || left > INNER.width ? undefined : Math.min(last, Math.floor(left / band)));
  };
  const day = here === undefined ? "" : (days[here] ?? "");
  const text = (place: number) =>
    `${shortDay(days[place] ?? "")}: ${
      told(series, looks, place, format)
        .map(({ look, value }) => `${look.name} ${value}`)
        .join(", ") || words.dashboard.nothing
    }`;
  return (
    <Stack gap={2}>
      <Box
        _focusVisible={{ outline: "2px solid", outlineColor: "brand.focusRing" }}
        aria-label={label}
        aria-valuemax={last}
        aria-valuemin={0}
        aria-valuenow={here ?? last}
        aria-valuetext={text(here ?? last)}
        borderRadius="md"
        onBlur={() => setAt(undefined)}
        onKeyDown={move}
        onPointerLeave={() => setAt(undefined)}
        onPointerMove={point}
        position="relative"
        role="slider"
        tabIndex={0}
      >
        <chakra.svg aria-hidden="true" display="block" h="auto" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} w="full">
          {ticks.map((tick) => (
            <g key={tick}>
              <chakra.line
                stroke="border.muted"
                x1={EDGE.left}
                x2={WIDTH - EDGE.right}
                y1={scale.y(tick)}
                y2={scale.y(tick)}
              />
              <chakra.text
                dominantBaseline="middle"
                fill="fg.muted"
                fontSize="11px"
                textAnchor="end"
                x={EDGE.left - 6}
                y={scale.y(tick)}
              >
                {format(tick)}
              </chakra.text>
            </g>
          ))}
          {here === undefined ? null : (
            <chakra.rect
              fill="bg.emphasized"
              height={INNER.height}
              opacity={0.6}
              width={band}
              x={scale.x(here) - band / 2}
              y={EDGE.top}
            />
          )}
          {kind === "bars" ? (
            <Bars looks={looks} series={series} width={Math.max(1, Math.min(28, band * 0.7))} {...scale} />
          ) : (
            <Lines looks={looks} series={series} {...scale} />
          )}
          {days.map((each, place) =>
            (last - place) % every === 0 ? (
              <chakra.text
                fill="fg.muted"
                fontSize="11px"
                key={each}
                textAnchor={place === last && days.length > 1 ? "end" : "middle"}
                x={place === last && days.length > 1 ? WIDTH - EDGE.right : scale.x(place)}
                y={HEIGHT - 5}
              >
                {shortDay(each)}
              </chakra.text>
            ) : null,
          )}
        </chakra.svg>
        {here === undefined ? null : (
          <Stack
            bg="bg.panel"
            borderRadius="md"
            borderWidth={1}
            boxShadow="sm"
            fontSize="xs"
            gap={0.5}
            left={`${(100 * scale.x(here)) / WIDTH}%`}
            p={2}
            pointerEvents="none"
            position="absolute"
            top={0}
            transform={here > days.length / 2 ? "translateX(calc(-100% - 12px))" : "translateX(12px)"}
            whiteSpace="nowrap"
            zIndex={1}
          >
            <Text fontWeight="medium">{shortDay(day)}</Text>
            {said.length === 0 ? <Text color="fg.muted">{words.dashboard.nothing}</Text> : null}
            {said.map(({ key, look, value }) => (
              <HStack gap={2} key={key}>
                <Swatch look={look} />
                <Text flex={1}>{look.name}</Text>
                <Text fontVariantNumeric="tabular-nums">{value}</Text>
              </HStack>
            ))}
          </Stack>
        )}
      </Box>
      <Legend looks={looks} series={series} />
    </Stack>
  );
};

/** What a chart shows as a table, the newest day first; days without anything are left out. */
export const DayTable = ({ label, days, series, looks, format }: Omit<ChartProps, "kind">) => {
  const zone = useZone();
  const rows = days
    .map((day, place) => ({ day, place }))
    .filter(({ place }) => series.some(({ values }) => values[place]))
    .reverse();
  return (
    <Table.ScrollArea borderRadius="md" borderWidth={1} maxH="320px">
      <Table.Root aria-label={label} size="sm">
        <Table.Header>
          <Table.Row bg="bg.subtle">
            <Table.ColumnHeader>{words.dashboard.day(zone)}</Table.ColumnHeader>
            {series.map(({ key }) => (
              <Table.ColumnHeader key={key} textAlign="end">
                {looks[key]?.name ?? key}
              </Table.ColumnHeader>
            ))}
          </Table.Row>
        </Table.Header>
        <Table.Body>
          {rows.map(({ day, place }) => (
            <Table.Row key={day}>
              <Table.Cell whiteSpace="nowrap">{day}</Table.Cell>
              {series.map(({ key, values }) => {
                const value = values[place];
                return (
                  <Table.Cell fontVariantNumeric="tabular-nums" key={key} textAlign="end">
                    {value === null || value === undefined ? words.none : format(value)}
                  </Table.Cell>
                );
              })}
            </Table.Row>
          ))}
        </Table.Body>
      </Table.Root>
    </Table.ScrollArea>
  );
};
