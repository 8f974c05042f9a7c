import { Button, IconButton } from "@chakra-ui/react";
import { useNavigate } from "react-router-dom";
import { type AnyRule, isBroken } from "../api/queries";
import { Choices, type Choosable } from "../parts/controls";
import { MoreIcon } from "../parts/icons";
import { places } from "../places";
import { words } from "../words";
import { download, downloadYaml, type useDeeds } from "./deeds";

/** All that can be done with a rule besides running it. */
export const RuleMenu = ({
  rule,
  deeds,
  onDelete,
  labelled = false,
}: {
  rule: AnyRule;
  deeds: ReturnType<typeof useDeeds>;
  onDelete: () => void;
  labelled?: boolean;
}) => {
  const navigate = useNavigate();
  const broken = isBroken(rule);
  const edits = rule.allowed.includes("edit");
  const entries: (Choosable | false)[] = [
    edits && {
      key: "edit",
      name: broken ? words.rules.mend : words.rules.edit,
      onChoose: () => navigate(places.editRule(rule.id)),
    },
    edits &&
      !broken &&
      (rule.is_active
        ? { key: "pause", name: words.rules.pause, onChoose: () => deeds.setStatus(rule, "paused") }
        : { key: "resume", name: words.rules.resume, onChoose: () => deeds.setStatus(rule, "active") }),
    edits && !broken && { key: "duplicate", name: words.rules.duplicate, onChoose: () => void deeds.duplicate(rule) },
    { key: "export", name: words.rules.export, onChoose: () => void downloadYaml(rule) },
    !broken && {
      key: "export-preset",
      name: words.rules.exportPreset,
      onChoose: () => void download(rule, "export-preset"),
    },
    rule.allowed.includes("delete") && { key: "delete", name: words.rules.delete, danger: true, onChoose: onDelete },
  ];
  const label = words.more(rule.name);
  return (
    <Choices
      button={
        labelled ? (
          <Button aria-label={label} size="sm" variant="outline">
            <MoreIcon />
          </Button>
        ) : (
          <IconButton aria-label={label} size="xs" variant="ghost">
            <MoreIcon />
          </IconButton>
        )
      }
      entries={entries.filter((entry) => entry !== false)}
    />
  );
};
