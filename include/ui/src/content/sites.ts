// Which account and which site is meant, of those that are known.
import type { AccountSummary } from "../api/schema";
import type { Site } from "./queries";

/** The site that is named, each part of it if it is not empty, or else the first that there is. */
export const placeOf = (accounts: readonly AccountSummary[], { account, site }: Site): Site | undefined => {
  const all = accounts.flatMap((each) => each.sites.map(({ slug }) => ({ account: each.account, site: slug })));
  const named = all.find((each) => (!account || each.account === account) && (!site || each.site === site));
  return named ?? all[0];
};

/** The account that is named, if it is there, before the others that are known. */
export const together = (named: readonly AccountSummary[], others: readonly AccountSummary[]): AccountSummary[] => [
  ...named,
  ...others.filter((each) => named.every(({ account }) => account !== each.account)),
];
