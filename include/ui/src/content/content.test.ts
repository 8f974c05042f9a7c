import { describe, expect, test } from "vitest";
import type { AccountSummary } from "../api/schema";
import { LARGEST, pick, statusesOf } from "./files";
import { previewPage } from "./preview";
import { placeOf, together } from "./sites";

describe("an article as a page of its own", () => {
  const text = { title: `A <b>"bold"</b> claim`, excerpt: "<script>x</script>", html: "<p>Body</p>" };

  test("what is no markup stays a text", () => {
    const page = previewPage({ ...text, image: "data:image/png;base64,AA", alt: `"><script>y</script>` });
    expect(page).not.toContain("<b>");
    expect(page).not.toContain("<script");
    expect(page).toContain("<p>Body</p></body>");
    expect(page.match(/<img /g)).toHaveLength(1);
  });

  test("its policy comes before anything of the article's, and lets nothing run", () => {
    const page = previewPage(text);
    const policy = page.indexOf("Content-Security-Policy");
    expect(policy).toBeGreaterThan(0);
    expect(policy).toBeLessThan(page.indexOf("claim"));
    expect(page).toContain("default-src &#39;none&#39;");
    expect(page).not.toContain("script-src");
  });

  test("only an image that is held in its address is shown", () => {
    expect(previewPage({ ...text, image: "https://elsewhere.example/x.png" })).not.toContain("<img");
  });
});

describe("a file to import", () => {
  const file = (size: number) => ({ name: "keywords.csv", size }) as File;

  test("is one, and not too large", () => {
    expect(pick(null)).toBeUndefined();
    expect(pick([])).toBeUndefined();
    expect(pick([file(LARGEST)])).toEqual({ file: file(LARGEST) });
    expect(pick([file(LARGEST + 1)])).toEqual({ refusal: "large", name: "keywords.csv" });
    expect(pick([file(1), file(1)])).toEqual({ refusal: "several", name: "keywords.csv" });
  });
});

test("the statuses of a collection come from its counts", () => {
  const counts = { "keywords.total": 5, "keywords.new": 2, "keywords.clustered": 3, "content.draft": 1 };
  expect(statusesOf(counts, "keywords")).toEqual([
    ["new", 2],
    ["clustered", 3],
  ]);
  expect(statusesOf(counts, "content")).toEqual([["draft", 1]]);
  expect(statusesOf({}, "images")).toEqual([]);
});

describe("the site that is shown", () => {
  const account = (name: string, ...sites: string[]): AccountSummary => ({
    account: name,
    credits: null,
    problem: null,
    sites: sites.map((slug) => ({ slug, name: slug, counts: {} })),
  });
  const listed = [account("acme", "shop", "blog"), account("beta", "blog")];

  test("is the one that is named, as far as it is, or else the first", () => {
    expect(placeOf(listed, { account: "beta", site: "" })).toEqual({ account: "beta", site: "blog" });
    expect(placeOf(listed, { account: "acme", site: "blog" })).toEqual({ account: "acme", site: "blog" });
    expect(placeOf(listed, { account: "", site: "blog" })).toEqual({ account: "acme", site: "blog" });
    expect(placeOf(listed, { account: "gone", site: "" })).toEqual({ account: "acme", site: "shop" });
    expect(placeOf([], { account: "", site: "" })).toBeUndefined();
  });

  test("is found although its account is on none of the pages that were asked for", () => {
    const known = together([account("zeta", "news")], listed);
    expect(known.map((each) => each.account)).toEqual(["zeta", "acme", "beta"]);
    expect(placeOf(known, { account: "zeta", site: "news" })).toEqual({ account: "zeta", site: "news" });
    expect(together(listed.slice(0, 1), listed)).toEqual(listed);
  });
});
