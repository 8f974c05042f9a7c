/** A name of a rule's as people read it: keyword_ids is "Keyword ids". */
export const labelOf = (name: string): string => {
  const spaced = name.replaceAll("_", " ");
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
};
