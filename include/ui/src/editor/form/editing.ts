// What the parts of the form share: the draft, what is wrong with it, and what rules may say.
import {
  createContext,
  createElement,
  type ReactNode,
  useCallback,
  useContext,
  useDeferredValue,
  useEffect,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
} from "react";
import type { ActionTypeView, DryRunCheck, Estimate, EventTypeView, Fault } from "../../api/schema";
import type { DraftState, DraftStore } from "../model/draft";
import type { FaultStore } from "../model/faults";
import type { RuleSchema } from "../model/further";
import { actionsOf, type DraftAction } from "../model/graph";
import { at, type Path, pathText } from "../model/text";
import type { Place } from "../queries";

/** What starts a draft, in words, and when its clock would next. */
export interface Clock {
  told: string;
  runs: readonly string[];
}

export interface Editing extends RuleSchema {
  draft: DraftStore;
  faults: FaultStore;
  catalogue: readonly ActionTypeView[];
  events: readonly EventTypeView[];
  estimate: Estimate | undefined;
  /** When the clock would start the draft; undefined while it cannot be told. */
  clock: Clock | undefined;
  /** What the rule's conditions come to now, and those of its actions by their ids, as far as that could be told. */
  tried: DryRunCheck | undefined;
  triedOf: Readonly<Record<string, DryRunCheck | undefined>>;
}

const Context = createContext<Editing | undefined>(undefined);
export const EditingProvider = Context.Provider;

export const useEditing = (): Editing => {
  const editing = useContext(Context);
  if (!editing) throw new Error("This part of the form stands outside of an editor.");
  return editing;
};

/** Something of the draft; the component is drawn anew when that differs. */
export const useDraft = <T>(select: (state: DraftState) => T): T => {
  const { draft } = useEditing();
  return useSyncExternalStore(draft.subscribe, () => select(draft.get()));
};

/** Where the rule works; undefined until it says so. */
export const usePlace = (): Place | undefined => {
  const [account, site] = [useValue(["account"]), useValue(["site"])];
  return useMemo(
    () => (typeof account === "string" && typeof site === "string" ? { account, site } : undefined),
    [account, site],
  );
};

/** The value at a path of the rule. */
export const useValue = (path: Path): unknown => useDraft((state) => at(state.rule, path));

const ActionsContext = createContext<readonly DraftAction[]>([]);

/** What the actions wait for is worked out once for all of the form, and may come after what is being typed. */
export const WithActions = ({ children }: { children: ReactNode }) => {
  const list = useDeferredValue(useValue(["actions"]));
  const actions = useMemo(() => actionsOf({ actions: list }), [list]);
  return createElement(ActionsContext.Provider, { value: actions }, children);
};

export const useActions = (): readonly DraftAction[] => useContext(ActionsContext);

/** What is wrong at a path; with `deep`, also with everything in it. */
export const useFaults = (path: Path, deep = false): readonly Fault[] => {
  const { faults } = useEditing();
  const place = pathText(path);
  return useSyncExternalStore(faults.subscribe, () => faults.at(place, deep));
};

const RESTING = 300;

/**
 * The text of a field while it is typed in: it is handed over when the typing rests or the field is left, so that no
 * key waits for the rest of the page.
 */
export const useTyping = (value: string, commit: (text: string) => void, onlyWhenLeft = false) => {
  const { draft } = useEditing();
  const [typed, setTyped] = useState<string>();
  const latest = useRef<{ text?: string; commit: typeof commit }>({ commit });
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  latest.current.commit = commit;

  const hand = useCallback(() => {
    clearTimeout(timer.current);
    const { text } = latest.current;
    if (text === undefined) return;
    latest.current.text = undefined;
    latest.current.commit(text);
  }, []);
  useEffect(() => {
    const forget = draft.whileTyping(hand);
    return () => {
      hand();
      forget();
    };
  }, [draft, hand]);

  return {
    value: typed ?? value,
    onChange: (text: string) => {
      setTyped(text);
      latest.current.text = text;
      clearTimeout(timer.current);
      if (!onlyWhenLeft) timer.current = setTimeout(hand, RESTING);
    },
    onBlur: () => {
      hand();
      setTyped(undefined);
    },
    /** Another text, which is not typed but chosen. */
    take: (text: string) => {
      setTyped(text);
      latest.current.text = text;
      hand();
    },
  };
};
