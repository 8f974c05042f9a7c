/** A rule's text with another id and name, and paused; comments stay. Only lines of the rule itself are touched. */
export const copyOf = (yaml: string, id: string, name: string): string => {
  const rest = yaml.split("\n").filter((line) => !/^(id|name|status)\s*:/.test(line));
  const first = rest.findIndex((line) => /^[A-Za-z_]/.test(line));
  rest.splice(Math.max(0, first), 0, `id: ${id}`, `name: ${JSON.stringify(name)}`, "status: paused");
  return rest.join("\n");
};
