import { chakra } from "@chakra-ui/react";
import type { ReactNode } from "react";

/** Line icons in the size of the text; they say nothing by themselves, what they stand on has a label. */
const icon = (drawing: ReactNode) => () => (
  <chakra.svg
    aria-hidden="true"
    boxSize="1.15em"
    fill="none"
    stroke="currentColor"
    strokeLinecap="round"
    strokeLinejoin="round"
    strokeWidth="2"
    viewBox="0 0 24 24"
  >
    {drawing}
  </chakra.svg>
);

export const PlayIcon = icon(<path d="M7 4.5v15l12-7.5z" />);
export const MoreIcon = icon(<path d="M5 12h.01M12 12h.01M19 12h.01" strokeWidth="3" />);
export const PlusIcon = icon(<path d="M12 5v14M5 12h14" />);
export const CloseIcon = icon(<path d="m6 6 12 12M18 6 6 18" />);
export const LeftIcon = icon(<path d="m14 6-6 6 6 6" />);
export const RightIcon = icon(<path d="m10 6 6 6-6 6" />);
export const UpIcon = icon(<path d="m6 14 6-6 6 6" />);
export const DownIcon = icon(<path d="m6 10 6 6 6-6" />);
export const EditIcon = icon(<path d="M4 20h4L19 9l-4-4L4 16zM13.5 6.5l4 4" />);
export const AgainIcon = icon(<path d="M20 12a8 8 0 1 1-2.5-5.8M20 3v4h-4" />);
export const StopIcon = icon(<path d="M6 6h12v12H6z" />);
export const OutIcon = icon(<path d="M9 5H5v14h14v-4M13 5h6v6M19 5l-9 9" />);
