import { Button, Checkbox, Field, HStack, Stack, Text, Textarea } from "@chakra-ui/react";
import { type ReactNode, useState } from "react";
import { ApiError, addressOf, withQuery } from "../api/client";
import { useAnswer, useApprovals, type Verdict } from "../api/queries";
import type { Approval, ApprovalAnswer, ApprovalArticle } from "../api/schema";
import { boldOf } from "../format";
import { notify, notifyError } from "../notices";
import { Failed, OutLink, Section } from "../parts/blocks";
import { Time } from "../parts/time";
import { words } from "../words";

const texts = words.approvals;

/** A text of the API's with its entries and bold words; any other markup in it stays as it is written. */
const Told = ({ text }: { text: string }) => (
  <Stack fontSize="sm" gap={1}>
    {text.split("\n").map((line, number) =>
      line.trim() ? (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines of a text that does not change
        <Text key={number} ps={line.startsWith("- ") ? 3 : 0}>
          {boldOf(line.replace(/^- /, "• ")).map((part, place) =>
            // biome-ignore lint/suspicious/noArrayIndexKey: as above
            part.bold ? <b key={place}>{part.text}</b> : part.text,
          )}
        </Text>
      ) : null,
    )}
  </Stack>
);

const articleAddress = (asked: Approval, article: ApprovalArticle) =>
  addressOf(
    withQuery(
      `executions/${encodeURIComponent(asked.run_id)}/approvals/${encodeURIComponent(asked.action)}/articles/${article.id}/`,
      { rule: asked.automation_rule },
    ),
  );

const Article = ({ asked, article, box }: { asked: Approval; article: ApprovalArticle; box: ReactNode }) => {
  const figures = [
    article.word_count === null ? "" : texts.words(article.word_count),
    article.seo_score === null ? "" : texts.score(article.seo_score),
  ];
  return (
    <HStack align="flex-start" as="li" borderTopWidth={1} data-article={article.id} gap={3} py={2}>
      {box}
      <Stack flex={1} gap={0} minW={0}>
        <Text fontWeight="medium">{article.title}</Text>
        <Text fontSize="sm" lineClamp={3}>
          {article.excerpt}
        </Text>
        <HStack color="fg.muted" fontSize="xs" gap={3}>
          <OutLink href={articleAddress(asked, article)}>{texts.read}</OutLink>
          {figures.filter(Boolean).join(" · ")}
        </HStack>
      </Stack>
    </HStack>
  );
};

/** What was answered, by whom, and why. */
const Answered = ({ asked, answer }: { asked: Approval; answer: ApprovalAnswer }) => {
  const all = asked.articles.length;
  const taken = answer.articles?.length ?? all;
  return (
    <Text data-answered={answer.approved ? "approved" : "rejected"} fontSize="sm">
      {answer.by === null
        ? texts.nobody
        : answer.approved
          ? texts.approvedBy(answer.by, taken, all)
          : texts.rejectedBy(answer.by, answer.reason)}{" "}
      <Text as="span" color="fg.muted">
        <Time at={answer.at} />
      </Text>
    </Text>
  );
};

/** The reason, which has to be given, and the two ways out. */
const Rejecting = ({
  busy,
  onReject,
  onLeave,
}: {
  busy: boolean;
  onReject: (reason: string) => void;
  onLeave: () => void;
}) => {
  const [reason, setReason] = useState("");
  return (
    <Stack gap={2} maxW="60ch">
      <Field.Root required>
        <Field.Label>{texts.reason}</Field.Label>
        <Textarea
          autoFocus
          borderColor="border.emphasized"
          maxLength={2000}
          onChange={(event) => setReason(event.currentTarget.value)}
          rows={2}
          value={reason}
        />
        <Field.HelperText>{texts.reasonTold}</Field.HelperText>
      </Field.Root>
      <HStack>
        <Button
          colorPalette="danger"
          disabled={!reason.trim()}
          loading={busy}
          onClick={() => onReject(reason)}
          size="sm"
        >
          {texts.rejectIt}
        </Button>
        <Button onClick={onLeave} size="sm" variant="outline">
          {words.back}
        </Button>
      </HStack>
    </Stack>
  );
};

