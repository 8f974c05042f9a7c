import { QueryObserver } from "@tanstack/react-query";
import { afterEach, expect, it, vi } from "vitest";
import { progressOf, queryClient } from "./queries";

const page = vi.hoisted(() => {
  // What there is of a browser here: a page that can be hidden, and tells so.
  const shown = Object.assign(new EventTarget(), { visibilityState: "visible", baseURI: "http://airflow.test/" });
  Object.assign(globalThis, {
    window: globalThis,
    document: shown,
    addEventListener: shown.addEventListener.bind(shown),
    removeEventListener: shown.removeEventListener.bind(shown),
  });
  return shown;
});

const look = (state: "visible" | "hidden") => {
  page.visibilityState = state;
  page.dispatchEvent(new Event("visibilitychange"));
};

afterEach(() => {
  queryClient.clear();
  queryClient.unmount();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it("asks how far a run is while the page is looked at, and not while it is hidden", async () => {
  vi.useFakeTimers();
  let asked = 0;
  let status = "running";
  vi.stubGlobal("fetch", async () => {
    asked += 1;
    return new Response(JSON.stringify({ data: { execution_status: status } }));
  });
  queryClient.mount();
  const forget = new QueryObserver(queryClient, progressOf("news", "run-1")).subscribe(() => undefined);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(asked).toBeGreaterThan(4); // at most 2 s old

  look("hidden");
  await vi.advanceTimersByTimeAsync(0);
  const before = asked;
  await vi.advanceTimersByTimeAsync(600_000);
  expect(asked).toBe(before);

  look("visible");
  await vi.advanceTimersByTimeAsync(5_000);
  expect(asked).toBeGreaterThan(before + 1);

  status = "completed"; // and no more once it is over
  await vi.advanceTimersByTimeAsync(5_000);
  const over = asked;
  await vi.advanceTimersByTimeAsync(600_000);
  expect(asked).toBe(over);
  forget();
});
