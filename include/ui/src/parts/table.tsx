import { Button, Table } from "@chakra-ui/react";
import { DownIcon, UpIcon } from "./icons";

/** The head of a column; one that can be sorted by is a button, and turns round when it is pressed again. */
export const Column = ({
  name,
  by,
  ordering,
  onOrder,
  end = false,
}: {
  name: string;
  by?: string;
  ordering: string;
  onOrder: (ordering: string) => void;
  end?: boolean;
}) => {
  const sorted = by !== undefined && ordering.replace("-", "") === by;
  const falling = ordering.startsWith("-");
  return (
    <Table.ColumnHeader
      aria-sort={sorted ? (falling ? "descending" : "ascending") : undefined}
      textAlign={end ? "end" : undefined}
      whiteSpace="nowrap"
    >
      {by === undefined ? (
        name
      ) : (
        <Button
          color="inherit"
          fontSize="inherit"
          fontWeight="inherit"
          gap={1}
          mx={-2}
          onClick={() => onOrder(sorted && !falling ? `-${by}` : by)}
          px={2}
          size="xs"
          variant="ghost"
        >
          {name}
          {sorted ? falling ? <DownIcon /> : <UpIcon /> : null}
        </Button>
      )}
    </Table.ColumnHeader>
  );
};
