import { keepPreviousData, useMutation, useQuery } from "@tanstack/react-query";
import { blob, call, type Listing, list, listAll, withQuery } from "../api/client";
import { queryClient } from "../api/queries";
import type {
  AccountSummary,
  ArticleItem,
  ArticleView,
  ClusterItem,
  IdeaItem,
  ImageItem,
  ImportReport,
  IntegrationView,
  KeywordItem,
  SitePost,
} from "../api/schema";
import { words } from "../words";

const RESTING = 15_000;
/** How many accounts are shown at a time. */
const ACCOUNTS = 20;

/** An account's site. */
export interface Site {
  account: string;
  site: string;
}

/** What a list of the API's holds, by its name. */
export interface Collections {
  keywords: KeywordItem;
  clusters: ClusterItem;
  ideas: IdeaItem;
  articles: ArticleItem;
  images: ImageItem;
  posts: SitePost;
}

export interface ItemFilter {
  search?: string;
  status?: string;
  cluster?: string;
  ordering?: string;
  page?: number;
  page_size?: number;
}

/** A part of the accounts, each of which the content engine is asked about. */
export const useAccounts = (filter: { account?: string; search?: string; page?: number } = {}, enabled = true) =>
  useQuery({
    queryKey: ["content", "accounts", filter],
    enabled,
    queryFn: ({ signal }) =>
      list<AccountSummary>(withQuery("content/accounts/", { ...filter, page_size: ACCOUNTS }), { signal }),
    placeholderData: keepPreviousData,
    refetchInterval: RESTING,
  });

export const useItems = <Name extends keyof Collections>(name: Name, place: Site, filter: ItemFilter, enabled = true) =>
  useQuery({
    queryKey: ["content", name, place, filter],
    enabled,
    queryFn: ({ signal }): Promise<Listing<Collections[Name]>> =>
      list(withQuery(`content/${name}/`, { ...place, ...filter }), { signal }),
    placeholderData: keepPreviousData,
    refetchInterval: RESTING,
  });

/** The names of a site's clusters by their numbers. */
export const useClusterNames = (place: Site) =>
  useQuery({
    queryKey: ["content", "cluster names", place],
    staleTime: RESTING,
    queryFn: async ({ signal }) => {
      const found = await listAll<ClusterItem>(withQuery("content/clusters/", { ...place }), { signal });
      return new Map(found.map((cluster) => [cluster.id, cluster.name]));
    },
  });

export const useIntegrations = (place: Site) =>
  useQuery({
    queryKey: ["content", "integrations", place],
    queryFn: ({ signal }) => list<IntegrationView>(withQuery("content/integrations/", { ...place }), { signal }),
  });

export const useArticle = (articleId: number, account: string | undefined) =>
  useQuery({
    queryKey: ["content", "article", articleId, account],
    queryFn: ({ signal }) => call<ArticleView>(withQuery(`content/articles/${articleId}/`, { account }), { signal }),
  });

/** The address of an image; it is asked for with the cookie of the login. */
export const imagePath = (imageId: number, account: string | undefined) =>
  withQuery(`content/images/${imageId}/file/`, { account });

const read = (file: Blob): Promise<string> =>
  new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error ?? new Error(words.content.imageUnreadable));
    reader.readAsDataURL(file);
  });

/** An image as an address that holds it all, for a frame that may load nothing. */
export const useImageData = (imageId: number | null | undefined, account: string | undefined) =>
  useQuery({
    queryKey: ["content", "image", imageId, account],
    enabled: typeof imageId === "number",
    staleTime: 60_000,
    queryFn: async () => read(await blob(imagePath(imageId ?? 0, account))),
  });

const refresh = () => queryClient.invalidateQueries({ queryKey: ["content"] });

export const useImport = (place: Site) =>
  useMutation({
    mutationFn: (file: File) =>
      call<ImportReport>(withQuery("content/keywords/import/", { ...place, filename: file.name }), {
        method: "POST",
        file,
      }),
    onSettled: refresh,
  });

export const useProbe = (place: Site) =>
  useMutation({
    mutationFn: (integrationId: number) =>
      call<IntegrationView>(withQuery(`content/integrations/${integrationId}/probe/`, { ...place }), {
        method: "POST",
      }),
    onSettled: refresh,
  });
