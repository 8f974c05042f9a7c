import { Box, chakra, Grid, HStack, List, Stack, Text } from "@chakra-ui/react";
import { useParams } from "react-router-dom";
import type { ArticleView } from "../api/schema";
import { formatNumber } from "../format";
import { Failed, LinkButton, Loading, Section, Stat } from "../parts/blocks";
import { Page } from "../parts/frame";
import { LeftIcon } from "../parts/icons";
import { StatusBadge } from "../parts/status";
import { Time } from "../parts/time";
import { places } from "../places";
import { words } from "../words";
import { previewPage } from "./preview";
import { useArticle, useImageData } from "./queries";
import { PostLinks } from "./tables";

const texts = words.content;

const field = (article: ArticleView, name: string): unknown => article.fields?.[name];
const numberOf = (article: ArticleView, name: string) => {
  const value = field(article, name);
  return typeof value === "number" ? formatNumber(value) : words.none;
};
const textOf = (article: ArticleView, name: string) => {
  const value = field(article, name);
  return typeof value === "string" ? value : undefined;
};

/** The article in a frame of its own, where nothing of it can run, be sent, or reach this page. */
const Preview = ({ article, account }: { article: ArticleView; account: string | undefined }) => {
  const image = useImageData(article.image_id, account);
  // A frame that gets another page while it is being read would begin at the top again.
  if (image.isLoading) return <Loading />;
  const shown = previewPage({
    ...article,
    excerpt: article.excerpt ?? "",
    image: image.data,
    alt: article.image_alt ?? "",
  });
  return (
    <Stack gap={4} minW={0}>
      {image.isError ? <Failed error={image.error} retry={image.refetch} /> : null}
      <Box borderRadius="md" borderWidth={1} overflow="hidden">
        <chakra.iframe
          bg="white"
          display="block"
          h="75vh"
          // Each page has its own frame: Chrome keeps a frame's first page if the second follows while it loads.
          key={shown}
          minH="480px"
          sandbox=""
          srcDoc={shown}
          title={texts.preview}
          w="full"
        />
      </Box>
    </Stack>
  );
};

const About = ({ article }: { article: ArticleView }) => {
  const meta: [string, string | undefined][] = [
    [texts.meta.keyword, article.focus_keyword],
    [texts.meta.title, article.meta_title],
    [texts.meta.description, article.meta_description],
    [texts.meta.category, article.category],
    [texts.meta.tags, article.tags?.join(", ")],
    [texts.meta.slug, article.slug],
  ];
  return (
    <Section title={texts.about}>
      <HStack gap={6} wrap="wrap">
        <Stat label={texts.columns.status}>
          <StatusBadge status={textOf(article, "status") ?? words.none} />
        </Stat>
        <Stat label={texts.columns.words}>{numberOf(article, "word_count")}</Stat>
        <Stat label={texts.columns.score}>{numberOf(article, "seo_score")}</Stat>
        <Stat label={texts.columns.updated}>
          <Time at={textOf(article, "updated_at")} relative />
        </Stat>
      </HStack>
      {meta.map(([name, value]) =>
        value ? (
          <Stat key={name} label={name}>
            {value}
          </Stat>
        ) : null,
      )}
      {article.image_id ? <Stat label={texts.image}>{article.image_alt || texts.noAlt}</Stat> : null}
    </Section>
  );
};

/** A whole article: as it would be published, what is known of it, and where it is published. */
export const ArticlePage = () => {
  const { articleId = "" } = useParams();
  const account = new URLSearchParams(location.search).get("account") ?? undefined;
  const article = useArticle(Number(articleId), account);
  const back = (
    <LinkButton to={places.content("articles", { account, site: article.data?.site })} variant="ghost">
      <LeftIcon />
      {texts.back}
    </LinkButton>
  );
  return (
    <Page aside={back} title={article.data?.title ?? texts.views.articles ?? ""}>
      {article.isPending ? <Loading /> : null}
      {article.isError ? <Failed error={article.error} retry={article.refetch} /> : null}
      {article.data ? (
        <Grid
          alignItems="start"
          gap={4}
          gridTemplateColumns={{ base: "minmax(0, 1fr)", lg: "minmax(0, 3fr) minmax(0, 2fr)" }}
        >
          <Preview account={account} article={article.data} />
          <Stack gap={4} minW={0}>
            <About article={article.data} />
            <Section title={texts.columns.posts}>
              {article.data.posts?.length ? (
                <PostLinks posts={article.data.posts} />
              ) : (
                <Text fontSize="sm">{texts.notPublished}</Text>
              )}
            </Section>
            {article.data.checks?.length ? (
              <Section title={texts.checks}>
                <List.Root gap={1} variant="plain">
                  {article.data.checks.map((check) => (
                    <List.Item key={`${check.name} ${check.message}`}>
                      <HStack align="flex-start" fontSize="sm">
                        <Box
                          aria-label={check.passed ? texts.passed : texts.failed}
                          flexShrink={0}
                          role="img"
                          w="1.5em"
                        >
                          {check.passed ? "✓" : "✗"}
                        </Box>
                        {check.message || check.name}
                      </HStack>
                    </List.Item>
                  ))}
                </List.Root>
              </Section>
            ) : null}
          </Stack>
        </Grid>
      ) : null}
    </Page>
  );
};
