import { Box, Button, HStack, IconButton, Stack, Text } from "@chakra-ui/react";
import { memo } from "react";
import { CloseIcon, choiceName, formatValue, PlusIcon, words } from "#shared";
import type { DryRunCheck, LedgerFinding } from "../../api/schema";
import {
  comparison,
  findingOf,
  findingPath,
  GROUPS,
  type Group,
  groupOf,
  type Operator,
  ORDER,
  operatorsFor,
  placed,
  readValue,
  refit,
  regroup,
  SAME,
  takesList,
  valueText,
} from "../model/conditions";
import type { Known } from "../model/fields";
import { at, isMapping, type Mapping, type Path, pathText } from "../model/text";
import { FaultTexts, Select, TextInput, useChange } from "./controls";
import { useEditing, useFaults, useValue } from "./editing";
import { Named, ValueBox } from "./values";

export type Fields = Readonly<Record<string, Known>>;

interface Around {
  fields: Fields;
  /** The place of the outermost conditions, from which findings count. */
  root: Path;
  findings: readonly LedgerFinding[];
}

const Holds = ({ finding }: { finding: LedgerFinding }) => (
  <Text color={finding.holds ? "success.fg" : "failed.fg"} fontSize="xs">
    {words.form.holds(finding.holds, finding.field, finding.present ? formatValue(finding.actual) : null)}
  </Text>
);

const Value = ({ node, path, known }: { node: Mapping; path: Path; known: Known | undefined }) => {
  const change = useChange([...path, "value"]);
  const label = words.form.conditions.value;
  const one = !takesList(node.operator);
  if (known?.type === "boolean" && one) {
    return (
      <Select
        label={label}
        onChange={(text) => change(text === "true")}
        options={[
          ["true", words.executions.yes],
          ["false", words.executions.no],
        ]}
        value={valueText(node.value)}
      />
    );
  }
  if (known && known.options.length > 0 && one) {
    return (
      <Select
        empty={node.value === "" ? words.form.choose : undefined}
        label={label}
        onChange={change}
        options={known.options.map((option) => [option, choiceName("status", option)])}
        value={valueText(node.value)}
      />
    );
  }
  if (known?.values && SAME.includes(node.operator as Operator)) {
    return (
      <ValueBox
        label={label}
        many={!one}
        onCommit={(text) => change(readValue(text, known, node.operator))}
        value={valueText(node.value)}
        values={known.values}
      />
    );
  }
  return (
    <TextInput
      label={label}
      onCommit={(text) => change(readValue(text, known, node.operator))}
      options={known?.options}
      placeholder={one ? undefined : words.form.conditions.list}
      value={valueText(node.value)}
    />
  );
};

const Comparison = ({
  node,
  path,
  around,
  onRemove,
}: {
  node: Mapping;
  path: Path;
  around: Around;
  onRemove?: () => void;
}) => {
  const { draft } = useEditing();
  const faults = useFaults(path, true);
  const field = typeof node.field === "string" ? node.field : "";
  const known = around.fields[field];
  const finding = findingOf(node, findingPath(path, around.root), around.findings);
  const onField = (to: string) => {
    const after = around.fields[to];
    const differs = (after?.type ?? "anything") !== (known?.type ?? "anything");
    const begun = comparison(after ? { [to]: after } : {});
    // What is more or less than something is asked of texts and numbers of things only by those who choose it.
    const fits = operatorsFor(after).includes(node.operator as Operator);
    const meant = after === undefined || begun.operator !== "equals" || !ORDER.includes(node.operator as Operator);
    const operator = fits && meant ? node.operator : begun.operator;
    draft.edit(
      { kind: "set", path: [...path, "field"], value: to },
      { kind: "set", path: [...path, "operator"], value: operator },
      ...(differs && after
        ? [
            {
              kind: "set" as const,
              path: [...path, "value"],
              value: refit(begun.value, operator as Operator),
            },
          ]
        : []),
    );
  };
  return (
    <Stack data-path={pathText(path)} gap={1}>
      <HStack align="flex-start" gap={2}>
        <Box flex="5 1 0" minW={0}>
          <TextInput
            invalid={faults.length > 0}
            label={words.form.conditions.field}
            onCommit={onField}
            options={Object.keys(around.fields)}
            value={field}
          />
        </Box>
        <Box flex="3 1 0" minW={0}>
          <Select
            label={words.form.conditions.operator}
            onChange={(operator) =>
              draft.edit(
                { kind: "set", path: [...path, "operator"], value: operator },
                { kind: "set", path: [...path, "value"], value: refit(node.value, operator as Operator) },
              )
            }
            options={operatorsFor(known).map((operator) => [operator, words.form.operators[operator] ?? operator])}
            value={String(node.operator ?? "")}
          />
        </Box>
        <Box flex="3 1 0" minW={0}>
          <Value known={known} node={node} path={path} />
        </Box>
        {onRemove ? (
          <IconButton aria-label={words.form.conditions.remove} onClick={onRemove} size="xs" variant="ghost">
            <CloseIcon />
          </IconButton>
        ) : null}
      </HStack>
      {known?.description ? (
        <Text color="fg.muted" fontSize="xs">
          {known.description}
        </Text>
      ) : null}
      {known?.values?.named ? <Named value={node.value} values={known.values} /> : null}
      {finding ? <Holds finding={finding} /> : null}
      <FaultTexts faults={faults} />
    </Stack>
  );
};

