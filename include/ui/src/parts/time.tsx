import { chakra } from "@chakra-ui/react";
import { useEffect, useState } from "react";
import { formatRelative, formatTime, useZone } from "../format";
import { words } from "../words";

/** A moment in the zone of the user's; how far off it is shows on it, or the other way round. */
export const Time = ({ at, relative = false }: { at: string | null | undefined; relative?: boolean }) => {
  const zone = useZone();
  if (!at) return <>{words.none}</>;
  const whole = formatTime(at, zone);
  const far = formatRelative(at);
  return (
    <chakra.time dateTime={at} title={relative ? `${whole} (${zone})` : `${far} (${zone})`} whiteSpace="nowrap">
      {relative ? far : whole}
    </chakra.time>
  );
};

/** Now, every second, while it is asked for. */
export const useNow = (ticking: boolean): number => {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!ticking) return;
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [ticking]);
  return now;
};
