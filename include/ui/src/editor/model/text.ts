// A rule's text and the document that it says: edits of the document change only the lines that they are about.
import { type Document, isCollection, isMap, isSeq, type Node, parseDocument, visit } from "yaml";

export type Step = string | number;
export type Path = readonly Step[];

/** One change of a rule's document. */
export type Edit =
  | { kind: "set"; path: Path; value: unknown }
  | { kind: "remove"; path: Path }
  | { kind: "insert"; path: Path; at: number; value: unknown }
  | { kind: "move"; path: Path; from: number; to: number };

const READING = { keepSourceTokens: false, prettyErrors: false, schema: "core", version: "1.2" } as const;
const WRITING = { flowCollectionPadding: false, lineWidth: 0 } as const;

/** The document that a text says; undefined for one that cannot be read as a mapping. */
export const readText = (text: string): Document | undefined => {
  const document = parseDocument(text, READING);
  if (document.errors.length > 0) return undefined;
  if (document.contents === null) document.contents = document.createNode({}) as unknown as typeof document.contents;
  return isMap(document.contents) ? document : undefined;
};

export const writeText = (document: Document): string => document.toString(WRITING);

export type Mapping = Record<string, unknown>;
export const isMapping = (value: unknown): value is Mapping =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The plain data of a document. */
export const dataOf = (document: Document): Mapping => {
  const data: unknown = document.toJS({ maxAliasCount: 1000 });
  return isMapping(data) ? data : {};
};

/** The value at a path of plain data. */
export const at = (data: unknown, path: Path): unknown =>
  path.reduce<unknown>(
    (value, step) => (typeof value === "object" && value !== null ? (value as Record<Step, unknown>)[step] : undefined),
    data,
  );

/** A path as the API writes it: actions[2].params.keyword_ids. */
export const pathText = (path: Path): string =>
  path.map((step, index) => (typeof step === "number" ? `[${step}]` : index === 0 ? step : `.${step}`)).join("");

/** Comparisons and short lists stand in one line, as people write them. */
const node = (document: Document, value: unknown): Node => {
  const made = document.createNode(value) as Node;
  visit(made, {
    Map: (_, map) => {
      if (map.has("field") && map.has("operator")) map.flow = true;
    },
    Seq: (_, seq) => {
      if (seq.items.length === 0 || !seq.items.some(isCollection)) seq.flow = true;
    },
  });
  return made;
};

const plain = (value: unknown) => typeof value !== "object" || value === null;

/** Makes room in a block list as the list has it already: blank lines between its entries or none. */
const spaced = (items: readonly unknown[]) =>
  items.length > 1 && items.slice(1).every((item) => isCollection(item) && item.spaceBefore === true);

const apply = (document: Document, edit: Edit) => {
  switch (edit.kind) {
    case "set":
      // A plain value takes the place of another one within its node, which keeps its comment and its quotes.
      document.setIn(edit.path, plain(edit.value) ? edit.value : node(document, edit.value));
      break;
    case "remove":
      document.deleteIn(edit.path);
      break;
    case "insert": {
      const list = document.getIn(edit.path);
      if (!isSeq(list)) {
        document.setIn(edit.path, node(document, [edit.value]));
        break;
      }
      const made = node(document, edit.value);
      if (spaced(list.items)) {
        made.spaceBefore = edit.at > 0;
        const first = list.items[0];
        if (edit.at === 0 && isCollection(first)) first.spaceBefore = true;
      }
      if (list.items.length === 0 && isCollection(made)) list.flow = false;
      list.items.splice(edit.at, 0, made);
      break;
    }
    case "move": {
      const list = document.getIn(edit.path);
      if (!isSeq(list)) break;
      const apart = spaced(list.items);
      const [moved] = list.items.splice(edit.from, 1);
      if (moved === undefined) break;
      list.items.splice(edit.to, 0, moved);
      if (apart) {
        list.items.forEach((item, index) => {
          if (isCollection(item)) item.spaceBefore = index > 0;
        });
      }
    }
  }
};

/** Applies edits to a document, in their order. */
export const applyEdits = (document: Document, edits: readonly Edit[]) => {
  for (const edit of edits) apply(document, edit);
};
