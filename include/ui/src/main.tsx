import { Box } from "@chakra-ui/react";
import { QueryClientProvider } from "@tanstack/react-query";
import type { ComponentType, ReactNode } from "react";
import { Route, Routes, useParams } from "react-router-dom";
import { queryClient } from "./api/queries";
import { Editor } from "./bundles";
import { ArticlePage } from "./content/ArticlePage";
import { ContentPage } from "./content/ContentPage";
import { DashboardPage } from "./dashboard/DashboardPage";
import { ComparePage } from "./executions/ComparePage";
import { ExecutionPage } from "./executions/ExecutionPage";
import { HistoryPage } from "./executions/HistoryPage";
import { DagPanel, RunPanel } from "./panels";
import { Note } from "./parts/blocks";
import { Boundary, Page } from "./parts/frame";
import { PresetPage, PresetsPage } from "./presets/PresetsPages";
import { RulePage } from "./rule/RulePage";
import { RulesPage } from "./rules/RulesPage";
import { words } from "./words";

const Around = ({ children }: { children: ReactNode }) => (
  <QueryClientProvider client={queryClient}>
    <Box data-igny8="" h="full">
      <Boundary>{children}</Boundary>
    </Box>
  </QueryClientProvider>
);

const EditorOfRule = () => {
  const { ruleId } = useParams();
  return <Editor ruleId={ruleId} />;
};

const Automation = () => (
  <Around>
    <Routes>
      <Route element={<RulesPage />} index />
      <Route element={<DashboardPage />} path="dashboard" />
      <Route element={<Editor />} path="new" />
      <Route element={<RulePage />} path="rules/:ruleId" />
      <Route element={<EditorOfRule />} path="rules/:ruleId/edit" />
      <Route element={<HistoryPage />} path="executions" />
      <Route element={<ExecutionPage />} path="executions/:runId" />
      <Route element={<ComparePage />} path="compare" />
      <Route element={<PresetsPage />} path="presets" />
      <Route element={<PresetPage />} path="presets/:presetId" />
      <Route element={<ContentPage />} path="content" />
      <Route element={<ArticlePage />} path="content/articles/:articleId" />
      <Route
        element={
          <Page title={words.title}>
            <Note status="info" title={words.notFound} />
          </Page>
        }
        path="*"
      />
    </Routes>
  </Around>
);

// Airflow looks an entry up by its name; this bundle is that of several, which plugins/igny8/api/pages.py lists.
const entry = <Props extends object>(name: string, Panel: ComponentType<Props>) =>
  Reflect.set(globalThis, name, (props: Props) => (
    <Around>
      <Panel {...props} />
    </Around>
  ));
entry("Automation rule", DagPanel);
entry("Automation run", RunPanel);

export default Automation;
