import * as query from "@tanstack/react-query";
import { type ComponentType, lazy, Suspense } from "react";
import { addressOf } from "./api/client";
import { Loading } from "./parts/blocks";
import { Boundary } from "./parts/frame";
import * as shared from "./shared";
import { words } from "./words";

// What the parts take from here; vite.config.ts has the names.
Reflect.set(globalThis, "Igny8Automation", { query, shared });

const load = (name: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = addressOf(`static/${name}.js?v=${__PARTS__[name] ?? ""}`);
    script.onload = () => resolve();
    script.onerror = () => {
      script.remove();
      reject(new Error(words.notLoaded(script.src)));
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

/** A run as its flow chart shows it. */
export interface RunShown {
  id: string;
  /** The revision of the rule that it runs, which is drawn; null draws the rule as it is now. */
  revision: number | null;
  /** What started it, in words. */
  trigger: string;
  /** Whether the rule's conditions held; undefined before they were evaluated, or where there are none. */
  held?: boolean;
}
export interface PartProps {
  ruleId?: string;
  show?: "flow";
  run?: RunShown;
  height?: string;
}

const EditorPart = part<PartProps>("editor");
export const Editor = ({ ruleId }: { ruleId?: string }) => <EditorPart ruleId={ruleId} />;
/** The flow chart of a rule; given a run, with how far each of its actions is. What goes wrong in it stays in it. */
export const RuleFlow = (props: { ruleId: string; run?: RunShown; height?: string }) => (
  <Boundary>
    <EditorPart {...props} show="flow" />
  </Boundary>
);
