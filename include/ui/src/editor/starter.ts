/** What a new rule starts as: the smallest one that can be saved. */
export const STARTER = `# yaml-language-server: $schema=./rule.schema.json
id: my-rule
name: My rule
account: demo
site: home-espresso

# When: schedule, event or manual.
trigger: manual

# Do: one after the other. Each action takes what the one above it made.
actions:
  - type: cluster_keywords
    params:
      keyword_ids: {where: [{field: status, operator: equals, value: new}], limit: 100}
`;

/** The starter at an account and a site that there are. */
export const starter = (account: string | undefined, site: string | undefined): string =>
  STARTER.replace(/^account: .*$/m, `account: ${account ?? "demo"}`).replace(
    /^site: .*$/m,
    `site: ${site ?? "home-espresso"}`,
  );
