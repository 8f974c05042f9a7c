import { Text } from "@chakra-ui/react";
import { type RefObject, useEffect } from "react";
import { useBlocker } from "react-router-dom";
import { Confirm, words } from "#shared";

/** Asks before a page with unsaved work is left. The draft is kept whatever is answered. */
export const Leaving = ({ dirty, saved }: { dirty: boolean; saved: RefObject<boolean> }) => {
  const blocker = useBlocker(
    ({ currentLocation, nextLocation }) =>
      dirty && !saved.current && currentLocation.pathname !== nextLocation.pathname,
  );
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
      onClose={() => blocker.reset?.()}
      onConfirm={() => blocker.proceed?.()}
      open={blocker.state === "blocked"}
      title={words.editor.leaveTitle}
    >
      <Text>{words.editor.leaveBody}</Text>
    </Confirm>
  );
};