/** One request: what it is about, and where somebody may answer it, the answers. */
const Asked = ({ asked, mayAnswer }: { asked: Approval; mayAnswer: boolean }) => {
  const send = useAnswer(asked);
  const [without, setWithout] = useState<ReadonlySet<number>>(new Set());
  const [rejecting, setRejecting] = useState(false);
  const open = asked.waits && mayAnswer;
  const taken = asked.articles.filter(({ id }) => !without.has(id)).map(({ id }) => id);
  const all = asked.articles.length;
  const answer = (verdict: Verdict, told: string) =>
    send.mutate(verdict, {
      onSuccess: () => notify({ status: "success", text: told }),
      onError: (error) =>
        error instanceof ApiError && error.status === 409
          ? notify({ status: "info", text: texts.faster(error.message) })
          : notifyError(error),
    });
  return (
    <Section
      aside={
        asked.waits ? (
          <Text color="fg.muted" fontSize="sm">
            {texts.until} <Time at={asked.expires_at} />
          </Text>
        ) : null
      }
      title={asked.subject}
    >
      {all === 0 ? <Told text={asked.body} /> : null}
      {all > 0 ? (
        <Stack
          aria-label={texts.articles}
          as="ul"
          gap={0}
          listStyleType="none"
          maxH="50vh"
          overflow="auto"
          px={1}
          tabIndex={0}
        >
          {asked.articles.map((article) => (
            <Article
              article={article}
              asked={asked}
              box={
                open ? (
                  <Checkbox.Root
                    checked={!without.has(article.id)}
                    mt={1}
                    onCheckedChange={({ checked }) => {
                      const left = [...without].filter((id) => id !== article.id);
                      setWithout(new Set(checked ? left : [...left, article.id]));
                    }}
                  >
                    <Checkbox.HiddenInput aria-label={texts.take(article.title)} />
                    <Checkbox.Control borderColor="border.emphasized" />
                  </Checkbox.Root>
                ) : asked.answer?.articles ? (
                  <Text aria-label={texts.taken(asked.answer.articles.includes(article.id))} role="img" w="1.5em">
                    {asked.answer.articles.includes(article.id) ? "✓" : "✗"}
                  </Text>
                ) : null
              }
              key={article.id}
            />
          ))}
        </Stack>
      ) : null}
      {asked.answer ? <Answered answer={asked.answer} asked={asked} /> : null}
      {asked.answer || asked.waits ? null : <Text fontSize="sm">{texts.over}</Text>}
      {asked.waits && !mayAnswer ? <Text fontSize="sm">{texts.mayNot}</Text> : null}
      {open && rejecting ? (
        <Rejecting
          busy={send.isPending}
          onLeave={() => setRejecting(false)}
          onReject={(reason) => answer({ approve: false, reason }, texts.rejected)}
        />
      ) : null}
      {open && !rejecting ? (
        <HStack>
          <Button
            colorPalette="brand"
            disabled={all > 0 && taken.length === 0}
            loading={send.isPending}
            onClick={() => answer({ approve: true, articles: all > 0 ? taken : undefined }, texts.approved)}
            size="sm"
          >
            {all === 0 ? texts.approve : texts.approveOf(taken.length, all)}
          </Button>
          <Button disabled={send.isPending} onClick={() => setRejecting(true)} size="sm" variant="outline">
            {texts.reject}
          </Button>
        </HStack>
      ) : null}
    </Section>
  );
};

/** What a run asks people and waits for, or, with `past`, what it has asked. */
export const Approvals = ({
  runId,
  rule,
  live,
  past = false,
}: {
  runId: string;
  rule: string;
  live: boolean;
  past?: boolean;
}) => {
  const found = useApprovals(runId, rule, live);
  if (found.isError) return past ? null : <Failed error={found.error} retry={found.refetch} />;
  return (
    <>
      {found.data?.approvals
        .filter(({ waits }) => waits !== past)
        .map((asked) => (
          <Asked asked={asked} key={`${asked.action} ${asked.asked_at}`} mayAnswer={found.data.may_answer} />
        ))}
    </>
  );
};
