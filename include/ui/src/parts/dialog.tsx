import { Button, Dialog, Portal } from "@chakra-ui/react";
import { type ReactNode, useRef } from "react";
import { words } from "../words";

interface Asked {
  open: boolean;
  title: string;
  children: ReactNode;
  keep?: string;
  onClose: () => void;
}

interface Answer {
  name: string;
  palette?: string;
  onChoose: () => void;
}

/** Asks a question that has several answers, and the one to leave it, which has the focus. */
export const Question = ({
  open,
  title,
  children,
  keep = words.keep,
  onClose,
  answers,
}: Asked & { answers: readonly Answer[] }) => {
  const safe = useRef<HTMLButtonElement>(null);
  return (
    <Dialog.Root
      initialFocusEl={() => safe.current}
      onOpenChange={(change) => (change.open ? undefined : onClose())}
      open={open}
      role="alertdialog"
      size="sm"
    >
      <Portal>
        <Dialog.Backdrop />
        <Dialog.Positioner>
          <Dialog.Content>
            <Dialog.Header>
              <Dialog.Title>{title}</Dialog.Title>
            </Dialog.Header>
            <Dialog.Body>{children}</Dialog.Body>
            <Dialog.Footer flexWrap="wrap">
              <Button onClick={onClose} ref={safe} size="sm" variant="outline">
                {keep}
              </Button>
              {answers.map(({ name, palette, onChoose }) => (
                <Button
                  colorPalette={palette}
                  key={name}
                  onClick={() => {
                    onClose();
                    onChoose();
                  }}
                  size="sm"
                >
                  {name}
                </Button>
              ))}
            </Dialog.Footer>
          </Dialog.Content>
        </Dialog.Positioner>
      </Portal>
    </Dialog.Root>
  );
};

/** Asks before something that cannot be taken back. */
export const Confirm = ({ confirm, onConfirm, ...asked }: Asked & { confirm: string; onConfirm: () => void }) => (
  <Question {...asked} answers={[{ name: confirm, palette: "danger", onChoose: onConfirm }]} />
);
