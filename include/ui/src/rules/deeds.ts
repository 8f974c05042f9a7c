import { useNavigate } from "react-router-dom";
import { ApiError, addressOf, text } from "../api/client";
import { type AnyRule, importYaml, queryClient, useDelete, useRun, useSetStatus } from "../api/queries";
import type { RuleView } from "../api/schema";
import { notify, notifyError } from "../notices";
import { places } from "../places";
import { words } from "../words";
import { copyOf } from "./copy";

const TRIES = 20;

/** Save a copy of a rule under the first id that is free. */
export const duplicate = async (rule: AnyRule): Promise<RuleView> => {
  const yaml = await text(`rules/${encodeURIComponent(rule.id)}/export/`);
  for (let number = 1; ; number += 1) {
    const id = `${rule.id}-copy${number === 1 ? "" : `-${number}`}`;
    try {
      return await importYaml(copyOf(yaml, id, words.rules.nameOfCopy(rule.name)), null);
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 409 || number >= TRIES) throw error;
    }
  }
};

const BETWEEN = 250; // a browser drops downloads that are asked for at once, in milliseconds

/** Save a rule as a file of the browser's; done when the next one may be asked for. */
export const download = (rule: AnyRule, as: "export" | "export-preset"): Promise<void> => {
  const link = document.createElement("a");
  link.href = addressOf(`rules/${encodeURIComponent(rule.id)}/${as}/`);
  link.download = "";
  link.click();
  return new Promise((resolve) => setTimeout(resolve, BETWEEN));
};
export const downloadYaml = (rule: AnyRule) => download(rule, "export");

/** What can be done with a rule, each telling how it went. */
export const useDeeds = () => {
  const [run, setStatus, remove, navigate] = [useRun(), useSetStatus(), useDelete(), useNavigate()];
  const onError = notifyError;
  return {
    running: run.isPending ? run.variables.ruleId : undefined,
    run: (rule: AnyRule) =>
      run.mutate(
        { ruleId: rule.id },
        {
          onError,
          onSuccess: (started) =>
            notify({
              status: "success",
              text: words.rules.started(rule.name),
              link: { to: places.execution(started.run_id, rule.id), text: words.rules.watch },
            }),
        },
      ),
    setStatus: (rule: AnyRule, status: "active" | "paused") =>
      setStatus.mutate(
        { rule, status },
        {
          onError,
          onSuccess: () =>
            notify({
              status: "success",
              text: status === "paused" ? words.rules.pausedNow(rule.name) : words.rules.resumedNow(rule.name),
            }),
        },
      ),
    remove: (rule: AnyRule, then?: () => void) =>
      remove.mutate(rule, {
        onError,
        onSuccess: () => {
          notify({ status: "success", text: words.rules.deleted(rule.name) });
          then?.();
        },
      }),
    duplicate: async (rule: AnyRule) => {
      try {
        const made = await duplicate(rule);
        await queryClient.invalidateQueries();
        notify({ status: "success", text: words.rules.copied(made.name) });
        navigate(places.editRule(made.id));
      } catch (error) {
        notifyError(error);
      }
    },
  };
};
