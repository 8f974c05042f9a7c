export const LARGEST = 10 * 1024 * 1024;

export type Picked = { file: File } | { refusal: "several" | "large"; name: string } | undefined;

/** The file of those that were dropped or chosen that can be imported, or why there is none. */
export const pick = (files: ArrayLike<File> | null | undefined): Picked => {
  const [file, ...others] = Array.from(files ?? []);
  if (!file) return undefined;
  if (others.length > 0) return { refusal: "several", name: file.name };
  return file.size > LARGEST ? { refusal: "large", name: file.name } : { file };
};

/** The statuses that a collection's items have, with how many are in each: of counts by names such as keywords.new. */
export const statusesOf = (counts: Record<string, number>, collection: string): [string, number][] =>
  Object.entries(counts).flatMap(([name, number]) => {
    const [of, status] = name.split(".");
    return of === collection && status && status !== "total" ? [[status, number]] : [];
  });
