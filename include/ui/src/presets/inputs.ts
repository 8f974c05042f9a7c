import type { PresetInput } from "../api/schema";

/** What a form field holds for an input: always text, but for yes and no. */
export const written = (value: unknown): string => {
  if (value === undefined || value === null) return "";
  return Array.isArray(value) ? value.join(", ") : String(value);
};

const wholes = (text: string): (number | string)[] =>
  text
    .split(",")
    .map((part) => part.trim())
    .filter(Boolean)
    .map((part) => (/^-?\d+$/.test(part) ? Number(part) : part));

/**
 * What an input is given by what stands in its field; undefined where it is left to its default.
 *
 * What is no number is handed on as it stands, so that the server says in its own words what is wrong with it.
 */
export const given = (input: PresetInput, text: string): unknown => {
  if (text.trim() === "") return undefined;
  switch (input.type) {
    case "integer":
    case "number":
    case "integration":
    case "id":
      return Number.isFinite(Number(text)) ? Number(text) : text;
    case "boolean":
      return text === "true";
    case "ids":
      return wholes(text);
    default: {
      const chosen = input.choices?.find((choice) => String(choice) === text);
      return chosen ?? text;
    }
  }
};
