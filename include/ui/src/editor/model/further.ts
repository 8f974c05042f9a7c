// What a rule may say besides what has a form of its own: as the rule's schema lists it.
import { type Field, fieldsOf, type Known, knownFields } from "./fields";
import { at, isMapping, type Mapping } from "./text";

/** What the form has parts of its own for. */
const RULE = "id name description account site status trigger schedule timezone event assets conditions actions";
const ACTION = "id type params needs when else_of";

/** What the rule's schema says, as the form needs it. */
export interface RuleSchema {
  /** The facts that conditions can look at, which the schema lists where a rule's tests give them. */
  facts: Readonly<Record<string, Known>>;
  /** The fields of a rule that have no form of their own. */
  further: readonly Field[];
  /** Those of actions, by the actions' types. */
  ofActions: Readonly<Record<string, readonly Field[]>>;
}

const besides = (schema: Mapping, own: string, definitions: Mapping): readonly Field[] => {
  const known = new Set(own.split(" "));
  const left = Object.entries(isMapping(schema.properties) ? schema.properties : {}).filter(
    (entry): entry is [string, Mapping] => !known.has(entry[0]) && isMapping(entry[1]),
  );
  return fieldsOf(Object.fromEntries(left), [], definitions);
};

export const readSchema = (schema: Mapping): RuleSchema => {
  const definitions = isMapping(schema.$defs) ? schema.$defs : {};
  const actions = Object.values(definitions).flatMap((each): [string, readonly Field[]][] => {
    const type = isMapping(each) ? at(each, ["properties", "type", "const"]) : undefined;
    return isMapping(each) && typeof type === "string" ? [[type, besides(each, ACTION, definitions)]] : [];
  });
  return {
    facts: knownFields(at(definitions, ["RuleTest", "properties", "facts", "properties"])),
    further: besides(schema, RULE, definitions),
    ofActions: Object.fromEntries(actions),
  };
};
