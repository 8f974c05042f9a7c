// The part for writing rules and for drawing them; what it shares with the other pages comes from the first bundle.
import { RunFlow } from "./canvas/RunFlow";
import { EditorPage } from "./editor/EditorPage";

/** The editor of a rule, or with `show: "flow"` its flow chart to look at. */
const Part = (props: { ruleId?: string; show?: "flow"; runId?: string; height?: string }) =>
  props.show === "flow" && props.ruleId !== undefined ? (
    <RunFlow height={props.height} ruleId={props.ruleId} runId={props.runId} />
  ) : (
    <EditorPage ruleId={props.ruleId} />
  );

export default Part;
