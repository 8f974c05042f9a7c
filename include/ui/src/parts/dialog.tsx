import { Button, Dialog, Portal } from "@chakra-ui/react";
import { type ReactNode, useRef } from "react";
import { words } from "../words";

/** Asks before something that cannot be taken back. The safe answer has the focus. */
export const Confirm = ({
  open,
  title,
  children,
  confirm,
  keep = words.keep,
  onConfirm,
  onClose,
}: {
  open: boolean;
  title: string;
  children: ReactNode;
  confirm: string;
  keep?: string;
  onConfirm: () => void;
  onClose: () => void;
}) => {
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
            <Dialog.Footer>
              <Button onClick={onClose} ref={safe} size="sm" variant="outline">
                {keep}
              </Button>
              <Button
                colorPalette="danger"
                onClick={() => {
                  onClose();
                  onConfirm();
                }}
                size="sm"
              >
                {confirm}
              </Button>
            </Dialog.Footer>
          </Dialog.Content>
        </Dialog.Positioner>
      </Portal>
    </Dialog.Root>
  );
};
