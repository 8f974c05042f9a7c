const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

// Nothing in an article is run, sent or loaded but pictures; the frame around it is a sandbox besides.
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src https: data:";
const STYLE = `
  :root { color-scheme: light; }
  body { max-width: 44rem; margin: 2rem auto; padding: 0 1.25rem; font: 1.05rem/1.65 Georgia, serif; color: #1c1c1c;
    background: #fff; overflow-wrap: break-word; }
  h1, h2, h3 { line-height: 1.25; }
  img { max-width: 100%; height: auto; border-radius: 6px; }
  table { border-collapse: collapse; } td, th { border: 1px solid #ccc; padding: 0.3rem 0.6rem; text-align: start; }
  .lead { color: #555; font-style: italic; }
  a { color: #1a5fb4; }
`;

export interface Previewed {
  title: string;
  excerpt: string;
  /** The body, as the content engine has it. */
  html: string;
  /** The featured image as a `data:` address. */
  image?: string;
  alt?: string;
}

/** An article as a page of its own, for a frame in a sandbox. */
export const previewPage = ({ title, excerpt, html, image, alt = "" }: Previewed): string =>
  [
    `<!doctype html><html lang="en"><head><meta charset="utf-8">`,
    `<meta http-equiv="Content-Security-Policy" content="${escaped(POLICY)}">`,
    `<meta name="referrer" content="no-referrer"><base target="_blank">`,
    `<title>${escaped(title)}</title><style>${STYLE}</style></head><body>`,
    `<h1>${escaped(title)}</h1>`,
    image?.startsWith("data:image/") ? `<p><img src="${escaped(image)}" alt="${escaped(alt)}"></p>` : "",
    excerpt ? `<p class="lead">${escaped(excerpt)}</p>` : "",
    `${html}</body></html>`,
  ].join("");
