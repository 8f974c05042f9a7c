// The actions in their order: added from the catalogue, moved by drag or by key, taken out.
import { Badge, Box, Button, HStack, IconButton, Menu, Portal, Stack, Text } from "@chakra-ui/react";
import { type DragEvent, memo, type ReactNode, useCallback, useMemo, useRef, useState } from "react";
import { CloseIcon, DownIcon, formatNumber, PlusIcon, RightIcon, UpIcon, words } from "#shared";
import type { ActionTypeView } from "../../api/schema";
import { insertAction, removeAction } from "../model/actions";
import { actionsOf } from "../model/graph";
import { at } from "../model/text";
import { ActionForm } from "./action";
import { FaultTexts } from "./controls";
import { useDraft, useEditing, useFaults } from "./editing";

/** What can be done, each with what it does; chosen from a menu. */
export const AddAction = ({
  onAdd,
  children,
  label,
  types,
}: {
  onAdd: (type: string) => void;
  children: ReactNode;
  label?: string;
  /** Those that can be chosen; left out, all that there are. */
  types?: readonly ActionTypeView[];
}) => {
  const { catalogue } = useEditing();
  return (
    <Menu.Root lazyMount unmountOnExit>
      <Menu.Trigger aria-label={label} asChild>
        {children}
      </Menu.Trigger>
      <Portal>
        <Menu.Positioner>
          <Menu.Content maxH="60vh" maxW="420px" overflowY="auto">
            {(types ?? catalogue).map((type) => (
              <Menu.Item key={type.type} onClick={() => onAdd(type.type)} value={type.type}>
                <Stack gap={0}>
                  <Text fontWeight="medium">{type.name}</Text>
                  <Text color="fg.muted" fontSize="xs">
                    {`${type.description} ${words.form.action.credits(type.credits)}`}
                  </Text>
                </Stack>
              </Menu.Item>
            ))}
          </Menu.Content>
        </Menu.Positioner>
      </Portal>
    </Menu.Root>
  );
};

/** An action that is dragged over the others, each by its place in the list. */
interface Dragging {
  onStart: (from: number) => void;
  onOver: (over: number) => void;
  onDrop: (to: number) => void;
  onEnd: () => void;
}

const Card = memo(
  ({
    index,
    id,
    type,
    count,
    open,
    onToggle,
    dragging,
    dropping,
  }: {
    index: number;
    id: string;
    type: string;
    count: number;
    open: boolean;
    onToggle: (id: string) => void;
    dragging: Dragging;
    dropping: boolean;
  }) => {
    const { draft, catalogue, estimate } = useEditing();
    const [held, setHeld] = useState(false);
    const faults = useFaults(["actions", index], true);
    const name = catalogue.find((each) => each.type === type)?.name ?? type;
    const cost = estimate?.actions.find((each) => each.id === id);
    const move = (to: number) => {
      draft.settle();
      draft.edit({ kind: "move", path: ["actions"], from: index, to });
    };
    const onDragStart = (event: DragEvent) => {
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setData("text/plain", id);
      dragging.onStart(index);
    };
    return (
      <Stack
        as="li"
        borderColor={faults.length > 0 ? "border.error" : dropping ? "brand.solid" : "border.emphasized"}
        borderRadius="md"
        borderTopWidth={dropping ? 3 : 1}
        borderWidth={1}
        data-path={`actions[${index}]`}
        draggable={held}
        gap={0}
        onDragEnd={() => {
          setHeld(false);
          dragging.onEnd();
        }}
        onDragOver={(event) => {
          event.preventDefault();
          dragging.onOver(index);
        }}
        onDragStart={onDragStart}
        onDrop={(event) => {
          event.preventDefault();
          dragging.onDrop(index);
        }}
      >
        <HStack bg={open ? "bg.subtle" : undefined} borderTopRadius="md" gap={2} p={2}>
          <Box
            aria-hidden="true"
            color="fg.muted"
            cursor="grab"
            fontSize="lg"
            lineHeight={1}
            onPointerDown={() => setHeld(true)}
            onPointerUp={() => setHeld(false)}
            px={1}
            userSelect="none"
          >
            ⠿
          </Box>
          <Badge borderRadius="full" variant="outline">
            {index + 1}
          </Badge>
          <Button
            aria-expanded={open}
            flex={1}
            justifyContent="flex-start"
            minW={0}
            onClick={() => onToggle(id)}
            px={1}
            size="sm"
            variant="plain"
          >
            {open ? <DownIcon /> : <RightIcon />}
            {name}
            {id === type ? null : (
              <Text as="span" color="fg.muted" fontWeight="normal" truncate>
                {id}
              </Text>
            )}
          </Button>
          {faults.length > 0 ? <Badge colorPalette="failed">{words.rules.problems(faults.length)}</Badge> : null}
          {cost ? (
            <Text color="fg.muted" fontSize="xs" whiteSpace="nowrap">
              {words.rule.estimateSum(formatNumber(cost.least), cost.most === null ? null : formatNumber(cost.most))}
            </Text>
          ) : null}
          <HStack gap={0}>
            <IconButton
              aria-label={words.form.actions.up(name)}
              disabled={index === 0}
              onClick={() => move(index - 1)}
              size="xs"
              variant="ghost"
            >
              <UpIcon />
            </IconButton>
            <IconButton
              aria-label={words.form.actions.down(name)}
              disabled={index === count - 1}
              onClick={() => move(index + 1)}
              size="xs"
              variant="ghost"
            >
              <DownIcon />
            </IconButton>
            <IconButton
              aria-label={words.form.actions.remove(name)}
              onClick={() => draft.edit(...removeAction(draft.get().rule, index))}
              size="xs"
              variant="ghost"
            >
              <CloseIcon />
            </IconButton>
          </HStack>
        </HStack>
        {open ? (
          <Box p={3}>
            <ActionForm index={index} />
          </Box>
        ) : null}
      </Stack>
    );
  },
);

