import { Text } from "@chakra-ui/react";
import { type RefObject, useEffect, useState } from "react";
import { type Location, useBlocker, useNavigate } from "react-router-dom";
import { Confirm, words } from "#shared";

// Where the user wanted to go. Airflow's page may mount the editor anew while it asks, which forgets the question.
let wanted: Location | undefined;

/** Asks before a page with unsaved work is left. The draft is kept whatever is answered. */
export const Leaving = ({ dirty, saved }: { dirty: boolean; saved: RefObject<boolean> }) => {
  const [to, setTo] = useState(wanted);
  const navigate = useNavigate();
  const blocker = useBlocker(({ currentLocation, nextLocation }) => {
    const asks = dirty && !saved.current && currentLocation.pathname !== nextLocation.pathname;
    if (asks) wanted = nextLocation;
    return asks;
  });
  useEffect(() => {
    if (blocker.state === "blocked") setTo(blocker.location);
  }, [blocker]);
  useEffect(() => {
    if (!dirty) return;
    const ask = (event: BeforeUnloadEvent) => {
      if (!saved.current) event.preventDefault();
    };
    addEventListener("beforeunload", ask);
    return () => removeEventListener("beforeunload", ask);
  }, [dirty, saved]);
  return (
    <Confirm
      confirm={words.editor.leave}
      keep={words.editor.stay}
      onClose={() => {
        wanted = undefined;
        setTo(undefined);
        if (blocker.state === "blocked") blocker.reset();
      }}
      onConfirm={() => {
        saved.current = true;
        if (to) navigate(to);
      }}
      open={to !== undefined}
      title={words.editor.leaveTitle}
    >
      <Text>{words.editor.leaveBody}</Text>
    </Confirm>
  );
};
