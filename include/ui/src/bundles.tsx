import * as query from "@tanstack/react-query";
import { type ComponentType, lazy, Suspense } from "react";
import { addressOf } from "./api/client";
import { Loading } from "./parts/blocks";
import * as shared from "./shared";

// What the parts take from here; vite.config.ts has the names.
Reflect.set(globalThis, "Igny8Automation", { query, shared });

const load = (name: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = addressOf(`static/${name}.js?v=${__PARTS__[name] ?? ""}`);
    script.onload = () => resolve();
    script.onerror = () => {
      script.remove();
      reject(new Error(`${script.src} could not be loaded.`));
    };
    document.head.append(script);
  });

/** A page that comes as a bundle of its own, loaded when it is first shown. */
const part = <Props extends object>(name: string): ComponentType<Props> => {
  const global = `Igny8Automation_${name}`;
  const Part = lazy(async () => {
    if (!Reflect.has(globalThis, global)) await load(name);
    return { default: Reflect.get(globalThis, global) as ComponentType<Props> };
  });
  return (props) => (
    <Suspense fallback={<Loading />}>
      <Part {...props} />
    </Suspense>
  );
};

type PartProps = { ruleId?: string; show?: "flow"; runId?: string; height?: string };

const EditorPart = part<PartProps>("editor");
export const Editor = ({ ruleId }: { ruleId?: string }) => <EditorPart ruleId={ruleId} />;
/** The flow chart of a rule; given a run, with how far each of its actions is. */
export const RuleFlow = (props: { ruleId: string; runId?: string; height?: string }) => (
  <EditorPart {...props} show="flow" />
);
