import { Link as Plain } from "@chakra-ui/react";
import type { ReactNode } from "react";

/** Leads to another view of this page. Not a link: behind the same path, Airflow's router would change nothing. */
export const Jump = ({ onJump, label, children }: { onJump: () => void; label?: string; children: ReactNode }) => (
  <Plain asChild color="fg.info">
    <button aria-label={label} onClick={onJump} type="button">
      {children}
    </button>
  </Plain>
);
