import { words } from "../words";
import type { Conflict, Fault, Meta, Refusal } from "./schema";

/** A refusal of the API's, or that it could not be asked at all (status 0). */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly faults: Fault[] = [],
    readonly conflict: Conflict | null = null,
  ) {
    super(message);
  }
}

interface Call {
  method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  json?: unknown;
  yaml?: string;
  file?: Blob;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

/** The address of something of the API's; follows the path below which Airflow is mounted. */
export const addressOf = (path: string): string => new URL(`api/v1/automation/${path}`, document.baseURI).href;

/** A path with the query that these values make; what is empty is left out. */
export const withQuery = (path: string, values: Record<string, string | number | readonly string[] | undefined>) => {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    for (const each of Array.isArray(value) ? value : [value]) {
      if (each !== undefined && each !== "") query.append(name, String(each));
    }
  }
  const text = query.toString();
  return text ? `${path}${path.includes("?") ? "&" : "?"}${text}` : path;
};

const toLogin = () => {
  const next = encodeURIComponent(location.pathname + location.search);
  location.replace(new URL(`api/v2/auth/login?next=${next}`, document.baseURI));
};

const send = async (
  path: string,
  { method = "GET", json, yaml, file, headers = {}, signal }: Call,
): Promise<Response> => {
  const given = { "application/octet-stream": file, "application/yaml": yaml, "application/json": json };
  const type = Object.entries(given).find(([, content]) => content !== undefined)?.[0];
  const body = file ?? yaml ?? (json === undefined ? undefined : JSON.stringify(json));
  let response: Response;
  try {
    response = await fetch(addressOf(path), {
      method,
      signal,
      body,
      headers: { ...(type ? { "Content-Type": type } : {}), ...headers },
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(0, words.unreachableNow);
  }
  if (response.ok) return response;
  const told: unknown = await response.json().catch(() => undefined);
  const refusal = told as (Partial<Refusal> & { detail?: unknown }) | undefined;
  if (response.status === 401 || refusal?.detail === "Invalid JWT token") toLogin();
  const said = refusal?.error ?? (typeof refusal?.detail === "string" ? refusal.detail : undefined);
  throw new ApiError(
    response.status,
    said ?? `${response.status} ${response.statusText}`,
    refusal?.errors ?? [],
    refusal?.conflict ?? null,
  );
};

/** Ask for one thing: what the envelope holds. */
export const call = async <T>(path: string, init: Call = {}): Promise<T> => {
  const body = (await (await send(path, init)).json()) as { data: T };
  return body.data;
};

const PAGE_SIZE = 500; // as many as one answer may hold

export interface Listing<T> {
  data: T[];
  meta: Meta;
}

/** Ask for a page of a list. */
export const list = async <T>(path: string, init: Call = {}): Promise<Listing<T>> =>
  (await (await send(path, init)).json()) as Listing<T>;

/** Ask for all pages of a list, one after the other. */
export const listAll = async <T>(path: string, init: Call = {}): Promise<T[]> => {
  const found: T[] = [];
  for (let page = 1; ; page += 1) {
    const { data, meta } = await list<T>(withQuery(path, { page, page_size: PAGE_SIZE }), init);
    found.push(...data);
    if (meta.next === null) return found;
  }
};

/** Ask for a text, such as a rule's YAML. */
export const text = async (path: string): Promise<string> => (await send(path, {})).text();

/** Ask for a file, such as an image. */
export const blob = async (path: string): Promise<Blob> => (await send(path, {})).blob();
