// The form of an action's params, made of their JSON schemas.
import { useMemo } from "react";
import type { ActionTypeView } from "../../api/schema";
import { fieldsOf } from "../model/fields";
import type { Mapping, Path } from "../model/text";
import { Fields } from "./fields";

/** The params at a path; `index` is the place of their action among the rule's, if it is one of these. */
export const Params = ({ type, path, index }: { type: ActionTypeView; path: Path; index?: number }) => {
  const fields = useMemo(() => fieldsOf(type.params_schema as Record<string, Mapping>, type.required), [type]);
  return <Fields fields={fields} index={index} path={path} />;
};
