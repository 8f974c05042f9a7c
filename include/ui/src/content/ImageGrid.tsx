import { Box, Grid, Image, Stack, Text } from "@chakra-ui/react";
import { addressOf } from "../api/client";
import type { ImageItem } from "../api/schema";
import { RouterLink } from "../parts/blocks";
import { places } from "../places";
import { words } from "../words";
import { imagePath, type Site } from "./queries";

const texts = words.content;

/** Pictures with what they say to those who cannot see them. */
export const ImageGrid = ({ images, place }: { images: readonly ImageItem[]; place: Site }) => (
  <Grid gap={4} gridTemplateColumns="repeat(auto-fill, minmax(240px, 1fr))">
    {images.map((image) => (
      <Stack
        as="figure"
        borderRadius="md"
        borderWidth={1}
        data-item={image.id}
        gap={0}
        key={image.id}
        overflow="hidden"
      >
        <Box aspectRatio={1200 / 630} bg="bg.subtle">
          <Image
            alt={image.alt ?? ""}
            h="full"
            loading="lazy"
            objectFit="cover"
            src={addressOf(imagePath(image.id, place.account))}
            w="full"
          />
        </Box>
        <Stack as="figcaption" fontSize="sm" gap={1} p={3}>
          <Text color={image.alt ? undefined : "fg.muted"}>{image.alt || texts.noAlt}</Text>
          {image.content_id ? (
            <RouterLink to={places.article(image.content_id, place.account)}>{texts.openArticle}</RouterLink>
          ) : null}
        </Stack>
      </Stack>
    ))}
  </Grid>
);
