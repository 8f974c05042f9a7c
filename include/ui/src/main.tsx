import { QueryClientProvider } from "@tanstack/react-query";
import { Route, Routes } from "react-router-dom";
import { queryClient } from "./api/queries";
import { Boundary } from "./parts/frame";
import { RulesPage } from "./rules/RulesPage";

const Automation = () => (
  <QueryClientProvider client={queryClient}>
    <Boundary>
      <Routes>
        <Route element={<RulesPage />} index />
      </Routes>
    </Boundary>
  </QueryClientProvider>
);

export default Automation;
