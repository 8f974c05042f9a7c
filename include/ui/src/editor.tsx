// The part for writing rules and for drawing them; what it shares with the other pages comes from the first bundle.
import type { PartProps } from "./bundles";
import { RunFlow } from "./canvas/RunFlow";
import { EditorPage } from "./editor/EditorPage";

/** The editor of a rule, or with `show: "flow"` its flow chart to look at. */
const Part = ({ ruleId, show, run, height }: PartProps) =>
  show === "flow" && ruleId !== undefined ? (
    <RunFlow height={height} ruleId={ruleId} run={run} />
  ) : (
    <EditorPage ruleId={ruleId} />
  );

export default Part;