const Add = ({ onAdd, fields }: { onAdd: (node: Mapping) => void; fields: Fields }) => (
  <HStack>
    <Button onClick={() => onAdd(comparison(fields))} size="xs" variant="outline">
      <PlusIcon />
      {words.form.conditions.add}
    </Button>
    <Button onClick={() => onAdd({ any: [comparison(fields)] })} size="xs" variant="ghost">
      <PlusIcon />
      {words.form.conditions.addGroup}
    </Button>
  </HStack>
);

const GroupBox = ({
  node,
  path,
  around,
  onRemove,
}: {
  node: Mapping;
  path: Path;
  around: Around;
  onRemove?: () => void;
}) => {
  const { draft } = useEditing();
  const change = useChange(path);
  const own = useFaults(path);
  const group = groupOf(node) ?? "all";
  const within: Path = [...path, group];
  const children = group === "not" ? [{ node: node.not, path: within }] : placed(node[group], within);
  return (
    <Stack borderColor="border.emphasized" borderRadius="md" borderWidth={1} gap={3} p={3}>
      <HStack justify="space-between">
        <Select
          label={words.form.conditions.group}
          onChange={(to) => change(regroup(node, to as Group))}
          options={GROUPS.map((each) => [each, words.form.groups[each] ?? each])}
          value={group}
          width="260px"
        />
        {onRemove ? (
          <IconButton aria-label={words.form.conditions.removeGroup} onClick={onRemove} size="xs" variant="ghost">
            <CloseIcon />
          </IconButton>
        ) : null}
      </HStack>
      <Stack borderColor="border.emphasized" borderStartWidth={2} gap={3} ps={3}>
        {children.map((child, index) => (
          <Condition
            around={around}
            key={pathText(child.path)}
            node={child.node}
            onRemove={group === "not" ? undefined : () => draft.edit({ kind: "remove", path: [...within, index] })}
            path={child.path}
          />
        ))}
      </Stack>
      <FaultTexts faults={own} />
      {group === "not" ? null : (
        <Add
          fields={around.fields}
          onAdd={(value) => draft.edit({ kind: "insert", path: within, at: children.length, value })}
        />
      )}
    </Stack>
  );
};

const Condition = memo(
  ({ node, path, around, onRemove }: { node: unknown; path: Path; around: Around; onRemove?: () => void }) => {
    if (!isMapping(node)) return <Text color="fg.muted">{words.form.conditions.unreadable}</Text>;
    const Part = groupOf(node) ? GroupBox : Comparison;
    return <Part around={around} node={node} onRemove={onRemove} path={path} />;
  },
  // The functions differ at every drawing and do the same as long as the rest is the same.
  (before, after) =>
    before.node === after.node &&
    pathText(before.path) === pathText(after.path) &&
    before.around.fields === after.around.fields &&
    before.around.findings === after.around.findings,
);

const NO_FINDINGS: readonly LedgerFinding[] = [];

/** Conditions at a place of the rule, all of which must hold. */
export const Conditions = ({
  path,
  fields,
  tried,
  none,
}: {
  path: Path;
  fields: Fields;
  /** What they come to now. */
  tried?: DryRunCheck;
  none: string;
}) => {
  const { draft } = useEditing();
  const value = useValue(path);
  const own = useFaults(path);
  const children = placed(value, path);
  const around: Around = { fields, findings: tried?.ledger?.findings ?? NO_FINDINGS, root: path };
  const remove = (index: number) => {
    const now = placed(at(draft.get().rule, path), path); // may be asked for by what was drawn before the last change
    draft.edit({ kind: "remove", path: now.length === 1 ? path : [...path, index] });
  };
  const add = (node: Mapping) =>
    draft.edit(
      Array.isArray(value)
        ? { kind: "insert", path, at: children.length, value: node }
        : { kind: "set", path, value: [...children.map((child) => child.node), node] },
    );
  return (
    <Stack data-path={pathText(path)} gap={3}>
      {children.length === 0 ? (
        <Text color="fg.muted" fontSize="sm">
          {none}
        </Text>
      ) : null}
      {children.map((child, index) => (
        <Condition
          around={around}
          key={pathText(child.path)}
          node={child.node}
          onRemove={() => remove(index)}
          path={child.path}
        />
      ))}
      {tried && children.length > 0 ? (
        <Text aria-live="polite" color="fg.muted" fontSize="xs">
          {tried.ledger ? words.form.holdsAll(tried.ledger.holds) : words.form.cannotTell(tried.problem ?? "")}
        </Text>
      ) : null}
      <FaultTexts faults={own} />
      <Add fields={fields} onAdd={add} />
    </Stack>
  );
};