const FEW = 4;

export const ActionsForm = () => {
  const { draft } = useEditing();
  const list = useDraft((state) => at(state.rule, ["actions"]));
  const actions = useMemo(() => actionsOf({ actions: list }), [list]);
  const faults = useFaults(["actions"]);
  const [closed, setClosed] = useState<ReadonlySet<string>>(
    () => new Set(actions.length > FEW ? actions.map((action) => action.id) : []),
  );
  const held = useRef<number>(undefined);
  const [over, setOver] = useState<number>();
  const dragging = useMemo<Dragging>(
    () => ({
      onStart: (from) => {
        held.current = from;
      },
      onOver: (place) => setOver(held.current === undefined || held.current === place ? undefined : place),
      onDrop: (to) => {
        const from = held.current;
        if (from === undefined || from === to) return;
        draft.settle();
        draft.edit({ kind: "move", path: ["actions"], from, to });
      },
      onEnd: () => {
        held.current = undefined;
        setOver(undefined);
      },
    }),
    [draft],
  );
  const toggle = useCallback(
    (id: string) =>
      setClosed((before) => {
        const after = new Set(before);
        if (!after.delete(id)) after.add(id);
        return after;
      }),
    [],
  );
  const some = actions.some((action) => closed.has(action.id));
  return (
    <Stack gap={3}>
      {actions.length > 1 ? (
        <HStack justify="flex-end">
          <Button
            onClick={() => setClosed(new Set(some ? [] : actions.map((action) => action.id)))}
            size="2xs"
            variant="ghost"
          >
            {some ? words.form.actions.openAll : words.form.actions.closeAll}
          </Button>
        </HStack>
      ) : null}
      <FaultTexts faults={faults} />
      <Stack as="ol" gap={2} listStyleType="none">
        {actions.map((action) => (
          <Card
            count={actions.length}
            dragging={dragging}
            dropping={over === action.index}
            id={action.id}
            index={action.index}
            key={actions.findIndex((each) => each.id === action.id) === action.index ? action.id : action.index}
            onToggle={toggle}
            open={!closed.has(action.id)}
            type={action.type}
          />
        ))}
      </Stack>
      <Box>
        <AddAction onAdd={(type) => draft.edit(insertAction(actions.length, type))}>
          <Button size="sm" variant="outline">
            <PlusIcon />
            {words.form.actions.add}
          </Button>
        </AddAction>
      </Box>
    </Stack>
  );
};
